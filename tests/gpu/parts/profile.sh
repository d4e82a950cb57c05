# What the launches of a training's step take, W2 and W4 of tests/bench/tables.py; and ways to sum biases' gradients
# share: 10

data=$ISOBIT_SHARED/data/mnist10k wide="dense 2048 relu, dense 2048 relu, dense 2048 relu, dense 2048 relu, dense 10 softmax"
[ -d "$data" ] || data=digits

# profile NETWORK BATCH
profile() {
    "$isobit" train "$data" --net "$1" --batch "$2" --optimizer "sgd lr=0.05 momentum=0.9" --epochs 4 \
        --profile --out "$out/profile-model" --overwrite
}

sums="chunks chunks,CHUNKS=1 chunks,COLUMNS=8 chunks,GROUP=128 columns,LANES=1,GROUP=32,AHEAD=64"
if [ -n "$rehearse" ]; then
    data=xor profile "dense 8 tanh, dense 1 sigmoid" 4
else
    profile "dense 128 relu, dense 10 softmax" 64
    profile "$wide" 512
    "$isobit" bench bias_gradient --shape "512x2048 128x1024 64x128" --variant "$sums"
fi
rm -r "$out/profile-model"
