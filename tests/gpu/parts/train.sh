# Training of W1 to W5 beside PyTorch: eager, with CUDA graphs, and compiled
# share: 45

"$python" "$here/train.py" "$isobit" "$out" ${rehearse:+--rehearse}
