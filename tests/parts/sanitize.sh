# The unit tests built with clang, warnings as errors, under the address, leak and undefined-behaviour sanitizers
# packages: clang-14 libclang-rt-14-dev
build build/sanitize -DCMAKE_C_COMPILER=clang-14 -DISOBIT_WERROR=ON -DCMAKE_BUILD_TYPE=RelWithDebInfo \
    -DISOBIT_SANITIZE=address,undefined

# Criterion lets a test pass whatever LeakSanitizer says of it: the reports decide.
reports=$root/build/sanitize/reports
rm -rf "$reports" && mkdir "$reports"
export ASAN_OPTIONS="log_path=$reports/asan"
export LSAN_OPTIONS="suppressions=$root/tests/parts/leaks.supp:print_suppressions=0"
export UBSAN_OPTIONS="print_stacktrace=1:log_path=$reports/ubsan"
result=0
run_tests build/sanitize --label-regex unit || result=$?
for report in "$reports"/*; do
    if [ -s "$report" ]; then
        cat "$report"
        result=1
    fi
done
[ "$result" = 0 ]
