#!/bin/sh
# A first start compiles in several processes; they leave what one process would have left, and
# nothing is lost where they fail: sh test_ahead_cli.sh ROOT, in a build tree.
set -eu

isobit=$PWD/isobit
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
    echo "FAILED: $*"
    exit 1
}

export POCL_CACHE_DIR="$work/pocl"
train() { # train CACHE COMMAND …: with that cache of ours; leaves its last line in CACHE.line
    cache=$1
    shift
    ISOBIT_CACHE="$work/$cache" "$@" train xor --net 'dense 3 tanh, dense 1 sigmoid' --batch 2 \
        --epochs 1 --json --variant 'resident=off gemm_nt=naive gemm_nn=naive gemm_tn=naive' \
        --device pthread --out "$cache.run" >"$cache.line"
}

digest() { # digest CACHE: of the parameters
    sed -n 's/.*"parameters_sha256": "\([^"]*\)".*/\1/p' "$1.line"
}

compilers() { # compilers PID: how many of its children compile
    count=0
    for child in $(cat "/proc/$1/task/$1/children" 2>/dev/null || :); do
        ! tr '\0' ' ' <"/proc/$child/cmdline" 2>/dev/null | grep -q -- ' --compile' ||
            count=$((count + 1))
    done
    echo $count
}

"$isobit" devices >devices
grep -q 'pthread' devices || {
    echo "SKIPPED: PoCL has no device with threads here"
    exit 77
}
[ "$(nproc)" -gt 1 ] || {
    echo "SKIPPED: there is one processor"
    exit 77
}

train many "$isobit" &
pid=$!
seen=0
tries=0
while [ $tries -lt 400 ] && [ ! -s many.line ]; do
    now=$(compilers "$(cat "/proc/$pid/task/$pid/children" 2>/dev/null | tr -d ' ')")
    [ "$now" -le "$seen" ] || seen=$now
    tries=$((tries + 1))
    sleep 0.02
done
wait $pid || fail "the first start fails"
[ "$seen" -gt 1 ] || [ ! -e "/proc/$$/task/$$/children" ] || fail "$seen processes compile"

train one taskset -c 0 "$isobit" # on one processor there is one process
[ "$(digest many)" = "$(digest one)" ] || fail "other parameters"
ls many | grep program | sort >many.list
ls one | grep program | sort >one.list
cmp many.list one.list || fail "other kernels"
[ "$(wc -l <many.list)" -gt 8 ] || fail "only $(wc -l <many.list) kernels"

# What such a process is sent, and what it does with less or with nonsense.
"$isobit" --compile </dev/null >out 2>&1 || fail "no kernels to compile are a failure"
[ ! -s out ] || fail "it says something: $(cat out)"
printf 'no kernel at all' | "$isobit" --compile >out 2>&1 || [ $? -lt 128 ] || fail "it crashed"
