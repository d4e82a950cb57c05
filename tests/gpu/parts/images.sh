# A small convolutional network's step, launch by launch: the defaults, and the naive variants
# share: 10

data=digits
[ -z "$rehearse" ] || data="digits samples=100 test=0"
profile() {
    name=$1
    shift
    "$isobit" train "$data" --batch 64 --epochs 1 --optimizer "sgd lr=0.02 momentum=0.9" --profile --quiet \
        --net "conv 8 5x5 relu, maxpool 2, conv 16 5x5 relu, maxpool 2, dense 128 relu, dense 10 softmax" \
        --checkpoint off --overwrite --out "$out/images-$name" "$@" >"$out/images-$name.txt"
    echo "$name:"
    cat "$out/images-$name.txt"
}
profile default >"$out/images.table"
profile naive --variant "conv_forward=naive conv_backward=naive conv_gradient=naive conv_join=naive pool_forward=naive pool_backward=naive" \
    >>"$out/images.table"
cat "$out/images.table"
cmp "$out/images-default/model.safetensors" "$out/images-naive/model.safetensors"
rm -r "$out/images-default" "$out/images-naive"
echo "the same bits"
