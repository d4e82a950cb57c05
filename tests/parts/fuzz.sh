# Every reader under libFuzzer with the address and undefined-behaviour sanitizers, three seconds each
# one processor
# packages: clang-14 libclang-rt-14-dev
sh tests/fuzz/long.sh 0.05
