# A build with one kernel's order of summation changed: the tests see it, and diverge names the kernel
# one processor

build build

# The variant of gemm_nt that training takes here, from the digests of a step.
work=$root/build/mutant
rm -rf "$work" && mkdir -p "$work"
net="dense 40 tanh, dense 10 softmax"
train() { # PROGRAM NAME
    "$1" train "digits samples=40 test=0" --net "$net" --batch 20 --epochs 1 --quiet \
        --digests "$work/$2.jsonl" --out "$work/$2"
}
train build/isobit right
kernel=$(sed -n 's/.*"label": "layer 1 forward".*"file": "\([^"]*\)".*/\1/p' "$work/right.jsonl" |
    head -n 1)
grep -q CHUNK "kernels/$kernel"

# The same tree but for that: sums in chunks of 128.
cp -R CMakeLists.txt host include kernels tests "$work"
sed -i '0,/^#/s//#undef CHUNK\n#define CHUNK 128\n#/' "$work/kernels/$kernel"
grep -q "^#define CHUNK 128" "$work/kernels/$kernel"
cmake -S "$work" -B "$work/build" >"$work/build.log"
cmake --build "$work/build" --target isobit --target test_bits >>"$work/build.log" 2>&1 || {
    cat "$work/build.log"
    exit 1
}
mutant=$work/build/isobit

# The suite fails, and says that it is the bits.
if "$work/build/tests/test_bits" --filter 'bits/every_variant_of_the_products*' >"$work/suite.log" 2>&1; then
    echo "the suite does not see that $kernel sums in another order"
    exit 1
fi
grep -q "wide-nesterov-clip" "$work/suite.log"
if "$mutant" doctor --device "Portable Computing Language" --variant resident=off --runs all \
    >"$work/doctor.log" 2>&1; then
    echo "doctor does not see that $kernel sums in another order"
    exit 1
fi
grep -q "wrong     training relu-softmax-adam" "$work/doctor.log"

train "$mutant" wrong
if build/isobit diverge "$work/right.jsonl" "$work/wrong.jsonl" >"$work/diverge.log"; then
    echo "diverge sees no difference"
    exit 1
fi
cat "$work/diverge.log"
grep -q "layer 1 forward" "$work/diverge.log" && grep -q "$kernel" "$work/diverge.log"
