#!/bin/sh
# Fuzzes every reader in turn with libFuzzer, or those that are named:
#
#   sh tests/fuzz/long.sh MINUTES [READER …]
#
# Builds in build/fuzz first. Inputs that reach new code are kept in build/fuzz/corpus/READER, so that
# the next time goes on from there; findings in build/fuzz/found/READER, at the first of which a reader's
# turn ends. FUZZ_JOBS=N: N processes at once, which go on after a finding. Prints a table, also in
# build/fuzz/table; status 1 if there is a finding.
set -eu

minutes=${1:?usage: sh tests/fuzz/long.sh MINUTES [READER …]}
shift
root=$(cd "$(dirname "$0")/../.." && pwd)
build=$root/build/fuzz
mkdir -p "$build"
{
    cmake -S "$root" -B "$build" -DCMAKE_C_COMPILER=clang-14 -DCMAKE_BUILD_TYPE=RelWithDebInfo \
        -DISOBIT_FUZZ=ON && cmake --build "$build" --target fuzz --parallel "$(nproc)"
} >"$build/build.log" 2>&1 || {
    cat "$build/build.log"
    exit 1
}

# shellcheck disable=SC2046 # names without blanks
[ $# -gt 0 ] || set -- $(cd "$root/tests/fuzz" && printf '%s\n' fuzz_*.c | sed 's/^fuzz_//; s/\.c$//')
export UBSAN_OPTIONS=print_stacktrace=1

# No input is large, so no allocation is. None takes seconds, but another process may.
fuzz() { # fuzz READER
    findings=$root/tests/fuzz/findings/$1
    mkdir -p "$build/corpus/$1" "$build/found/$1"
    "$build/tests/fuzz/fuzz_$1" --prepare "$build/corpus/$1" "$build/$1.words"
    [ -d "$findings" ] || findings=
    begin=$(date +%s)
    # shellcheck disable=SC2086 # a folder or nothing
    "$build/tests/fuzz/fuzz_$1" "$build/corpus/$1" $findings -dict="$build/$1.words" \
        -fork="${FUZZ_JOBS:-0}" -ignore_crashes=1 -ignore_ooms=1 -ignore_timeouts=1 \
        -max_len=4096 -timeout=60 -report_slow_units=60 -rss_limit_mb=1024 -malloc_limit_mb=64 \
        -max_total_time="$(echo "$minutes" | awk '{ print int($1 * 60) }')" \
        -artifact_prefix="$build/found/$1/" >"$build/$1.log" 2>&1 || true
    took=$(($(date +%s) - begin))
    # The last line of progress: "#123: cov: 45 ft: 67 corp: 8 …" or "#123 DONE cov: 45 …".
    sed -n 's/^#\([0-9]*\)[^0-9].*cov: \([0-9]*\) .*corp: \([0-9]*\).*/\1 \2 \3/p' "$build/$1.log" |
        tail -n 1 |
        awk -v name="$1" -v took="$took" -v found="$(find "$build/found/$1" -type f | wc -l)" '
            { printf "| %-10s | %7.1f | %11d | %7d | %6d | %6d | %8d |\n",
                     name, took / 60, $1, $1 / (took ? took : 1), $2, $3, found }' |
        tee -a "$build/table"
    grep -q "^| $1 " "$build/table" || echo "| $1: did not run: $build/$1.log | 1 |" | tee -a "$build/table"
}

echo "| reader     | minutes |  executions | per sec |  edges | corpus | findings |
|------------|---------|-------------|---------|--------|--------|----------|" | tee "$build/table"
for reader; do fuzz "$reader"; done
! grep -q ' [1-9][0-9]* |$' "$build/table"
