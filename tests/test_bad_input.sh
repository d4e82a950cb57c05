#!/bin/sh
# Bad input to the program: each is refused in one line that names the file and the place, with a
# status that is not 0, and leaves nothing behind: sh test_bad_input.sh ROOT, in a build tree.
set -eu

isobit=$PWD/isobit
work=$(mktemp -d)
trap 'umount "$work/small" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"

fail() {
    echo "FAILED: $*"
    cat out err
    exit 1
}

# refused STATUS TEXT COMMAND …: one line on standard error, with that text; nothing half-written.
refused() {
    status=$1 text=$2
    shift 2
    code=0
    "$@" >out 2>err </dev/null || code=$?
    [ "$code" = "$status" ] || fail "exit status $code of: $*"
    [ "$(wc -l <err)" = 1 ] || fail "not one line on standard error: $*"
    grep -q '^isobit: ' err || fail "the line does not begin with the program: $*"
    grep -qF -- "$text" err || fail "\"$text\" is not in the line: $*"
    [ ! -e o ] || fail "left behind: $* ($(ls o))"
}

# no FILE TEXT: training on it is refused, within 64 MiB of memory.
no() {
    (
        ulimit -v 65536
        refused 1 "$1: $2" "$isobit" train "$1" --net "dense 2 softmax" --out o --quiet
    )
}

# ---------------------------------------------------------------------------------- data files

printf '\0\0\010\003\0\0' >short-images-idx3-ubyte
printf '\0\0\010\003\377\377\377\377\0\0\004\0\0\0\004\0abc' >large-images-idx3-ubyte
printf '\0\0\010\003\0\0\0\002\0\0\0\001\0\0\0\002abc' >cut-images-idx3-ubyte
printf '\0\0\015\002\0\0\0\001\0\0\0\001\177\300\0\0' >nan-images-idx2-ubyte
: >empty-images-idx3-ubyte
for name in short large cut nan empty; do
    printf '\0\0\010\001\0\0\0\001\005' >$name-labels-idx1-ubyte
done
gzip -c large-images-idx3-ubyte >packed-images-idx3-ubyte.gz
gzip -c cut-labels-idx1-ubyte >packed-labels-idx1-ubyte.gz
no short-images-idx3-ubyte "byte 6: the header is cut short"
no large-images-idx3-ubyte "byte 4: the header claims 4503599626321936 bytes in all, the file holds 19"
no packed-images-idx3-ubyte.gz "byte 4: the header claims 4503599626321936 bytes in all, more than"
no cut-images-idx3-ubyte "byte 4: the header claims 20 bytes in all, the file holds 19"
no nan-images-idx2-ubyte "byte 12: x[0,0] is nan"
no empty-images-idx3-ubyte "the file is empty"

refused 2 'label "kind" is a column' "$isobit" train digits --label kind --net "dense 10 softmax" --out o

printf '1,2,0\n3,1\n' >ragged.csv
printf '1,2,0\n3,x,1\n' >word.csv
printf '1,2,0\n3,nan,1\n' >nan.csv
printf '1,2,0\n3,4,\n' >label.csv
printf '1,2,0\n"3,4,1\n' >quote.csv
printf '1,2\0,0\n' >nul.csv
: >empty.csv
no ragged.csv "line 2: 2 values; expected 3 as on line 1"
no word.csv 'line 2, column 2: "x" is not a number'
no nan.csv 'line 2, column 2: "nan" is not a number'
no label.csv 'line 2, column 3: "" is no label'
no quote.csv "line 2, column 1: a quote is opened and never closed"
no nul.csv "byte 3: a zero byte"
no empty.csv "the file is empty"

echo "no archive" >text.npz
: >empty.npz
no text.npz "not a zip archive"
no empty.npz "the file is empty"

# Labels that there should not be: of three classes for two outputs, in the test part alone.
printf '1,a\n2,b\n3,c\n' >three.csv
printf '1,a\n2,b\n' >two.csv
refused 2 "the last layer has 2 outputs, the data 3 classes" \
    "$isobit" train three.csv --net "dense 2 softmax" --out o
refused 1 'three.csv: test sample 3 has the class "c", which the training data has not: a, b' \
    "$isobit" train two.csv --test three.csv --net "dense 2 softmax" --out o

# ------------------------------------------------------------------------------ what is no file

