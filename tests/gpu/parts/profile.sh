# What the launches of a training's step take, W2 and W4 of tests/bench/tables.py
# share: 10

data=$ISOBIT_SHARED/data/mnist10k wide="dense 2048 relu, dense 2048 relu, dense 2048 relu, dense 2048 relu, dense 10 softmax"
[ -d "$data" ] || data=digits

# profile NETWORK BATCH
profile() {
    "$isobit" train "$data" --net "$1" --batch "$2" --optimizer "sgd lr=0.05 momentum=0.9" --epochs 4 \
        --profile --out "$out/profile-model" --overwrite
}

if [ -n "$rehearse" ]; then
    data=xor profile "dense 8 tanh, dense 1 sigmoid" 4
else
    profile "dense 128 relu, dense 10 softmax" 64
    profile "$wide" 512
fi
rm -r "$out/profile-model"
