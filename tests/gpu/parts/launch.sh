# What a launch, a copy and the operations that are no products cost
# share: 15

ops="copy update bias_gradient gather softmax loss"
small= begin=$(date +%s)
[ -z "$rehearse" ] || ops=softmax small="--rounds 2 --shape 7x10"

# variants OP: those that are a default of GPUs, else all: a processor's takes seconds there.
variants() {
    # shellcheck disable=SC2046 # file names
    found=$(sed -n 's/^\/\/@ variant *//p' $(grep -l '^//@ default gpu' \
        $(grep -lE "^//@ op +$1\$" "$root"/kernels/*.cl /dev/null) /dev/null))
    echo "$found${found:+ copy}" | tr '\n' ' '
}

# Compiled first, side by side.
[ -n "$rehearse" ] || for op in $ops; do
    "$isobit" bench $op --rounds 1 --variant "$(variants $op)" >/dev/null 2>&1 &
done
wait
echo "compiled in $(($(date +%s) - begin)) s"
: >"$out/launch.table"
"$isobit" bench launch --json "$out/launch.json" | tee -a "$out/launch.table"
for op in $ops; do
    # shellcheck disable=SC2086 # several words
    "$isobit" bench $op $small --variant "$(variants $op)" --json "$out/launch-$op.json" >"$out/launch-$op.txt"
    cat "$out/launch-$op.txt"
    echo "($((($(date +%s) - begin))) s)"
done
sed -n 's/^peak //p' "$out/launch.table"
