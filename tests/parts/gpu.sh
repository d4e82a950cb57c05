# tests/gpu rehearsed: PoCL calls itself a GPU, and the script for a real one runs at tiny sizes
# packages: python3

build build
# Neither its bits nor its suite: those of PoCL are other parts.
tests/gpu/run --rehearse --build build --out build/gpu device doctor launch gemm train images