mkdir folder folder.ini folder.safetensors
for file in folder folder.csv; do
    mkdir -p $file
    no $file "the folder has no train-images-idx3-ubyte[.gz]"
    refused 1 "$file: the folder has no" "$isobit" train two.csv --test $file --net "dense 2 softmax" \
        --out o
done
refused 1 "folder.ini: is a folder, not a file" "$isobit" train folder.ini --out o
refused 1 "folder.safetensors: is a folder, not a file" "$isobit" show folder.safetensors
refused 1 "folder: is a folder, not a file" "$isobit" eval folder two.csv
refused 1 "init-from: folder.safetensors: is a folder, not a file" \
    "$isobit" train two.csv --net "dense 2 softmax" --init-from folder.safetensors --out o
refused 1 "two.csv: is there and cannot be used as a run folder: Not a directory" \
    "$isobit" train two.csv --net "dense 2 softmax" --out two.csv
refused 1 "folder: is a folder, not a file" "$isobit" diverge folder folder
refused 1 "folder: is a folder, not a file" "$isobit" bench --compare folder
refused 1 "folder: there is no run to resume here" "$isobit" train --resume folder
refused 1 "/dev/zero: is a device, not a file" "$isobit" data /dev/zero
refused 1 "none.csv: cannot open: No such file" "$isobit" data none.csv
refused 1 "empty.ini: sets no data" sh -c ": >empty.ini; '$isobit' train empty.ini --out o"

# A file that may not be read: root may read everything, so somebody else tries.
chmod 755 . && cp "$isobit" program && chmod 000 two.csv
as=
[ "$(id -u)" != 0 ] || as="setpriv --reuid=65534 --regid=65534 --clear-groups"
refused 1 "two.csv: cannot open: Permission denied" $as ./program data ./two.csv
chmod 644 two.csv

# ------------------------------------------------------------------------------------- settings

refused 2 'net: layer 2 ("dnse 2"): unknown layer "dnse": did you mean "dense"?' \
    "$isobit" train two.csv --net "dense 3 relu, dnse 2" --out o
printf '[run]\ndata = two.csv\nnet = dense 2 softmax\nepohcs = 2\n' >typo.ini
refused 2 'typo.ini: line 4: unknown setting "epohcs": did you mean "epochs"?' \
    "$isobit" train typo.ini --out o
printf '[run]\ndata = two.csv\nnet = dense 2 sofmax\n' >typo.ini
refused 2 'unknown activation "sofmax": did you mean "softmax"?' "$isobit" train typo.ini --out o

# A rate that diverges: the step is named; what there was before it is kept.
diverges() {
    "$isobit" train moons --net "dense 8, dense 2" --optimizer "sgd lr=1e20" --quiet "$@"
}
refused 1 "not finite at step 2 (epoch 1, batch 2)" diverges --out o
refused 1 "not finite at step 2 (epoch 2, batch 1); try a lower learning rate" \
    diverges --batch 0 --out kept
"$isobit" show kept/model.safetensors >out
"$isobit" train moons --net "dense 8, dense 2" --optimizer "sgd lr=1e20" --batch 0 --epochs 1 \
    --quiet --out first
digest() { "$isobit" show "$1/model.safetensors" | sed -n 's/.*parameters sha256 //p'; }
[ -n "$(digest kept)" ] && [ "$(digest kept)" = "$(digest first)" ] || fail "other parameters are kept"

# ---------------------------------------------------------------------------------- a full disk

mkdir small
if mount -t tmpfs -o size=16k none small 2>/dev/null; then
    few="--net 'dense 8, dense 2' --epochs 1 --quiet --out small/o"
    head -c 12288 /dev/zero >small/full
    refused 1 "small/o/checkpoint.safetensors: cannot write: No space left on device" \
        sh -c "'$isobit' train moons $few"
    [ "$(ls small)" = full ] || fail "left on the full disk: $(ls -R small)"
    head -c 16384 /dev/zero >small/full
    refused 1 "small/o/run.ini: cannot write: No space left on device" sh -c "'$isobit' train moons $few"
    refused 1 "small/p.csv: cannot write: No space left on device" \
        "$isobit" predict kept/model.safetensors moons --out small/p.csv
    [ "$(ls small)" = full ] || fail "left on the full disk: $(ls -R small)"
else
    echo "cannot mount a small disk here: not tried"
fi
refused 1 "cannot write to standard output" \
    sh -c "'$isobit' show kept/model.safetensors >/dev/full"
echo "all bad input is refused"
