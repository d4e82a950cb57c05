#!/bin/sh
# What isobit leaves on disk is its user's alone, and two of them at once do each other no harm:
# sh test_private.sh ROOT, in a build tree.
set -eu

isobit=$PWD/isobit
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
umask 022
ISOBIT_CACHE=$work/cache/isobit
export ISOBIT_CACHE
export POCL_DEVICES=pthread # a second device races, once, with a kernel that no other start needs

fail() {
    echo "FAILED: $*"
    ls -lR . | head -60
    [ ! -e out ] || cat out
    exit 1
}

mode() { # mode EXPECTED FILE
    [ "$(stat -c %a "$2")" = "$1" ] || fail "$2 has mode $(stat -c %a "$2"), not $1"
}

train() { # train FOLDER OPTIONS
    folder=$1
    shift
    "$isobit" train "moons samples=100 test=20" --net "dense 4 tanh, dense 2 softmax" --epochs 3 \
        --variant resident=off --quiet --out "$folder" "$@"
}

# Two at once, with no kernel cached yet, into one folder that is not there: one has it, the other is
# told so, and what is there is whole.
for round in 1 2 3; do
    rm -rf cache same
    train same >a 2>&1 & first=$!
    train same >b 2>&1 & second=$!
    one=0 two=0
    wait $first || one=$?
    wait $second || two=$?
    [ $((one + two)) = 1 ] || fail "round $round: statuses $one and $two, not one success"
    cat a b >out
    [ "$(wc -l <out)" = 1 ] || fail "not one line"
    grep -q "same: .*\(another isobit is training in this folder\|is there and not empty\)" out ||
        fail "the other is told something else"
    [ "$(find same -type f | wc -l)" = 4 ] || fail "not the four files of a run"
    [ $round = 1 ] || cmp first/model.safetensors same/model.safetensors || fail "another model"
    [ $round != 1 ] || mv same first
done

# Private: the cache, the run folder, and what is in them.
mode 700 cache/isobit
mode 700 same
for file in cache/isobit/* same/*; do
    mode 600 "$file"
done
cd same && "$isobit" train "xor" --net "dense 2 softmax" --epochs 1 --quiet && cd ..
mode 700 same/runs/xor-1
mkdir open && train open # a folder of the user's own is as the user made it
mode 755 open
mode 644 open/model.safetensors

# Symbolic links are not followed: not where a run's files are written, nor at a cached kernel.
for name in model.safetensors run.ini metrics.jsonl checkpoint.safetensors; do
    cp -r same linked && mv "linked/$name" victim && cp victim kept
    ln -s ../victim "linked/$name"
    "$isobit" train --resume linked --epochs 4 --quiet >out 2>&1 || fail "$name is a link"
    cmp kept victim || fail "$name was followed"
    [ ! -L "linked/$name" ] || fail "$name is still a link"
    rm -rf linked
done
echo precious >victim
mkdir linked && ln -s ../victim linked/metrics.jsonl && ln -s ../victim linked/model.safetensors
train linked --overwrite
[ "$(cat victim)" = precious ] || fail "--overwrite followed a link"
rm -rf cache && train fill # so that each entry is one that this training needs
for entry in cache/isobit/*.program; do
    rm "$entry"
    ln -s "$work/victim" "$entry"
    break
done
train again
cmp first/model.safetensors again/model.safetensors || fail "another model beside a linked cache"
[ "$(cat victim)" = precious ] || fail "a link in the cache was followed"
[ "$(find cache -type l | wc -l)" = 0 ] || fail "the link in the cache is still there"

# Damaged entries are never trusted: they are made again.
rm -rf cache again
train again
for entry in cache/isobit/*.program; do
    printf 'XYZ' | dd of="$entry" bs=1 seek=100 conv=notrunc 2>/dev/null
done
cp -r cache/isobit damaged
rm -rf again
train again
cmp first/model.safetensors again/model.safetensors || fail "another model from damaged entries"
for entry in cache/isobit/*.program; do
    ! cmp -s "$entry" "damaged/${entry##*/}" || fail "$entry was not made again"
done
echo "private, and safe from each other"
