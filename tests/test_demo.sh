#!/bin/sh
# isobit demo: sh test_demo.sh ROOT, in a build tree. Every demo can be read and saved, one runs
# (tests/parts/demos.sh runs them all), and what is wrong in a demo is told.
set -eu

root=$1
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
    "$@" >out 2>&1 </dev/null || code=$?
    [ "$code" = "$status" ] || fail "exit status $code of: $*"
    grep -qF "$text" out || fail "\"$text\" is not in what this prints: $*"
}

# A missing gnuplot is a failure, but for a machine that cannot get one, and says so (tests/gpu/run).
pictures=yes
[ "${ISOBIT_TEST_WITHOUT-}" != gnuplot ] || {
    pictures=''
    echo "SKIPPED: pictures, for there is no gnuplot here"
}
plot() { [ -z "$pictures" ] || echo "--plot $1"; } # plot FILE: the option that draws it

drawn() { # drawn FILE: it was, it is told, and it is whole
    [ -n "$pictures" ] || return 0
    grep -qF "picture $1" out || fail "no word of $1"
    case $1 in
    *.svg) grep -q '</svg>' "$1" || fail "$1 is not whole" ;;
    *) [ "$(head -c 4 "$1" | tail -c 3)" = PNG ] || fail "$1 is no PNG" ;;
    esac
}

# ------------------------------------------------------------------------------ the program's own
names=$("$isobit" demo | awk '!NF { exit } { print $1 }')
count=$(echo "$names" | wc -l)
[ "$count" = "$(find "$root/host/demos" -name '*.ini' | wc -l)" ] || fail "$count demos: $names"

wide=$("$isobit" demo | awk 'length > 80')
[ -z "$wide" ] || fail "too wide a title: $wide"

for name in $names; do
    "$isobit" demo "$name" --save "saved/$name" || fail "$name cannot be saved"
    [ -n "$(find "saved/$name" -name '*.ini')" ] || fail "$name was not saved"
    grep -q '^expect' "$root/host/demos/$name.ini" || fail "$name claims nothing"
done

