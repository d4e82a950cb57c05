#!/usr/bin/env python3
"""Train the same networks with isobit and with PyTorch, and compare weights and losses.

    sudo apt install python3-torch python3-numpy        (about 1 GB: so it is not in the suite)
    python3 tests/pytorch/compare.py build/isobit

For each optimizer, loss and activation both start from isobit's initial weights and take the same
samples in the same order, 100 steps with partial last batches. Every weight must then agree within
1e-5 of its tensor's largest, and the loss of every epoch within 1e-5. Names and layout of the model
file are checked on the way: torch.nn.Sequential loads it as it is.

--dtype float32 compares with PyTorch's own single precision instead of float64. Needs isobit and
PyTorch 1.13 or newer, nothing else; writes to a temporary folder only.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
import torch
import torch.nn.functional as F

SAMPLES, FEATURES, CLASSES, BATCH, EPOCHS = 125, 12, 5, 32, 25  # batches of 32, 32, 32 and 29
STEPS = EPOCHS * -(-SAMPLES // BATCH)
LIMIT = 1e-5

ACTIVATIONS = {
    "sigmoid": torch.nn.Sigmoid, "tanh": torch.nn.Tanh, "relu": torch.nn.ReLU,
    "leaky_relu": torch.nn.LeakyReLU, "elu": torch.nn.ELU, "gelu": torch.nn.GELU,
    "softplus": torch.nn.Softplus, "swish": torch.nn.SiLU,
    "softmax": lambda: torch.nn.Softmax(dim=1),
}

# What isobit is told, and the same for PyTorch.
OPTIMIZERS = {
    "sgd lr=0.01": (torch.optim.SGD, dict(lr=0.01)),
    "sgd lr=0.1": (torch.optim.SGD, dict(lr=0.1)),
    "sgd lr=0.05 momentum=0.9": (torch.optim.SGD, dict(lr=0.05, momentum=0.9)),
    "sgd lr=0.05 momentum=0.9 nesterov=on":
        (torch.optim.SGD, dict(lr=0.05, momentum=0.9, nesterov=True)),
    "sgd lr=0.05 momentum=0.9 weight_decay=0.01":
        (torch.optim.SGD, dict(lr=0.05, momentum=0.9, weight_decay=0.01)),
    "adagrad lr=0.05": (torch.optim.Adagrad, dict(lr=0.05)),
    "rmsprop lr=0.002": (torch.optim.RMSprop, dict(lr=0.002)),
    "rmsprop lr=0.002 momentum=0.5 weight_decay=0.01":
        (torch.optim.RMSprop, dict(lr=0.002, momentum=0.5, weight_decay=0.01)),
    "adam lr=0.01": (torch.optim.Adam, dict(lr=0.01)),
    "adam lr=0.01 weight_decay=0.01": (torch.optim.Adam, dict(lr=0.01, weight_decay=0.01)),
    "adamw lr=0.01": (torch.optim.AdamW, dict(lr=0.01)),
}

# From the outputs before the last activation (z), those after it (y), and the targets.
LOSSES = {
    "mse": lambda z, y, t: ((y - t) ** 2).sum(1).mean() / 2,
    "mae": lambda z, y, t: (y - t).abs().sum(1).mean(),
    "binary_cross_entropy":
        lambda z, y, t: F.binary_cross_entropy_with_logits(z, t, reduction="none").sum(1).mean(),
    "categorical_cross_entropy": lambda z, y, t: F.cross_entropy(z, t),
    "sparse_categorical_cross_entropy": lambda z, y, t: F.cross_entropy(z, t),
}


def cases():
    """Network, loss, optimizer, kind of targets."""
    net = "dense 24 tanh, dense 16 gelu, dense 5 softmax"
    for optimizer in OPTIMIZERS:
        yield net, "sparse_categorical_cross_entropy", optimizer, "labels"
    momentum = "sgd lr=0.05 momentum=0.9"
    yield "dense 24 tanh, dense 5", "mse", momentum, "floats"
    yield "dense 24 tanh, dense 5 sigmoid", "mse", momentum, "labels"
    yield "dense 24 tanh, dense 5 softmax", "mse", momentum, "probabilities"
    yield "dense 24 tanh, dense 5", "mae", "sgd lr=0.01", "floats"
    yield "dense 24 tanh, dense 5 sigmoid", "binary_cross_entropy", momentum, "labels"
    yield "dense 24 tanh, dense 5 sigmoid", "binary_cross_entropy", momentum, "probabilities"
    yield net, "categorical_cross_entropy", momentum, "labels"
    yield net, "categorical_cross_entropy", momentum, "probabilities"
    for activation in ACTIVATIONS:
        yield (f"dense 20 {activation}, dense 16 {activation} bias=off, dense 5 softmax",
               "categorical_cross_entropy", "sgd lr=0.1", "labels")


def make_data(kind, path):
    random = np.random.default_rng(5)
    x = random.standard_normal((SAMPLES, FEATURES)).astype(np.float32)
    scores = x @ random.standard_normal((FEATURES, CLASSES)) + np.sin(3 * x[:, :CLASSES])
    if kind == "labels":
        y = scores.argmax(1).astype(np.int64)
        assert set(y) == set(range(CLASSES))
    elif kind == "probabilities":
        y = np.exp(scores / 4)
        y = (y / y.sum(1, keepdims=True)).astype(np.float32)
    else:
        y = (scores / 4).astype(np.float32)
    np.savez(path, x=x, y=y)
    return x, y


def read_safetensors(path):
    with open(path, "rb") as file:
        data = file.read()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + size])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        kind = {"F32": "<f4", "F64": "<f8"}[entry["dtype"]]
        begin, end = (8 + size + offset for offset in entry["data_offsets"])
        tensors[name] = np.frombuffer(data[begin:end], kind).reshape(entry["shape"])
    return tensors


def isobit(program, folder, data, net, loss, optimizer, epochs):
    """Weights by name, and the training loss of every epoch."""
    out = os.path.join(folder, f"run-{epochs}")
    subprocess.run([program, "train", data, "--net", net, "--loss", loss, "--optimizer", optimizer,
                    "--batch", str(BATCH), "--epochs", str(epochs), "--no-shuffle", "--seed", "3",
                    "--quiet", "--overwrite", "--out", out], check=True)
    with open(os.path.join(out, "metrics.jsonl")) as file:
        losses = [json.loads(line)["train_loss"] for line in file]
    return read_safetensors(os.path.join(out, "model.safetensors")), losses


def sequential(net):
    modules, width = [], FEATURES
    for layer in net.split(", "):
        words = layer.split()
        units = int(words[1])
        modules.append(torch.nn.Linear(width, units, bias="bias=off" not in words))
        if len(words) > 2 and words[2] in ACTIVATIONS:
            modules.append(ACTIVATIONS[words[2]]())
        width = units
    return torch.nn.Sequential(*modules)


def pytorch(start, net, loss, optimizer, x, y):
    model = sequential(net)
    model.load_state_dict({name: torch.tensor(value) for name, value in start.items()})
    kind, options = OPTIMIZERS[optimizer]
    descent = kind(model.parameters(), **options)
    dtype = torch.get_default_dtype()
    inputs, labels = torch.tensor(x).to(dtype), y.dtype == np.int64
    targets = torch.tensor(y) if labels else torch.tensor(y).to(dtype)
    if labels and "categorical" not in loss:
        targets = F.one_hot(targets, CLASSES).to(dtype)
    plain = isinstance(model[-1], torch.nn.Linear)
    losses = []
    for _ in range(EPOCHS):
        total = 0.0
        for at in range(0, SAMPLES, BATCH):
            batch, wanted = inputs[at:at + BATCH], targets[at:at + BATCH]
            z = model(batch) if plain else model[:-1](batch)
            value = LOSSES[loss](z, z if plain else model[-1](z), wanted)
            descent.zero_grad()
            value.backward()
            descent.step()
            total += value.item() * len(batch)
        losses.append(total / SAMPLES)
    return {name: value.detach().numpy() for name, value in model.state_dict().items()}, losses


def compare(program, net, loss, optimizer, kind):
    """The worst weight and the worst epoch, in units of the tensor's largest and of 1."""
    with tempfile.TemporaryDirectory() as folder:
        data = os.path.join(folder, "data.npz")
        x, y = make_data(kind, data)
        start, _ = isobit(program, folder, data, net, loss, optimizer, 0)
        ours, our_losses = isobit(program, folder, data, net, loss, optimizer, EPOCHS)
    theirs, their_losses = pytorch(start, net, loss, optimizer, x, y)
    assert list(ours) == list(theirs) and len(our_losses) == EPOCHS
    moved = max(np.abs(ours[name] - start[name]).max() for name in ours)
    assert moved > 1e-3, "nothing was trained"
    weights = max(np.abs(ours[name] - theirs[name]).max() / np.abs(theirs[name]).max()
                  for name in ours)
    curve = max(abs(a - b) / max(1, abs(b)) for a, b in zip(our_losses, their_losses))
    return weights, curve


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("program", help="the isobit to test, as build/isobit")
    parser.add_argument("--dtype", choices=["float64", "float32"], default="float64")
    options = parser.parse_args()
    torch.set_default_dtype(getattr(torch, options.dtype))
    print(f"PyTorch {torch.__version__}, {options.dtype}; {STEPS} steps; limit {LIMIT:g}\n")
    print(f"{'weights':>8} {'losses':>8}  network; loss; optimizer; targets")
    failed = 0
    for case in cases():
        weights, curve = compare(os.path.abspath(options.program), *case)
        good = weights <= LIMIT and curve <= LIMIT
        failed += not good
        print(f"{weights:8.1e} {curve:8.1e}  {'; '.join(case)}{'' if good else '   DIFFERS'}",
              flush=True)
    print(f"\n{failed} of {len(list(cases()))} differ" if failed else "\nall agree")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
