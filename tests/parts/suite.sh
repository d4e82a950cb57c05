# The default suite under PoCL, built with the system's compiler
build build "-DISOBIT_WERROR=${CI:+ON}"
run_tests build
