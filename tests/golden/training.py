#!/usr/bin/env python3
"""Golden rows for optimizers, clipping and schedules: what PyTorch makes of the same small problem
in float64 (torch.optim, torch.nn.utils.clip_grad_norm_, torch.optim.lr_scheduler, autograd).

    python3 tests/golden/training.py       rewrites the .csv files beside it

Made with PyTorch 2.15; any version since 1.13 gives the same rows.
The problem: tanh of 3 inputs in 2 units, then 1 output; mse (the sum of squares / 2, mean over the
batch) over 5 samples as one batch.
"""
import os
import torch

torch.set_default_dtype(torch.float64)
HERE = os.path.dirname(os.path.abspath(__file__))
STEPS = 8


def write(name, head, rows):
    with open(os.path.join(HERE, name), "w") as file:
        file.write(f"# made by training.py with PyTorch; do not edit\n# {head}\n")
        for row in rows:
            file.write(",".join(row) + "\n")


def vector(values):
    return " ".join(repr(float(v)) for v in values)


X = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.5], [-2.0, 0.75, 1.0], [0.0, 1.0, 0.125],
                  [-0.375, -1.5, 0.625]])
Y = torch.tensor([[0.75], [-1.25], [0.5], [2.0], [-0.5]])
START = [[0.5, -0.25, 0.125, 0.75, 0.375, -0.5], [0.0625, -0.125], [1.0, -0.75], [0.25]]
SHAPES = [(2, 3), (2,), (1, 2), (1,)]

OPTIMIZERS = [
    ("sgd lr=0.1", torch.optim.SGD, dict(lr=0.1)),
    ("sgd lr=0.05 momentum=0.9", torch.optim.SGD, dict(lr=0.05, momentum=0.9)),
    ("sgd lr=0.05 momentum=0.9 nesterov=on", torch.optim.SGD,
     dict(lr=0.05, momentum=0.9, nesterov=True)),
    ("sgd lr=0.05 momentum=0.5 weight_decay=0.25", torch.optim.SGD,
     dict(lr=0.05, momentum=0.5, weight_decay=0.25)),
    ("sgd lr=0.05 weight_decay=0.5", torch.optim.SGD, dict(lr=0.05, weight_decay=0.5)),
    ("adagrad", torch.optim.Adagrad, dict()),
    ("adagrad lr=0.25 lr_decay=0.5 weight_decay=0.125 eps=0.001", torch.optim.Adagrad,
     dict(lr=0.25, lr_decay=0.5, weight_decay=0.125, eps=0.001)),
    ("rmsprop", torch.optim.RMSprop, dict()),
    ("rmsprop lr=0.02 alpha=0.75 eps=0.0001 momentum=0.5 weight_decay=0.125", torch.optim.RMSprop,
     dict(lr=0.02, alpha=0.75, eps=0.0001, momentum=0.5, weight_decay=0.125)),
    ("adam", torch.optim.Adam, dict()),
    ("adam lr=0.05 beta1=0.5 beta2=0.75 eps=0.001 weight_decay=0.25", torch.optim.Adam,
     dict(lr=0.05, betas=(0.5, 0.75), eps=0.001, weight_decay=0.25)),
    ("adamw", torch.optim.AdamW, dict()),
    ("adamw lr=0.125 weight_decay=0.5 beta1=0.75 beta2=0.5 eps=0.01", torch.optim.AdamW,
     dict(lr=0.125, weight_decay=0.5, betas=(0.75, 0.5), eps=0.01)),
]


def run(kind, options, clip):
    parameters = [torch.tensor(v).reshape(s).requires_grad_() for v, s in zip(START, SHAPES)]
    optimizer = kind(parameters, **options)
    for _ in range(STEPS):
        w1, b1, w2, b2 = parameters
        optimizer.zero_grad()
        y = torch.tanh(X @ w1.T + b1) @ w2.T + b2
        (((y - Y) ** 2).sum(1) / 2).mean().backward()
        if clip:
            torch.nn.utils.clip_grad_norm_(parameters, clip)
        optimizer.step()
        yield torch.cat([p.detach().flatten() for p in parameters])


def optimizers():
    rows = [("x", "", "", vector(X.flatten())), ("y", "", "", vector(Y.flatten())),
            ("start", "", "", vector(v for part in START for v in part))]
    for name, kind, options in OPTIMIZERS:
        for step, values in enumerate(run(kind, options, 0), 1):
            rows.append((name, "0", str(step), vector(values)))
    for clip in (0.5, 100.0):
        for step, values in enumerate(run(torch.optim.SGD, dict(lr=0.1, momentum=0.9), clip), 1):
            rows.append(("sgd lr=0.1 momentum=0.9", str(clip), str(step), vector(values)))
    write("optimizers.csv", "optimizer,clip,step,parameters in network order", rows)


def schedules():
    """The factor at each step. Warm-up is a plain ramp of (step + 1) / warmup before or over it."""
    rows = []
    per_epoch, epochs = 3, 7
    total = per_epoch * epochs

    def rates(make, per_step):
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
        scheduler = make(optimizer)
        for step in range(10 * total):
            yield optimizer.param_groups[0]["lr"]
            optimizer.step()
            if per_step or step % per_epoch == per_epoch - 1:
                scheduler.step()

    lr = torch.optim.lr_scheduler
    cases = [
        ("constant", lambda o: lr.ConstantLR(o, factor=1), False, 0),
        ("constant warmup=4", lambda o: lr.ConstantLR(o, factor=1), False, 4),
        ("step", lambda o: lr.StepLR(o, step_size=1), False, 0),
        ("step every=2 gamma=0.5", lambda o: lr.StepLR(o, step_size=2, gamma=0.5), False, 0),
        ("step every=3 gamma=0.25 warmup=5", lambda o: lr.StepLR(o, step_size=3, gamma=0.25),
         False, 5),
        ("exponential", lambda o: lr.ExponentialLR(o, gamma=0.95), False, 0),
        ("exponential gamma=0.75 warmup=2", lambda o: lr.ExponentialLR(o, gamma=0.75), False, 2),
        ("cosine", lambda o: lr.CosineAnnealingLR(o, T_max=total), True, 0),
        ("cosine final=0.125", lambda o: lr.CosineAnnealingLR(o, T_max=total, eta_min=0.125), True,
         0),
        ("cosine warmup=6", lambda o: lr.CosineAnnealingLR(o, T_max=total - 6), True, -6),
    ]
    for name, make, per_step, warmup in cases:
        factors = list(rates(make, per_step))
        for step in range(total):
            warm = abs(warmup)
            ramp = min(1.0, (step + 1) / warm) if warm else 1.0
            if warmup < 0:  # the wave begins behind the ramp
                factor = ramp if step < warm else factors[step - warm]
            else:
                factor = ramp * factors[step]
            rows.append((name, str(step), str(step // per_epoch), str(total), repr(factor)))
    write("schedules.csv", "schedule,step,epoch,steps of the training,factor", rows)


if __name__ == "__main__":
    optimizers()
    schedules()
