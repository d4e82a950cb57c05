# The unit tests, and some scripts, built with clang, under sanitizers; they run 90 % of the lines of host/
# packages: clang-14 libclang-rt-14-dev llvm-14 gcovr
build_watched build/sanitize
find build/sanitize -name '*.gcda' -delete

# Criterion lets a test pass whatever LeakSanitizer says of it: the reports decide.
reports=$root/build/sanitize/reports
rm -rf "$reports" && mkdir "$reports"
export ASAN_OPTIONS="log_path=$reports/asan" UBSAN_OPTIONS="$UBSAN_OPTIONS:log_path=$reports/ubsan"
result=0
# What hangs in spite of tests/quiet_fork.c is ended and run once more; what fails is not.
again="--repeat after-timeout:2"
# shellcheck disable=SC2086 # several words
run_tests build/sanitize $again --label-regex unit || result=$?
# shellcheck disable=SC2086
run_tests build/sanitize $again --tests-regex '^test_(demo|bench_variant)$' || result=$?
for report in "$reports"/*; do
    if [ -s "$report" ]; then
        cat "$report"
        result=1
    fi
done

# By folder, and the files with most lines that never ran.
coverage=$root/build/sanitize/coverage.csv
gcovr --root . --filter host/ --gcov-executable "llvm-cov-14 gcov" --csv "$coverage" \
    build/sanitize/CMakeFiles >"$coverage.log" 2>&1 || {
    cat "$coverage.log"
    result=1
}
awk -F, 'NR > 1 {
        split($1, path, "/")
        lines[path[2]] += $2; ran[path[2]] += $3; all += $2; done += $3
    }
    END {
        for (folder in lines)
            printf "host/%-8s %6d lines, %5.1f %% run\n", folder, lines[folder],
                   100 * ran[folder] / lines[folder] | "sort"
        close("sort")
        printf "host/%-8s %6d lines, %5.1f %% run\n", "", all, all ? 100 * done / all : 0
        exit !(all > 10000 && done >= 0.9 * all)
    }' "$coverage" || {
    echo "fewer than 90 % of the lines of host/ are run"
    result=1
}
awk -F, 'NR > 1 { print $2 - $3, $1 }' "$coverage" | sort -rn | sed 10q |
    awk '{ printf "%6d lines not run: %s\n", $1, $2 }'
[ "$result" = 0 ]
