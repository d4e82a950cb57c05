# The unit tests built with clang, with warnings as errors
# packages: clang-14
build build/clang -DCMAKE_C_COMPILER=clang-14 -DISOBIT_WERROR=ON
run_tests build/clang --label-regex unit
