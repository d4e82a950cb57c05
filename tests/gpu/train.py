#!/usr/bin/env python3
"""Training throughput beside PyTorch's, W1 to W5 of tests/bench/tables.py, programs taking turns.

usage: train.py PROGRAM OUT [--rehearse]

Each of up to three turns runs PyTorch eager and with CUDA graphs, then isobit; torch.compile, which takes
long to compile, comes once, behind the first. A turn there is no time for is left out. Writes OUT/train.table and OUT/train.json. ISOBIT_SHARED names the folder that has data/mnist10k; without it both
train on made-up data of the same shape, and the table says so.
"""
import json
import os
import statistics
import struct
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '../bench'))
import tables  # noqa: E402  the workloads

# Epochs of 8,000 samples for isobit: some seconds of a fast GPU's time at most.
EPOCHS = {'W1': 60, 'W2': 40, 'W3': 20, 'W4': 8, 'W5': 20}


def made_up(folder):
    """8,000 images and labels under MNIST's names."""
    os.makedirs(folder, exist_ok=True)
    for part, count in (('train', 8000), ('t10k', 2000)):
        with open(os.path.join(folder, part + '-images-idx3-ubyte'), 'wb') as file:
            file.write(struct.pack('>4i', 2051, count, 28, 28) + os.urandom(count * 784))
        with open(os.path.join(folder, part + '-labels-idx1-ubyte'), 'wb') as file:
            file.write(struct.pack('>2i', 2049, count) + bytes(b % 10 for b in os.urandom(count)))
    return folder


class Training:
    def __init__(self, program, out, rehearse):
        self.program, self.out, self.rehearse = program, out, rehearse
        real = os.path.join(os.environ.get('ISOBIT_SHARED', ''), 'data/mnist10k')
        self.real = os.path.isdir(real)
        self.data = os.path.abspath(real) if self.real else made_up(os.path.join(out, 'made-up'))
        self.rates = {}

    def isobit(self, name):
        net, loss, batch, optimizer, _ = tables.WORKLOADS[name]
        epochs = 2 if self.rehearse else EPOCHS[name]
        words = [self.program, 'train', self.data, '--net', net, '--batch', str(batch), '--optimizer',
                 optimizer, '--epochs', str(epochs), '--json', '--checkpoint', 'off', '--overwrite',
                 '--out', os.path.join(self.out, 'run')] + (['--loss', loss] if loss else [])
        text = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout
        lines = [json.loads(line) for line in text.splitlines()]
        return statistics.median([l['samples_per_second'] for l in lines if 'epoch' in l][1:])

    def note(self, name, who, rate):
        print(f'{name} {who}: {rate:.0f}', flush=True)
        self.rates.setdefault((name, who), []).append(rate)

    def ours(self, names):
        for name in names:
            self.note(name, 'isobit', self.isobit(name))

    def theirs(self, names, modes, most):
        """What was measured within `most` seconds counts, whatever becomes of the rest."""
        words = [sys.executable, os.path.join(HERE, 'torch_train.py'), '--workloads', ','.join(names),
                 '--modes', ','.join(modes), '--data', self.data if self.real else '',
                 '--seconds', '0.1' if self.rehearse else '0.4']
        if self.rehearse:
            words += ['--device', 'cpu']
        process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        killer = threading.Timer(most, process.kill)
        killer.start()
        for line in process.stdout:
            row = json.loads(line)
            self.note(row['workload'], row['mode'], row['samples_per_second'])
        process.wait()
        killer.cancel()


def table_of(training, names, modes, why):
    def median(name, who):
        rates = [r for r in training.rates.get((name, who), []) if r]
        return statistics.median(rates) if rates else 0
    data = 'real digits' if training.real else 'MADE-UP DATA, no digits were carried'
    lines = [f'training, samples/s, medians of turns; {data}' + (f'; {why}' if why else ''),
             ''.join(['  '] + [f'{w:>12}' for w in ['isobit'] + modes + ['over eager']])]
    for name in names:
        ours, eager = median(name, 'isobit'), median(name, 'eager')
        lines.append(name + f'{ours:12.0f}' + ''.join(f'{median(name, m):12.0f}' for m in modes) +
                     f'{ours / eager if eager else 0:12.2f}')
    return '\n'.join(lines) + '\n'


def main():
    program, out = sys.argv[1:3]
    rehearse = '--rehearse' in sys.argv
    training = Training(program, out, rehearse)
    names = ['W1', 'W2'] if rehearse else sorted(EPOCHS)
    modes = ['eager'] if rehearse else ['eager', 'graph', 'compile']
    end = time.monotonic() + 0.9 * float(os.environ.get('seconds', 150))
    why = ''
    if subprocess.call([sys.executable, '-c', 'import torch'], stderr=subprocess.DEVNULL):
        modes, why = [], 'this python3 has no PyTorch: no comparison'

    def left():
        return end - time.monotonic()
    turns, took = 0, 0
    while turns < (1 if rehearse else 3) and left() > took:
        begin = time.monotonic()
        if modes:
            training.theirs(names, [m for m in modes if m != 'compile'], max(left(), 1))
        training.ours(names)
        took = time.monotonic() - begin
        turns += 1
        if turns == 1 and 'compile' in modes:  # 0.6: another turn should be possible
            training.theirs(['W2', 'W3', 'W5', 'W1', 'W4'], ['compile'], max(0.6 * left(), 1))
    with open(os.path.join(out, 'train.table'), 'w') as file:
        file.write(table_of(training, names, modes, why))
    with open(os.path.join(out, 'train.json'), 'w') as file:
        json.dump([{'workload': n, 'who': w, 'samples_per_second': r, 'real_data': training.real}
                   for (n, w), r in training.rates.items()], file, indent=1)
    missing = [f'{n} {w}' for n in names for w in ['isobit'] + modes if (n, w) not in training.rates]
    print(f'{turns} turns; not measured: {", ".join(missing) or "nothing"}')
    return 1 if missing else 0


if __name__ == '__main__':
    sys.exit(main())
