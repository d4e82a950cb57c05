#!/usr/bin/env python3
"""As compare.py, with networks over images: convolutions, poolings, flatten.

    python3 tests/pytorch/images.py build/isobit
"""
import sys

import numpy as np
import torch

import compare

SHAPE = (3, 9, 10)


def cases():
    """Network, loss, optimizer, kind of targets."""
    loss, momentum = "categorical_cross_entropy", "sgd lr=0.05 momentum=0.9"
    tail = "dense 12 tanh, dense 5 softmax"
    for front in ("conv 4 3x3 tanh, maxpool 2, conv 6 2x2 gelu",
                  "conv 4 3x3 relu, avgpool 2, conv 18 2x2 tanh, flatten",
                  "conv 4 5x3 tanh stride=2 padding=2 bias=off, conv 5 1x1 elu",
                  "conv 3 4x4 tanh padding=same, maxpool 3 stride=1, avgpool 3x2 stride=2x3",
                  "avgpool 2, conv 20 3x3 sigmoid padding=1x0, conv 17 1x3 tanh"):
        yield f"{front}, {tail}", loss, momentum, "labels"
    yield f"conv 4 3x3 gelu, maxpool 2, {tail}", loss, "adam lr=0.01", "labels"
    yield "conv 6 3x3 tanh, avgpool 2, dense 5", "mse", momentum, "floats"


def make_data(kind, path):
    """Five patterns under noise; their numbers, or how strong each is."""
    random = np.random.default_rng(5)
    patterns = random.standard_normal((compare.CLASSES, *SHAPE))
    labels = np.arange(compare.SAMPLES) % compare.CLASSES
    x = 0.5 * patterns[labels] + random.standard_normal((compare.SAMPLES, *SHAPE))
    x = x.astype(np.float32)
    strengths = np.einsum("nchw,kchw->nk", x, patterns) / x[0].size
    y = labels.astype(np.int64) if kind == "labels" else strengths.astype(np.float32)
    np.savez(path, x=x, y=y)
    return x, y


def pair(text):
    numbers = [int(part) for part in text.split("x")]
    return tuple(numbers * 2 if len(numbers) == 1 else numbers)


def module(words, options, channels):
    """What a layer is in torch.nn, without its activation."""
    stride = pair(options["stride"]) if "stride" in options else None
    if words[0] == "conv":
        padding = options.get("padding", "0")
        return torch.nn.Conv2d(channels, int(words[1]), pair(words[2]), stride=stride or 1,
                               padding=padding if padding == "same" else pair(padding),
                               bias=options.get("bias") != "off")
    if words[0] == "flatten":
        return torch.nn.Flatten()
    kind = {"maxpool": torch.nn.MaxPool2d, "avgpool": torch.nn.AvgPool2d}[words[0]]
    return kind(pair(words[1]), stride)


def sequential(net, shape=SHAPE):
    modules, values = [], torch.zeros(1, *shape)
    for layer in net.split(", "):
        words = [word for word in layer.split() if "=" not in word]
        options = dict(word.split("=") for word in layer.split() if "=" in word)
        if words[0] == "dense":
            if values.dim() > 2:
                modules.append(torch.nn.Flatten())
            modules.append(torch.nn.Linear(values[0].numel(), int(words[1])))
        else:
            modules.append(module(words, options, values.shape[1]))
        if words[-1] in compare.ACTIVATIONS:
            modules.append(compare.ACTIVATIONS[words[-1]]())
        values = torch.nn.Sequential(*modules)(torch.zeros(1, *shape))
    return torch.nn.Sequential(*modules)


if __name__ == "__main__":
    compare.cases, compare.make_data, compare.sequential = cases, make_data, sequential
    sys.exit(compare.main())
