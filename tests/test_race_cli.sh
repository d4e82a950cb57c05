#!/bin/sh
# Where PoCL offers the processor with threads and without, training takes the faster one, remembers
# which that was, and gives the same parameters: sh test_race_cli.sh ROOT, in a build tree.
set -eu

isobit=$PWD/isobit
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export ISOBIT_CACHE="$work/cache"
unset POCL_DEVICES ISOBIT_DEVICE

fail() {
    echo "FAILED: $*"
    exit 1
}

train() { # train WORD …: on digits; prints the parameters' digest and the device
    "$isobit" train digits --net 'dense 24 relu, dense 10 softmax' --batch 16 --epochs 1 --json \
        --variant 'resident=off gemm_nt=naive gemm_nn=naive gemm_tn=naive' --out run --overwrite "$@" |
        tail -n 1 >line
    sed 's/.*"parameters_sha256": "\([^"]*\)".*/\1/' line
    sed 's/.*"device": "\([a-z]*\)-.*/\1/' line
}

"$isobit" devices >devices
grep -q 'platform  Portable' devices || {
    echo "SKIPPED: there is no PoCL here"
    exit 77
}
[ "$(grep -c 'platform  Portable' devices)" = 2 ] || {
    cat devices
    fail "PoCL does not offer the processor twice"
}
for device in pthread basic; do train --device $device >$device; done
[ "$(head -n 1 pthread)" = "$(head -n 1 basic)" ] || fail "other bits without threads"
[ "$(tail -n 1 pthread) $(tail -n 1 basic)" = "pthread basic" ] || fail "not the device asked for"
[ "$(find cache -name '*.device' | wc -l)" = 1 ] || fail "a race that nobody asked for"

digest=$(head -n 1 pthread)
for run in first second; do # the second one may remember what the first one found
    train >$run
    [ "$(head -n 1 $run)" = "$digest" ] || fail "other bits in the $run run after a race"
done
if [ "$(find cache -name '*.device' | wc -l)" = 2 ]; then # else the machine was too busy to tell
    [ "$(tail -n 1 first)" = "$(tail -n 1 second)" ] || fail "the second run forgot the device"
fi
