#!/usr/bin/env python3
"""Golden rows for the two regressions that are networks without hidden layers.

    python3 tests/golden/regression.py       rewrites regression.csv beside it

Logistic regression: the maximum-likelihood coefficients by scikit-learn's LogisticRegression with
next to no penalty, polished by Newton's method on the likelihood's own derivatives, in float64; the two must
agree. Linear regression: the normal equations, solved by NumPy.
Made with NumPy 2.4, scikit-learn 1.9; other versions give the same rows to 12 digits.
"""
import os

import numpy as np
from sklearn.linear_model import LogisticRegression

HERE = os.path.dirname(os.path.abspath(__file__))


def vector(values):
    return " ".join(repr(float(v)) for v in np.ravel(values))


def logistic(x, y):
    ones = np.column_stack([x, np.ones(len(x))])
    model = LogisticRegression(C=1e12, tol=1e-10, max_iter=10000).fit(x, y)
    w = np.append(model.coef_[0], model.intercept_)
    first = w.copy()
    for _ in range(20):
        p = 1 / (1 + np.exp(-ones @ w))
        w = w - np.linalg.solve(ones.T @ (ones * (p * (1 - p))[:, None]), ones.T @ (p - y))
    assert np.abs(w - first).max() < 1e-4 and np.abs(ones.T @ (p - y)).max() < 1e-12
    return w


def linear(x, y):
    ones = np.column_stack([x, np.ones(len(x))])
    return np.linalg.solve(ones.T @ ones, ones.T @ y)


def main():
    random = np.random.default_rng(11)
    rows = []
    x = random.normal(size=(32, 2)).astype(np.float32).astype(float)
    y = (x @ [1.5, -1.0] + 0.5 + random.logistic(size=32) > 0).astype(float)
    assert 8 < y.sum() < 24
    rows.append(("logistic", "2", vector(x), vector(y), vector(logistic(x, y))))
    x = random.normal(size=(20, 3)).astype(np.float32).astype(float)
    y = (x @ [2.0, -0.5, 0.25] + 3 + 0.3 * random.normal(size=20)).astype(np.float32).astype(float)
    rows.append(("linear", "3", vector(x), vector(y), vector(linear(x, y))))
    with open(os.path.join(HERE, "regression.csv"), "w") as file:
        file.write("# made by regression.py with NumPy and scikit-learn; do not edit\n"
                   "# kind,features,x,y,coefficients: weights, then bias\n")
        for row in rows:
            file.write(",".join(row) + "\n")


if __name__ == "__main__":
    main()
