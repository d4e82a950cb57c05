#!/bin/sh
# isobit train --resume, as a user meets it: sh test_resume_cli.sh ROOT, in a build tree.
set -eu

isobit=$PWD/isobit
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
    echo "FAILED: $*"
    [ ! -e out ] || cat out
    exit 1
}

# expect STATUS TEXT COMMAND …: its exit status, and a text in what it prints.
expect() {
    status=$1 text=$2
    shift 2
    code=0
    "$@" >out 2>&1 || code=$?
    [ "$code" = "$status" ] || fail "exit status $code of: $*"
    grep -qF "$text" out || fail "\"$text\" is not in what this prints: $*"
}

# Everything of a line but what depends on time.
metrics() { sed 's/, "samples_per_second": [^,}]*, "seconds": [^}]*//' "$1/metrics.jsonl"; }

same() { # same FOLDER FOLDER: the same model, settings and metrics
    cmp "$1/model.safetensors" "$2/model.safetensors" || fail "$1 and $2: other models"
    cmp "$1/run.ini" "$2/run.ini" || fail "$1 and $2: other run.ini"
    metrics "$1" >a
    metrics "$2" | cmp - a || fail "$1 and $2: other metrics"
}

train() { # train FOLDER EPOCHS OPTIONS
    out=$1 epochs=$2
    shift 2
    "$isobit" train "moons samples=300 test=50" --net "dense 8 tanh, dense 2 softmax" \
        --optimizer "sgd lr=0.1 momentum=0.9" --batch 32 --epochs "$epochs" --out "$out" "$@"
}

# A run that is done; trained further it is the longer one.
train short 3 --quiet
train long 8 --quiet
cp -r short finished
expect 0 "the run is done already, after 3 epochs; a larger --epochs" "$isobit" train --resume finished
same short finished
rm finished/model.safetensors
"$isobit" train --resume finished --quiet
same short finished
expect 0 "parameters sha256" "$isobit" train --resume finished --epochs 8
same long finished

# From another folder, and what is not the checkpoint's is cut back to it.
cp -r short back
echo '{"epoch": 4, "step": 40, "learn' >>back/metrics.jsonl
echo half >back/checkpoint.safetensors.aB3dE6
(cd / && "$isobit" train --resume "$work/back" --epochs 8 --quiet)
same long back
[ "$(find back -type f | wc -l)" = 4 ] || fail "left-over files"

# The run in this folder has ended one more epoch than the number given: it is training by now.
wait_for_epoch() { # wait_for_epoch FOLDER EPOCHS
    waited=0
    until [ "$(wc -l <"$1/metrics.jsonl")" -gt "$2" ]; do
        waited=$((waited + 1))
        [ $waited -lt 1000 ] || fail "$1 is not trained"
        sleep 0.1
    done
}

# Ended by a signal, perhaps twice in a row.
stop_with() { # stop_with SIGNAL STATUS FOLDER
    code=0
    before=$(wc -l <"$3/metrics.jsonl")
    "$isobit" train --resume "$3" --epochs 1000000 >out 2>&1 &
    process=$!
    wait_for_epoch "$3" "$before"
    kill -s "$1" $process
    wait $process || code=$?
    [ "$code" = "$2" ] || fail "exit status $code after SIG$1"
    grep -q "isobit train --resume $3" out || fail "nothing said on how to go on"
}
cp -r short stopped
stop_with INT 130 stopped
stop_with TERM 143 stopped
epochs=$(($(wc -l <stopped/metrics.jsonl) + 2))
"$isobit" train --resume stopped --epochs "$epochs" --quiet
train straight "$epochs" --quiet
same straight stopped

# Only one at a time.
cp -r short busy
"$isobit" train --resume busy --epochs 1000000 --quiet &
process=$!
wait_for_epoch busy 3
expect 1 "busy: another isobit is training in this folder" "$isobit" train --resume busy \
    --epochs 1000000
kill $process
wait $process || true

# What cannot be resumed, each in one line.
one_line() { [ "$(wc -l <out)" = 1 ] || fail "more than one line"; }
cp -r short broken
printf 'X' | dd of=broken/checkpoint.safetensors bs=1 seek=2000 conv=notrunc 2>/dev/null
expect 1 "broken/checkpoint.safetensors: the checkpoint is damaged" "$isobit" train --resume broken
one_line
same short broken
rm broken/checkpoint.safetensors
expect 1 "broken: cannot be resumed: there is a model but no checkpoint" \
    "$isobit" train --resume broken
rm broken/run.ini
expect 1 "broken: there is no run to resume here" "$isobit" train --resume broken
expect 1 "nowhere: there is no such run folder to resume" "$isobit" train --resume nowhere
expect 2 "2 epochs are asked for, but the run is in or after epoch 3 already" \
    "$isobit" train --resume short --epochs 2
expect 2 "batch was 32, is 16; resume it as it was, or with --resume-anyway" \
    "$isobit" train --resume short --batch 16 --epochs 8
expect 2 "the data's SHA-256 was" "$isobit" train --resume short "moons samples=301" --epochs 8
expect 2 "leave --out and --overwrite away" "$isobit" train --resume short --out elsewhere
one_line
expect 2 "write \"100 steps\"" "$isobit" train --resume short --checkpoint "5 hours"
sed 's/batch = 32/batch = 31/' short/run.ini >run.ini && mv run.ini short/run.ini
expect 2 "batch was 32, is 31" "$isobit" train --resume short --epochs 8
"$isobit" train --resume short --epochs 8 --resume-anyway --quiet
grep -q "^; Not this time. Settings changed on the way: after step 30: batch was 32, is 31" \
    short/run.ini || fail "run.ini does not say that settings changed"
grep -aq '"isobit.setting.changed": "after step 30: batch was 32, is 31"' short/model.safetensors ||
    fail "the model does not say that settings changed"

# A run that was killed before its first checkpoint begins again.
mkdir early && cp long/run.ini early
expect 0 "from the beginning: there was no checkpoint yet" "$isobit" train --resume early
same long early

# A full disk: a limit on the size of files that the model fits under and the checkpoint does not.
# isobit's cache has the kernels then: PoCL would write files as well, and abort.
ISOBIT_CACHE=$work/cache
export ISOBIT_CACHE
wide() { # wide FOLDER OPTIONS
    out=$1
    shift
    "$isobit" train "moons samples=300" --net "dense 1000 tanh, dense 2 softmax" --epochs 3 \
        --optimizer adam --checkpoint "4 steps" --out "$out" --quiet "$@"
}
wide roomy
wide full --epochs 1
limit=$((($(wc -c <full/model.safetensors) + 20000) / 512))
# shellcheck disable=SC2016 # the inner shell expands its own arguments
expect 0 "isobit: warning: no checkpoint at step 5: full/checkpoint.safetensors: cannot write: File" \
    sh -c 'trap "" XFSZ; ulimit -f "$1"; exec "$2" train --resume full --epochs 3 --quiet' sh \
    "$limit" "$isobit"
one_line
cmp roomy/model.safetensors full/model.safetensors || fail "another model from a full disk"
"$isobit" train --resume full --quiet
same roomy full
# shellcheck disable=SC2016
expect 1 "none/checkpoint.safetensors: cannot write: File too large" \
    sh -c 'trap "" XFSZ; ulimit -f "$1"; exec "$2" train "moons samples=300" --out none --quiet \
        --net "dense 1000 tanh, dense 2 softmax" --optimizer adam' sh "$limit" "$isobit"
one_line
[ ! -e none ] || fail "something half-written stayed"
echo "resuming does as it says"
