#!/usr/bin/env python3
"""The polynomial coefficients of kernels/numerics.h, from nothing but mpmath (1.3.0 was used).

Weighted minimax fits by Remez's exchange on a Chebyshev grid; then the coefficients are rounded to
float32 one by one from the lowest power up, the rest being fitted again each time. Prints each
fit's largest weighted error before and after rounding and its coefficients as they stand in the
kernel, lowest power first. Run by hand: about 40 seconds.
"""
from mpmath import (mp, mpf, matrix, lu_solve, cos, erf, erfc, exp, floor, frexp, fsum, ldexp, log,
                    nint, pi, sin, sqrt, tanh)

mp.prec = 120
TINY = mpf(2) ** -40


def to_float32(x):
    if x == 0:
        return mpf(0)
    m, e = frexp(mpf(x))
    return ldexp(nint(ldexp(m, 24)), e - 24)


def text(x):
    mantissa, exponent = float.hex(float(x)).split("p")
    return mantissa.rstrip("0") + "p" + exponent + "f"


def extrema(error, count):
    """Where the error is largest between its changes of sign, cut to `count` places."""
    places = []
    for i, e in enumerate(error):
        if not places or (e > 0) != (error[places[-1]] > 0):
            places.append(i)
        elif abs(e) > abs(error[places[-1]]):
            places[-1] = i
    while len(places) > count:
        k = min(range(len(places)), key=lambda k: abs(error[places[k]]))
        if k in (0, len(places) - 1):
            places.pop(k)
        elif len(places) == count + 1:
            places.pop(0 if abs(error[places[0]]) < abs(error[places[-1]]) else -1)
        else:
            j = k - 1 if abs(error[places[k - 1]]) < abs(error[places[k + 1]]) else k + 1
            for q in sorted((k, j), reverse=True):
                places.pop(q)
    return places


def remez(f, powers, weight, low, high, points):
    """Coefficients c of sum c_k x^powers[k] with the least max |weight (sum - f)|, and that."""
    n = len(powers)
    grid = [(low + high) / 2 - (high - low) / 2 * cos(pi * mpf(i) / points)
            for i in range(points + 1)]
    basis = [[x**k for k in powers] for x in grid]
    target, w = [f(x) for x in grid], [weight(x) for x in grid]
    places = [int(round(float(points * (i + 0.4) / (n + 1)))) for i in range(n + 1)]
    for _ in range(25):
        a, b = matrix(n + 1, n + 1), matrix(n + 1, 1)
        for row, i in enumerate(places):
            for k in range(n):
                a[row, k] = basis[i][k] * w[i]
            a[row, n] = (-1) ** row
            b[row] = target[i] * w[i]
        c = list(lu_solve(a, b))[:n]
        error = [w[i] * (fsum(c[k] * basis[i][k] for k in range(n)) - target[i])
                 for i in range(points + 1)]
        found = extrema(error, n + 1)
        if len(found) < n + 1 or found == places:
            break
        places = found
    return c, max(abs(e) for e in error)


def fit(name, f, powers, weight, low, high, points=1500):
    powers = list(powers)
    c, before = remez(f, powers, weight, low, high, points)
    fixed = []
    for k in range(len(powers)):
        fixed.append(to_float32(c[0]))
        if k + 1 < len(powers):
            rest = lambda x: f(x) - fsum(v * x**p for v, p in zip(fixed, powers))
            c, _ = remez(rest, powers[k + 1:], weight, low, high, points)
    after = max(abs(weight(x) * (fsum(v * x**p for v, p in zip(fixed, powers)) - f(x)))
                for x in (low + (high - low) * mpf(i) / 2000 for i in range(2001)))
    print("%s: 2^%.2f, rounded 2^%.2f" % (name, log(before, 2), log(after, 2)))
    print("    " + " ".join(text(v) for v in fixed))


def log_tail(x):
    """(log(1 + x) - x + x^2 / 2) / x^3, by its series where that cancels."""
    if abs(x) < mpf(10) ** -6:
        return mpf(1) / 3 - x / 4 + x * x / 5 - x**3 / 6
    return (log(1 + x) - x + x * x / 2) / x**3


def over_root(f):
    """f(x) / x - 1 as a function of z = x^2, for odd f."""
    return lambda z: f(sqrt(z)) / sqrt(z) - 1


def constants():
    two_over_pi, words = 2 / pi, []
    for _ in range(7):
        two_over_pi *= 2**32
        words.append("%08x" % int(floor(two_over_pi)))
        two_over_pi -= floor(two_over_pi)
    high = ldexp(nint(ldexp(log(2), 16)), -16)
    half_pi = to_float32(pi / 2)
    print("2 / pi:", " ".join(words))
    print("log2 e %s, ln 2 %s + %s, ln 2 / 2 %s, pi / 2 %s + %s" % tuple(map(text, (
        to_float32(1 / log(2)), high, to_float32(log(2) - high), to_float32(log(2) / 2), half_pi,
        to_float32(pi / 2 - half_pi)))))


def main():
    one = lambda x: mpf(1)
    mp.prec = 400
    constants()
    mp.prec = 120
    half = mpf("0.34660")  # ln 2 / 2 and what rounding n may add
    fit("exp", lambda x: exp(x) - 1 - x, range(2, 7), lambda x: exp(-x), -half, half)
    fit("log", log_tail, range(8), lambda x: max(x * x, mpf("1e-4")), sqrt(mpf("0.5")) - 1,
        sqrt(mpf(2)) - 1)
    edge = mpf("0.5625")
    fit("tanh", over_root(tanh), range(1, 6), lambda z: sqrt(z) / tanh(sqrt(z)), TINY, edge**2, 500)
    fit("sin", over_root(sin), range(1, 4), one, TINY, mpf("0.7854") ** 2)
    fit("cos", lambda z: cos(sqrt(z)) - 1 + z / 2, range(2, 5), one, TINY, mpf("0.7854") ** 2)
    split = mpf("0.9375")
    fit("erf, small", over_root(erf), range(7), lambda z: sqrt(z) / erf(sqrt(z)), TINY, split**2,
        500)
    quarter = mpf(1) / 4
    fit("erfc^(1/4)", lambda x: erfc(x) ** quarter, range(9),
        lambda x: 4 * erfc(x) ** (1 - quarter), split, mpf("3.92"), 400)
    fit("1 / b, tanh", lambda x: 1 / x, range(3), lambda x: x, mpf(1), mpf("1.325"))
    fit("1 / b, quotient", lambda x: 1 / x, range(3), lambda x: x, mpf(1), mpf(2))


if __name__ == "__main__":
    main()
