#!/bin/sh
# "Your own variant in 60 seconds" of kernels/README.md, to the letter: its file is written, its
# commands are run, and bench verifies and ranks the variant beside the built-in ones.
# sh test_bench_variant.sh ROOT, in a build tree.
set -eu

root=$1
build=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/here" && cd "$work/here"
PATH="$build:$PATH"
export PATH

# The section's blocks: <!-- file: NAME --> is written to NAME, <!-- run --> to ../commands.
awk '
    /^## / { mine = /60 seconds/ }
    !mine { next }
    /^<!-- file: .* -->$/ { file = $3; system("mkdir -p \"$(dirname " file ")\""); next }
    /^<!-- run -->$/ { file = "../commands"; next }
    /^```/ && inside { inside = 0; file = ""; next }
    /^```/ && file { inside = 1; next }
    inside { print >file }
    !inside { file = "" }
' "$root/kernels/README.md"

kernel=$(find . -name '*.cl')
[ -n "$kernel" ] && grep -q '^isobit' ../commands || {
    echo "kernels/README.md has no variant with its commands under \"60 seconds\""
    exit 1
}
op=$(awk '$1 == "//@" && $2 == "op" { print $3 }' "$kernel")
name=$(awk '$1 == "//@" && $2 == "variant" { print $3 }' "$kernel")

sh -ex ../commands </dev/null
isobit bench "$op" --kernels "$(dirname "$kernel")" --variant "naive panel $name" \
    --shape '17x33x300' --rounds 5 --csv bench.csv
grep -q "^$op,17x33x300,$name,exact,," bench.csv || {
    echo "$name is not ranked as exact"
    exit 1
}
