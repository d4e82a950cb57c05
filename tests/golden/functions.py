#!/usr/bin/env python3
"""Golden rows for activations, losses and initialisers, computed with mpmath (50 digits) from their
textbook definitions; derivatives are mpmath's own numerical ones, not formulas.

    python3 tests/golden/functions.py      rewrites the .csv files beside it

Sources: mpmath 1.3 for exp, tanh, erfc and the rest; for the initialisers Philox4x32-10 as given by
Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (2011), written here from the paper and
checked against Random123's known answers, and Box-Muller in mpmath.
"""
import os
import mpmath as mp
import numpy as np

mp.mp.dps = 50
HERE = os.path.dirname(os.path.abspath(__file__))


def write(name, head, rows):
    with open(os.path.join(HERE, name), "w") as file:
        file.write(f"# made by functions.py with mpmath; do not edit\n# {head}\n")
        for row in rows:
            file.write(",".join(row) + "\n")


def text(value):
    return repr(float(value))


def vector(values):
    return " ".join(text(v) for v in values)


def single(value):
    """The float32 next to a number, exactly."""
    return mp.mpf(float(np.float32(value)))


# ------------------------------------------------------------------------------------ activations

POINTWISE = {
    "identity": lambda z: z,
    "step": lambda z: mp.mpf(z >= 0),
    "sign": lambda z: mp.mpf(1 if z > 0 else -1),
    "sigmoid": lambda z: 1 / (1 + mp.exp(-z)),
    "tanh": mp.tanh,
    "relu": lambda z: max(z, mp.mpf(0)),
    "leaky_relu": lambda z: z if z > 0 else z / 100,
    "elu": lambda z: z if z > 0 else mp.expm1(z),
    "gelu": lambda z: z * mp.ncdf(z),
    "softplus": lambda z: mp.log1p(mp.exp(z)),
    "swish": lambda z: z / (1 + mp.exp(-z)),
}
AT_ZERO = {"step": 0, "sign": 0, "relu": 0, "leaky_relu": mp.mpf(1) / 100, "elu": 1}
POINTS = [-30, -17.25, -9.5, -5, -3.1, -2, -1.25, -1, -0.7, -0.5, -0.1, -0.015625, -1e-4, 0,
          1e-4, 0.015625, 0.1, 0.5, 0.7, 1, 1.25, 2, 3.1, 5, 9.5, 17.25, 30]


def softmax(z):
    largest = max(z)
    powers = [mp.exp(v - largest) for v in z]
    return [p / mp.fsum(powers) for p in powers]


def activations():
    rows = []
    for name, f in POINTWISE.items():
        for point in POINTS:
            z = single(point)
            kink = z == 0 and name in AT_ZERO
            slope = AT_ZERO[name] if kink else mp.diff(f, z, h=mp.mpf(10) ** -20)
            rows.append((name, text(z), text(f(z)), text(slope)))
    write("activations.csv", "name,z,f(z),f'(z)", rows)


def softmaxes():
    """p and, for an error g that arrives at p, the derivative of sum(g p) by each z."""
    cases = [
        ([0, 0], [1, -1]),
        ([1, -2, 0.5], [0.3, -0.7, 2]),
        ([88, -88, 3], [1, 2, -3]),
        ([200.5, 199, 201.25, 190], [0.5, -1, 0.25, 4]),
        ([0.1 * i - 0.9 for i in range(19)], [(-1) ** i * (0.2 + 0.03 * i) for i in range(19)]),
    ]
    rows = []
    for zs, gs in cases:
        z, g = [single(v) for v in zs], [single(v) for v in gs]
        deltas = []
        for j in range(len(z)):
            def at(v):
                return mp.fdot(g, softmax(z[:j] + [v] + z[j + 1:]))
            deltas.append(mp.diff(at, z[j], h=mp.mpf(10) ** -20))
        rows.append((vector(z), vector(g), vector(softmax(z)), vector(deltas)))
    write("softmax.csv", "z,error at p,p,error at z", rows)


# ----------------------------------------------------------------------------------------- losses

def mse(y, t):
    return mp.fsum((a - b) ** 2 / 2 for a, b in zip(y, t))


def mae(y, t):
    return mp.fsum(abs(a - b) for a, b in zip(y, t))


def binary(y, t):
    return -mp.fsum(b * mp.log(a) + (1 - b) * mp.log(1 - a) for a, b in zip(y, t))


def categorical(y, t):
    return -mp.fsum(b * mp.log(a) for a, b in zip(y, t))


def perceptron(z, t):
    """How far z is on the wrong side of 0."""
    return mp.fsum(max(mp.mpf(0), -a if b > 0 else a) for a, b in zip(z, t))


Z = [0.75, -1.5, 2.25, 0.25]
T = [0.5, -0.25, 1.5, 0]
ONE_HOT = [0, 0, 1, 0]
PROBABILITIES = [0.125, 0.5, 0.25, 0.125]
MANY = [0.05 * i - 0.6 for i in range(37)]


