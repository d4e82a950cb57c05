# tests/gpu rehearsed: PoCL calls itself a GPU, and the script for a real one runs at tiny sizes
# packages: python3

build build
cmake --build build --target bits_awkward bits_knobs >/dev/null
tests/gpu/run --rehearse --build build --out build/gpu
