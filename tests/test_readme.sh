#!/bin/sh
# README.md tells the truth: its files are what it says, its links lead somewhere, and its commands
# work when typed in order.
# sh test_readme.sh ROOT, in a build tree. A block is marked by the line before it:
#
#   <!-- file: NAME -->   its text is written to NAME; train.c must be the one in tests/example
#   <!-- run -->          it is run, with isobit installed
set -eu

root=$1
build=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake --install "$build" --prefix "$work/prefix" >/dev/null
mkdir "$work/here" && cd "$work/here"

awk '
    /^<!-- file: .* -->$/ { file = $3; next }
    /^<!-- run -->$/ { file = "../commands"; next }
    /^```/ && inside { inside = 0; file = ""; next }
    /^```/ && file { inside = 1; next }
    inside { print >file }
    !inside { file = "" }
' "$root/README.md"

diff train.c "$root/tests/example/train.c" || {
    echo "README.md and tests/example/train.c differ"
    exit 1
}
grep -oE '\]\([^):]*\)' "$root/README.md" | tr -d '])(' | while read -r link; do
    [ -e "$root/$link" ] || { echo "README.md links to $link, which is not there" && exit 1; }
done
[ "$(grep -c '^isobit' ../commands)" -ge 9 ] || {
    echo "the commands of README.md were not found"
    exit 1
}
PATH="$work/prefix/bin:$PATH"
libdir=$(dirname "$(find "$work/prefix" -name libisobit.so)")
LD_LIBRARY_PATH="$libdir${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
PKG_CONFIG_PATH="$libdir/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"
export PATH LD_LIBRARY_PATH PKG_CONFIG_PATH
sh -ex ../commands </dev/null
