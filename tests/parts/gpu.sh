# tests/gpu rehearsed: PoCL calls itself a GPU, and the script for a real one runs at tiny sizes
# one processor
# packages: python3

build build
# Not its bits and its suite, which are other parts' with PoCL, nor what takes time to say nothing here.
tests/gpu/run --rehearse --build build --out build/gpu device doctor gemm matrix profile