# One of them, picture and all: of those with data of their own, the one with the fewest runs.
quickest=$(grep -l '^\[data' "$root"/host/demos/*.ini | xargs grep -c '^\[run' | sort -t: -nk2 |
    sed -n '1s/:.*//p')
name=$(basename "$quickest" .ini)
# shellcheck disable=SC2046 # an option and its value, or nothing
expect 0 "claims" "$isobit" demo "$name" $(plot pictures)
drawn "pictures/$name.svg"

# A saved run is one for isobit train.
for run in "saved/$name"/*.ini; do
    "$isobit" train "$run" --out run --overwrite --quiet || fail "$run cannot be trained"
done
expect 1 "saved/$name: is there and not empty" "$isobit" demo "$name" --save "saved/$name"

# ------------------------------------------------------------------------------ one of one's own
cat >mine.ini <<'END'
[demo]
title = Mine
look = This text is longer than a line of the terminal is wide, and so it is broken between two
    words, wherever they stand.
show = figures train_loss 0.weight[1]
    fit
expect = one.epochs = 3
    one.0.weight[0] = 2 +- 1e-6
    one.train_mse < 1e-9
    one.remark has nothing
[data d.csv]
rows = 1,2.0
    2,4.0
[run one]
data = d.csv
net = dense 1
epochs = 3
0.weight = 2
0.bias = 0
END
expect 2 "0.weight[1]: the tensor has 1 elements" "$isobit" demo mine.ini
sed -i 's/0.weight\[1\]/0.weight[0]/' mine.ini
expect 0 "(2)" "$isobit" demo mine.ini
! grep -q "$(printf '\033')" out || fail "colours in what is no terminal"
expect 0 "$(printf '\033')[38;5;32m" script -qec "TERM=xterm '$isobit' demo mine.ini" /dev/null
expect 0 "(2)" script -qec "NO_COLOR=1 TERM=xterm '$isobit' demo mine.ini" /dev/null
! grep -qF "$(printf '\033')[38" out || fail "colours in spite of NO_COLOR"
[ -z "$(find . -name 'd.csv' -o -name 'one.*')" ] || fail "something was left here"

# ---------------------------------------------------------------------------------- every view
cat >views.ini <<'END'
[demo]
title = Views
look = Images, what becomes of them, and how.
show = figures test_accuracy layer1.variance
    curves train_loss log=on runs=sees
    curves test_accuracy x=steps runs=sees
    weights 0.weight 3 runs=sees
    weights 0.bias runs=sees
    weights 2.weight runs=sees
    samples 2
    confusion runs=sees
    layers variance log=on runs=sees
    remarks
    warnings
    reconstructions 2 runs=gives
expect = sees.epochs = 2
[run]
data = digits samples=60 test=20
epochs = 2
batch = 20
watch = on
[run sees]
net = dense 3 tanh, dense 10 softmax
[run gives]
target = input
net = dense 3 tanh, dense 784 sigmoid
END
plain="resident=off gemm_nt=naive gemm_nn=naive gemm_tn=naive" # compiled sooner
# shellcheck disable=SC2046
expect 0 "claims" "$isobit" demo views.ini --variant "$plain" $(plot views.svg)
drawn views.svg
for said in "train loss: " "test accuracy: " "sees: 0.weight, first units" "sees: test samples, rows" \
    "variance: " "sees: Underfitting: " "gives: Saturated: " "gives: inputs above"; do
    grep -qF "$said" out || fail "\"$said\" is not in what views.ini shows"
done
numbers=$(grep -A11 "sees: 2.weight, first units" out | sed 1d)
echo "$numbers" | sed -n 1p | grep -qx ' *unit *input 1 *input 2 *input 3' || fail "no heads: $numbers"
[ "$(echo "$numbers" | awk 'NF == 4 && $1 == NR - 1' | wc -l)" = 10 ] || fail "not each unit: $numbers"
[ "$(grep -A4 "sees: 0.bias, first units" out | awk 'NF == 2 && $1 > 0' | wc -l)" = 3 ] || fail "no biases"

change() { sed "$1" mine.ini >wrong.ini; } # change SCRIPT
change 's/^epochs = 3/epochs = 2/'
expect 1 "isobit: 1 claim does not hold" "$isobit" demo wrong.ini
grep -q 'one.epochs = 3 *(2)' out || fail "which one is not told"
change 's/one.epochs/two.epochs/'
expect 1 '"two.epochs" is no RUN.FIGURE of this demo' "$isobit" demo wrong.ini
change 's/train_mse < 1e-9/train_msa < 1e-9/'
expect 2 'unknown figure "train_msa": did you mean "train_mse"?' "$isobit" demo wrong.ini
change 's/one.epochs = 3/one.epochs ~ 3/'
expect 2 'unknown comparison "~"' "$isobit" demo wrong.ini
change 's/    fit/    fits/'
expect 2 'unknown view "fits": did you mean "fit"?' "$isobit" demo wrong.ini
change 's/    fit/    regions/'
expect 1 'regions are drawn of two inputs and classes' "$isobit" demo wrong.ini
change 's/    fit/    fit colour=red/'
expect 2 'unknown option "colour"' "$isobit" demo wrong.ini
change 's/^net/nett/'
expect 2 'wrong.ini: line 16: unknown setting "nett": did you mean "net"?' "$isobit" demo wrong.ini
change 's/^0.bias.*//'
expect 1 'run one gives parameters, but no "0.bias"' "$isobit" demo wrong.ini
expect 1 'no "0.bias"' "$isobit" demo wrong.ini --save half
[ ! -e half ] || fail "something half-written stayed"
change 's/^0.bias = 0/0.bias = 0 1/'
expect 1 '0.bias has 2 numbers; the network needs 1' "$isobit" demo wrong.ini
change 's/^\[data/[dota/'
expect 1 'wrong.ini: line 12: section [dota d.csv] is not known' "$isobit" demo wrong.ini
change '1d'
expect 1 'wrong.ini: line 1: section [] is not known' "$isobit" demo wrong.ini
change 's,data d.csv,data ../d.csv,'
expect 1 'the name "../d.csv" of data is not of letters' "$isobit" demo wrong.ini
change 's/^.run one/[run a.b/'
expect 1 'the name "a.b" of a run is not of letters' "$isobit" demo wrong.ini
change 's/^title.*//'
expect 1 'wrong.ini: section [demo] has no title' "$isobit" demo wrong.ini
change "s/^title.*/&$(printf '%0300d' 0)/"
expect 1 'wrong.ini: line 2: the line is longer than' "$isobit" demo wrong.ini
expect 1 'none.ini: cannot open' "$isobit" demo none.ini
expect 2 'unknown demo "loses": did you mean "losses"?' "$isobit" demo loses
expect 2 'x.pdf: a picture'"'"'s name ends in .svg or .png' "$isobit" demo mine.ini --plot x.pdf
expect 2 'go into a folder' "$isobit" demo mine.ini mine.ini --plot x.svg
mkdir bin
expect 1 'gnuplot, which is not installed' env "PATH=$work/bin" "$isobit" demo mine.ini --plot x.svg
[ ! -e x.svg ] || fail "x.svg was written"
[ -z "$pictures" ] ||
    expect 1 'nowhere/x.svg: cannot write' "$isobit" demo mine.ini --plot nowhere/x.svg
# shellcheck disable=SC2046
expect 0 "claims" "$isobit" demo mine.ini $(plot x.png)
drawn x.png
echo "$count demos do as they say"