def losses():
    cases = []
    for activation in list(POINTWISE) + ["softmax"]:
        for name, loss in (("mse", mse), ("mae", mae)):
            cases.append((name, loss, activation, Z, T))
            cases.append((name, loss, activation, MANY, MANY[::-1]))
    for z, t in ((Z, PROBABILITIES), (Z, ONE_HOT), ([100, -100, 90, -90.5], [0, 1, 1, 0.25]),
                 ([1e-3], [1]), (MANY, [v / 37 for v in range(37)])):
        cases.append(("binary_cross_entropy", binary, "sigmoid", z, t))
    for z, t in ((Z, PROBABILITIES), (Z, ONE_HOT), ([95, -80, 60, 3], PROBABILITIES),
                 ([0.5, 1.5], [1, 0]), (MANY, [0] * 36 + [1])):
        cases.append(("categorical_cross_entropy", categorical, "softmax", z, t))
    for z, t in ((Z, ONE_HOT), ([95, -80, 60, 3], ONE_HOT), (MANY, [0] * 36 + [1])):
        cases.append(("sparse_categorical_cross_entropy", categorical, "softmax", z, t))
    for activation in ("step", "sign"):
        for z, t in ((Z, ONE_HOT), (Z, [1, -1, -1, 1]), (MANY, [v % 2 for v in range(37)])):
            cases.append(("perceptron", perceptron, activation, z, t))
    rows = []
    for name, loss, activation, zs, ts in cases:
        z, t = [single(v) for v in zs], [single(v) for v in ts]

        def total(values):
            if activation == "softmax":
                return loss(softmax(values), t)
            if loss is perceptron:
                return loss(values, t)
            return loss([POINTWISE[activation](v) for v in values], t)
        mp.mp.dps = 120  # 1 - sigmoid(100) needs digits to cancel
        slopes = [mp.diff(lambda v: total(z[:j] + [v] + z[j + 1:]), z[j], h=mp.mpf(10) ** -40)
                  for j in range(len(z))]
        value = total(z)
        mp.mp.dps = 50
        rows.append((name, activation, vector(z), vector(t), text(value), vector(slopes)))
    write("losses.csv", "loss,output activation,z,targets,loss,derivatives by z", rows)


# ----------------------------------------------------------------------------------- initialisers

def philox(seed, counter):
    key, c = [seed & 0xFFFFFFFF, seed >> 32], list(counter)
    for _ in range(10):
        a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(b >> 32) ^ c[1] ^ key[0], b & 0xFFFFFFFF, (a >> 32) ^ c[3] ^ key[1], a & 0xFFFFFFFF]
        key = [(key[0] + 0x9E3779B9) & 0xFFFFFFFF, (key[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return c


assert philox(0, [0] * 4) == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]
assert philox(2 ** 64 - 1, [2 ** 32 - 1] * 4) == [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]


def draws(seed, layer):
    index = 0
    while True:
        yield from philox(seed, [1, layer, index & 0xFFFFFFFF, index >> 32])
        index += 1


def uniform(stream):
    return mp.mpf(next(stream) >> 8) / 2 ** 24


def normal(stream):
    u1 = mp.mpf((next(stream) >> 8) + 1) / 2 ** 24
    return mp.sqrt(-2 * mp.log(u1)) * mp.cos(2 * mp.pi * uniform(stream))


def initialisers():
    rows = []
    for seed, layer, n_in, n_out in ((1, 0, 5, 3), (2 ** 40 + 7, 1, 2, 4)):
        spreads = {
            "uniform:0.25": (True, mp.mpf(1) / 4), "normal:2": (False, mp.mpf(2)),
            "lecun": (False, mp.sqrt(mp.mpf(1) / n_in)),
            "xavier_normal": (False, mp.sqrt(mp.mpf(2) / (n_in + n_out))),
            "xavier_uniform": (True, mp.sqrt(mp.mpf(6) / (n_in + n_out))),
            "he_normal": (False, mp.sqrt(mp.mpf(2) / n_in)),
            "he_uniform": (True, mp.sqrt(mp.mpf(6) / n_in)),
        }
        count = n_in * n_out
        head = (str(seed), str(layer), str(n_in), str(n_out))
        for name, (flat, spread) in spreads.items():
            stream = draws(seed, layer)
            values = [spread * ((2 * uniform(stream) - 1) if flat else normal(stream))
                      for _ in range(count)]
            rows.append((name,) + head + (vector(values),))
        eye = [-0.5 if i // n_in == i % n_in else 0 for i in range(count)]
        rows.append(("zeros",) + head + (vector([0] * count),))
        rows.append(("constant:0.75",) + head + (vector([0.75] * count),))
        rows.append(("eye:-0.5",) + head + (vector(eye),))
    write("initialisers.csv", "init,seed,layer,inputs,units,weights [units][inputs]", rows)


if __name__ == "__main__":
    activations()
    softmaxes()
    losses()
    initialisers()
