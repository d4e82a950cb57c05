#!/bin/sh
# Fuzzes every reader in turn with libFuzzer, or those that are named:
#
#   sh tests/fuzz/long.sh MINUTES [READER …]
#
# MINUTES are of processor time, so that a busy machine does not count less as more. Builds in build/fuzz
# first. Inputs that reach new code are kept in build/fuzz/corpus/READER, so that the next time goes on
# from there; findings in build/fuzz/found/READER. FUZZ_JOBS=N: N processes at once instead of one. Prints
# a table, also in build/fuzz/table; status 1 if there is a finding.
set -eu

minutes=${1:?usage: sh tests/fuzz/long.sh MINUTES [READER …]}
wanted=$(echo "$minutes" | awk '{ print int($1 * 60) }')
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

# Processor seconds of all that has ended: "0m0.01s 0m0.00s" of this shell, then of its children. Not in a
# subshell, which has no children yet.
seconds() {
    times >"$build/times"
    spent=$(awk -F '[ms ]+' 'NR == 2 { print int(60 * $1 + $2 + 60 * $3 + $4) }' "$build/times")
}

# One round of at most half a minute; adds executions, edges and corpus to the reader's table. No input is large,
# so no allocation is; none takes seconds, but another process may.
round() { # round READER SEED
    findings=$root/tests/fuzz/findings/$1
    [ -d "$findings" ] || findings=
    # shellcheck disable=SC2086 # a folder or nothing
    "$build/tests/fuzz/fuzz_$1" "$build/corpus/$1" $findings -dict="$build/$1.words" -seed="$2" \
        -fork="${FUZZ_JOBS:-1}" -ignore_crashes=1 -ignore_ooms=1 -ignore_timeouts=1 \
        -max_len=4096 -timeout=60 -report_slow_units=60 -rss_limit_mb=1024 -malloc_limit_mb=64 \
        -max_total_time=$((wanted < 30 ? wanted : 30)) -artifact_prefix="$build/found/$1/" >"$build/$1.log" 2>&1 || true
    # The last line of progress: "#123: cov: 45 ft: 67 corp: 8 …".
    sed -n 's/^#\([0-9]*\)[^0-9].*cov: \([0-9]*\) .*corp: \([0-9]*\).*/\1 \2 \3/p' "$build/$1.log" |
        tail -n 1 >>"$build/$1.rounds"
}

fuzz() { # fuzz READER
    mkdir -p "$build/corpus/$1" "$build/found/$1"
    "$build/tests/fuzz/fuzz_$1" --prepare "$build/corpus/$1" "$build/$1.words"
    : >"$build/$1.rounds"
    seconds
    begin=$spent took=0
    while [ $took -lt "$wanted" ]; do
        round "$1" "$(date +%s)"
        seconds
        took=$((spent - begin))
        [ -s "$build/$1.rounds" ] || break
    done
    awk -v name="$1" -v took="$took" -v found="$(find "$build/found/$1" -type f | wc -l)" '
        { runs += $1; edges = $2; corpus = $3 }
        END { printf "| %-10s | %7.1f | %11d | %6d | %6d | %8d |\n",
                     name, took / 60, runs, edges, corpus, found }' "$build/$1.rounds" |
        tee -a "$build/table"
    [ -s "$build/$1.rounds" ] || echo "| $1: did not run: $build/$1.log | 1 |" | tee -a "$build/table"
}

echo "| reader     | minutes |  executions |  edges | corpus | findings |
|------------|---------|-------------|--------|--------|----------|" | tee "$build/table"
for reader; do fuzz "$reader"; done
! grep -q ' [1-9][0-9]* |$' "$build/table"
