#!/bin/sh
# Runs that are killed at 50 random moments and resumed each time end with the bits of one that was
# not: sh test_kill.sh ROOT, in a build tree. ISOBIT_KILL_SEED repeats the moments of another time,
# ISOBIT_KILLS sets their number.
set -eu

isobit=$PWD/isobit
kills=${ISOBIT_KILLS:-50}
seed=${ISOBIT_KILL_SEED:-$(date +%s)}
work=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d) # files are synced to disk very often here
trap 'rm -rf "$work"' EXIT
cd "$work"
echo "seed $seed"

fail() {
    echo "FAILED (seed $seed): $*"
    [ ! -e log ] || cat log
    ls -l whole broken
    exit 1
}

# Everything of a line but what depends on time.
metrics() { sed 's/, "samples_per_second": [^,}]*, "seconds": [^}]*//' "$1/metrics.jsonl"; }

same() { # same FOLDER: as the run that was never interrupted
    cmp whole/model.safetensors "$1/model.safetensors" || fail "$1: another model"
    metrics "$1" >lines
    metrics whole | cmp - lines || fail "$1: other metrics"
    cmp whole/run.ini "$1/run.ini" || fail "$1: another run.ini"
    [ "$(find "$1" -type f | wc -l)" = 4 ] || fail "$1: left-over files"
}

# A partial last batch, a schedule, memories, the best epoch: all of them have to come back.
set -- "digits samples=1200 test=100" --net "dense 16 tanh, dense 10 softmax" --split 80/20 \
    --optimizer "adam lr=0.003" --schedule "cosine warmup=20" --batch 7 --epochs 30 --keep-best

"$isobit" train "$@" --out whole --quiet
# What it takes to begin, at best: the kills come before and after that. The runs are killed at any
# moment of their work then, however busy the machine is.
start=600000
for _ in 1 2 3; do
    begin=$(date +%s%N)
    "$isobit" train --resume whole --quiet || fail "a finished run cannot be resumed"
    took=$((($(date +%s%N) - begin) / 1000000))
    [ "$took" -ge "$start" ] || start=$took
done
same whole

# Ends with 137 when it was killed in time. Other threads, kernels and intervals every time.
train_until() { # train_until SECONDS OPTIONS
    seconds=$1
    shift
    variant="gemm_nt=naive gemm_tn=naive"
    [ $((killed % 3)) = 0 ] || variant=
    POCL_MAX_PTHREAD_COUNT=$((killed % 2 + 1)) timeout -s KILL "$seconds" \
        "$isobit" train "$@" --variant "$variant" --checkpoint "$((killed % 7 + 1)) steps" --quiet
}

# Begins again where the kill came before there was a run.
go_on_until() { # go_on_until SECONDS OPTIONS
    moment=$1
    shift
    if [ -e broken/run.ini ]; then
        train_until "$moment" --resume broken
    else
        train_until "$moment" "$@" --out broken --overwrite
    fi
}

moments=$(awk -v seed="$seed" -v start="$start" 'BEGIN {
    srand(seed)
    for (i = 0; i < 10000; i++) printf "%.3f\n", (0.3 + 1.4 * rand()) * start / 1000
}')
killed=0
whole_runs=0
for moment in $moments; do
    code=0
    go_on_until "$moment" "$@" >log 2>&1 || code=$?
    case $code in
    137) killed=$((killed + 1)) ;;
    0) same broken && rm -rf broken && whole_runs=$((whole_runs + 1)) ;;
    *) fail "exit status $code" ;;
    esac
    [ "$killed" -lt "$kills" ] || break
done 2>/dev/null # the shell tells each of them
go_on_until 600 "$@" >log 2>&1 || fail "the last one"
same broken
echo "killed $killed times in $((whole_runs + 1)) run(s), the bits are the same"
