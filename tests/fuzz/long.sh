#!/bin/sh
# Fuzzes every reader in turn with libFuzzer, or those that are named:
#
#   sh tests/fuzz/long.sh MINUTES [READER …]
#
# Builds in build/fuzz first. Inputs that reach new code are kept in build/fuzz/corpus/READER, so that
# the next time goes on from there; findings in build/fuzz/found/READER. Ends with a table, also in
# build/fuzz/table, and with status 1 if there is a finding. FUZZ_JOBS processes run at once (1).
set -eu

minutes=${1:?usage: sh tests/fuzz/long.sh MINUTES [READER …]}
shift
root=$(cd "$(dirname "$0")/../.." && pwd)
build=$root/build/fuzz
mkdir -p "$build"
CC=clang-14 cmake -S "$root" -B "$build" -DCMAKE_BUILD_TYPE=RelWithDebInfo -DISOBIT_FUZZ=ON >"$build/log"
cmake --build "$build" --target fuzz --parallel "$(nproc)" >>"$build/log" || {
    cat "$build/log"
    exit 1
}

[ $# -gt 0 ] || set -- $(cd "$root/tests/fuzz" && ls fuzz_*.c | sed 's/^fuzz_//; s/\.c$//')
export ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=0 UBSAN_OPTIONS=print_stacktrace=1

# No input is large, so no allocation is; none takes seconds.
fuzz() { # fuzz READER
    mkdir -p "$build/corpus/$1" "$build/found/$1"
    "$build/tests/fuzz/fuzz_$1" --prepare "$build/corpus/$1" "$build/$1.words"
    begin=$(date +%s)
    "$build/tests/fuzz/fuzz_$1" "$build/corpus/$1" "$root/tests/fuzz/findings/$1" \
        -dict="$build/$1.words" -fork="${FUZZ_JOBS:-1}" -ignore_crashes=1 -ignore_ooms=1 \
        -ignore_timeouts=1 -max_len=4096 -timeout=10 -rss_limit_mb=1024 -malloc_limit_mb=64 \
        -max_total_time=$(echo "$minutes" | awk '{ print int($1 * 60) }') \
        -artifact_prefix="$build/found/$1/" >"$build/$1.log" 2>&1 || true
    took=$(($(date +%s) - begin))
    # the last line of progress: "#123: cov: 45 ft: 67 corp: 8 exec/s 9 oom/timeout/crash: 0/0/0 …"
    grep '^#[0-9]*: cov: ' "$build/$1.log" | tail -n 1 | tr -d '#:' |
        awk -v name="$1" -v took="$took" -v found="$(find "$build/found/$1" -type f | wc -l)" '
            { printf "| %-10s | %7.1f | %11d | %7d | %6d | %6d | %8d |\n",
                     name, took / 60, $1, $1 / took, $3, $7, found }' |
        tee -a "$build/table"
}

echo "| reader     | minutes |  executions | per sec |  edges | corpus | findings |
|------------|---------|-------------|---------|--------|--------|----------|" | tee "$build/table"
for reader; do
    mkdir -p "$root/tests/fuzz/findings/$reader"
    fuzz "$reader"
done
! grep -q '[1-9][0-9]* |$' "$build/table"
