# Every reader under libFuzzer with the address and undefined-behaviour sanitizers, ten seconds each
# packages: clang-14 libclang-rt-14-dev
FUZZ_JOBS=0 sh tests/fuzz/long.sh 0.17
