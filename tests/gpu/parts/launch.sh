# What a launch, a copy and the operations that are no products cost
# share: 12

ops="copy softmax loss bias_gradient gather update"
small=
[ -z "$rehearse" ] || ops=softmax small="--rounds 2 --shape 7x10"

# Compiled first, side by side.
[ -n "$rehearse" ] || for op in $ops; do
    "$isobit" bench $op --rounds 1 >/dev/null 2>&1 &
done
wait
: >"$out/launch.table"
"$isobit" bench launch --json "$out/launch.json" | tee -a "$out/launch.table"
for op in $ops; do
    # shellcheck disable=SC2086 # several words
    "$isobit" bench $op $small --json "$out/launch-$op.json" >"$out/launch-$op.txt"
    cat "$out/launch-$op.txt"
done
sed -n 's/^peak //p' "$out/launch.table"
