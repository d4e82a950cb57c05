/* The sample trainings' digests, written by tests/bits/record.sh: names as in doctor_runs.c. */
{"sigmoid-mse-sgd", "b40e27eac9e93a942ad50e5483bd5b7ad46dc7fb906168c1127ab73526c5b309"},
    {"relu-softmax-adam", "1bd0307b7e443dd0de336355ecc774da842eb52ac28b4a3ef54bce99e2f5f69a"},
    {"many-activations", "95ede61d7f6d8e3f6fb2e1423237086025352f9991cfd9e0ffb5547c2b632f05"},
    {"wide-nesterov-clip", "2a4eef7011943913fe012f7eb65af2606706e2bd27c918674dc5d2b8c0e57146"},
    {"regression-adagrad", "58f826f19d450ca5b68ae4142d5a35401c272d2cdc15cbfdb8e66d50c47a9874"},
    {"regression-adamw", "7cd80ce33b81b0da1a9db7ce519d6b40a83f4d4d75007d79060a0d5834d3033f"},
    {"momentum-batch-1", "14230ac56e1a6e1e17162ae12d78aa8de2d72b339f74c8d9b5a8be329768a798"},
