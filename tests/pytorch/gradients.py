#!/usr/bin/env python3
"""How exact a training step's gradients are, next to PyTorch's own in single precision.

    python3 tests/pytorch/gradients.py build/isobit

Three networks, the same weights and the same batch: isobit's gradients and PyTorch's in float32 are
compared with PyTorch's in float64. For each tensor two errors are taken, in units of its largest
gradient: the worst element's and the root of the mean square; of each the largest over the tensors
is printed. Fails where isobit's are above 1e-5, or more than 4 times PyTorch's.

isobit's gradients are read from a checkpoint: after one step with lr=1 and a momentum, what the
optimizer remembers is the gradient with its sign changed, exactly.
"""
import argparse
import os
import subprocess
import sys
import tempfile

import numpy as np
import torch
import torch.nn.functional as F

import compare
import images

NETS = (("dense 128 relu, dense 10 softmax", 64, (784,)),
        ("dense 300 tanh, dense 300 gelu, dense 10 softmax", 600, (300,)),
        ("conv 8 5x5 relu, maxpool 2, conv 16 3x3 tanh, flatten, dense 10 softmax", 32,
         (1, 28, 28)))
CLASSES = 10


def ours(program, folder, data, net, shape, epochs):
    """The tensors that a run leaves: in its model and, after its one step, in its checkpoint."""
    out = os.path.join(folder, f"run-{epochs}")
    subprocess.run([program, "train", data, "--net", net, "--optimizer", "sgd lr=1 momentum=0.5",
                    "--batch", "0", "--epochs", str(epochs), "--no-shuffle", "--quiet", "--input",
                    "x".join(map(str, shape)), "--out", out], check=True)
    if not epochs:
        return compare.read_safetensors(os.path.join(out, "model.safetensors"))
    memory = "optimizer.0."
    with_past = compare.read_safetensors(os.path.join(out, "checkpoint.safetensors"))
    return {name[len(memory):]: -value for name, value in with_past.items()
            if name.startswith(memory)}


def theirs(start, net, shape, x, y, dtype):
    torch.set_default_dtype(dtype)
    model = images.sequential(net, shape)
    model.load_state_dict({name: torch.tensor(value) for name, value in start.items()})
    z = model[:-1](torch.tensor(x).to(dtype))
    F.cross_entropy(z, torch.tensor(y)).backward()
    return {name: value.grad.numpy() for name, value in model.named_parameters()}


def errors(gradients, exact):
    """The largest of the tensors' worst and mean square errors."""
    worst = square = 0
    for name, value in exact.items():
        wrong = (gradients[name].astype(np.float64) - value) / np.abs(value).max()
        worst = max(worst, np.abs(wrong).max())
        square = max(square, np.sqrt((wrong ** 2).mean()))
    return worst, square


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("program", help="the isobit to measure, as build/isobit")
    program = os.path.abspath(parser.parse_args().program)
    print(f"errors against float64, in units of a tensor's largest gradient; "
          f"PyTorch {torch.__version__}\n")
    print("   isobit             PyTorch\n   worst     rms      worst     rms    batch  network")
    failed = False
    for net, batch, shape in NETS:
        random = np.random.default_rng(9)
        x = random.standard_normal((batch, *shape)).astype(np.float32)
        y = random.integers(0, CLASSES, batch)
        y[:CLASSES] = np.arange(CLASSES)
        with tempfile.TemporaryDirectory() as folder:
            data = os.path.join(folder, "data.npz")
            np.savez(data, x=x, y=y)
            start = ours(program, folder, data, net, shape, 0)
            gradients = ours(program, folder, data, net, shape, 1)
        exact = theirs(start, net, shape, x, y, torch.float64)
        assert list(gradients) == list(exact)
        mine = errors(gradients, exact)
        other = errors(theirs(start, net, shape, x, y, torch.float32), exact)
        failed |= any(a > 1e-5 or a > 4 * b for a, b in zip(mine, other))
        print(" ".join(f"{value:9.1e}" for value in mine + other), f"{batch:6}   {net}", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
