#!/usr/bin/env python3
"""The tables behind the claims of speed: isobit beside OpenBLAS and PyTorch, on this machine, now.

usage: tables.py [gemm] [train] [memory] [start] [growth] [options]      (all when none is named)

  gemm    matrix products against OpenBLAS, each shape's rounds interleaved by `isobit bench`; a
          sample is a burst of products without a wait between them, on both sides. On PoCL's
          devices with threads and without: the faster one counts, on both sides, for a network
          trains on the one that is faster for it
  train   training throughput against PyTorch, programs taking turns
  memory  peak resident memory of the same trainings
  start   from the program's start to its first step: with empty kernel caches, and then again
  growth  samples/s over batch size, width and depth; plots go to --out

Needs a built isobit (--program), for `train` and `memory` the script that measures PyTorch
(--torch-bench) and a Python that has it (--python, or TORCH_PYTHON), and the MNIST test images
(--data). PyTorch is left out where one of these is missing. Not part of the tests: what it prints
depends on the machine. Nothing else should run meanwhile.
"""
import argparse
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SHARED = os.environ.get('ISOBIT_SHARED', os.path.join(HERE, '../../../shared'))

# Form, and M x N x K: training's shapes, cubes, thin ones and primes.
PRODUCTS = [('gemm_nt', s) for s in '''256x256x256 512x512x512 1024x1024x1024 2048x2048x2048
    64x1024x784 128x1024x784 512x1024x784 128x128x784 128x1024x1024 64x2048x2048 512x2048x2048
    64x10x784 127x509x257'''.split()]
PRODUCTS += [('gemm_tn', s) for s in '''1024x784x64 1024x784x128 1024x1024x128 2048x2048x64
    2048x2048x512 784x10x64 10x784x64 251x127x61'''.split()]
PRODUCTS += [('gemm_nn', s) for s in '''64x1024x1024 128x1024x1024 64x2048x2048 512x2048x2048
    131x257x509'''.split()]

# What torch_bench.py calls them: network, loss, batch, optimizer, epochs of one run.
TINY = 'dense 16 sigmoid, dense 16 sigmoid, dense 10 sigmoid'
WORKLOADS = {
    'W0': (TINY, 'mse', 1, 'sgd lr=0.3', 5),
    'W1': (TINY, 'mse', 32, 'sgd lr=3.0', 20),
    'W2': ('dense 128 relu, dense 10 softmax', '', 64, 'sgd lr=0.1 momentum=0.9', 10),
    'W3': ('dense 1024 relu, dense 1024 relu, dense 10 softmax', '', 128, 'adam lr=0.001', 5),
    'W4': ('dense 2048 relu, ' * 4 + 'dense 10 softmax', '', 512, 'sgd lr=0.05 momentum=0.9', 5),
    'W5': ('conv 8 5x5 relu, maxpool 2, conv 16 5x5 relu, maxpool 2, dense 128 relu, '
           'dense 10 softmax', '', 64, 'sgd lr=0.02 momentum=0.9', 5),
}


def row(*cells):
    widths = (22, 12, 12, 12, 12, 12)
    print('  '.join(str(c).ljust(w) if not i else str(c).rjust(w)
                    for i, (c, w) in enumerate(zip(cells, widths))), flush=True)


def geometric(values):
    return math.exp(sum(map(math.log, values)) / len(values))


class Tables:
    def __init__(self, options):
        self.o = options
        self.scratch = tempfile.mkdtemp(prefix='isobit-tables-')

    def run(self, words, **more):
        """Standard output, and the peak resident memory in MiB of the program alone."""
        process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, **more)
        text = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f'tables.py: {" ".join(map(str, words))}: exit status {process.returncode}')
        return text, usage.ru_maxrss / 1024

    def bench(self, *words):
        """The rows of one `isobit bench`."""
        path = os.path.join(self.scratch, 'bench.json')
        self.run([self.o.program, 'bench', *words, '--json', path])
        with open(path) as file:
            return json.load(file)

    # --------------------------------------------------------------------------------- products

    def product(self, op, shape, device):
        """The fastest of our variants on a device beside OpenBLAS."""
        saved = self.bench(op, '--shape', shape, '--variant', f'{self.o.variant} OpenBLAS',
                           '--rounds', str(self.o.rounds), '--device', device)
        rows = [r for r in saved['rows'] if 'rate' in r]
        ours = [r for r in rows if not r['yardstick'] and r['verdict'] == 'exact']
        theirs = [r for r in rows if r['name'] == 'OpenBLAS']
        if not ours or not theirs:
            sys.exit(f'tables.py: {op} {shape}: a row is missing; is OpenBLAS installed?')
        best = max(ours, key=lambda r: r['rate']['median'])
        return {'device': device, 'ours': best['rate']['median'], 'share': best['share_of_peak'],
                'theirs': theirs[0]['rate']['median'],
                'ratio': best['of_best']['median'] / theirs[0]['of_best']['median']}

    def gemm(self):
        print('\nMatrix products: GFLOP/s, median of interleaved rounds')
        row('', 'isobit', 'OpenBLAS', 'ratio', 'of peak', 'device')
        ratios = []
        for op, shape in PRODUCTS:
            tried = [self.product(op, shape, device) for device in self.o.devices.split()]
            best = max(tried, key=lambda r: r['ours'])
            theirs = max(r['theirs'] for r in tried)
            ratios.append(min(best['ratio'], best['ours'] / theirs))
            row(f'{op} {shape}', '%.1f' % best['ours'], '%.1f' % theirs, '%.3f' % ratios[-1],
                '%.0f %%' % (100 * best['share']), best['device'])
        if ratios:
            print(f'{len(ratios)} shapes: geometric mean {geometric(ratios):.3f}, '
                  f'smallest {min(ratios):.3f}')

    # --------------------------------------------------------------------------------- training

    def images(self):
        """The 10,000 test images and their labels; a fifth of them is held out, as PyTorch's is."""
        for name in ('t10k-images-idx3-ubyte.gz', 't10k-images-idx3-ubyte'):
            path = os.path.join(self.o.data, name)
            if os.path.exists(path):
                return path
        sys.exit(f'tables.py: no t10k-images-idx3-ubyte[.gz] in {self.o.data}')

    def isobit_words(self, name, epochs):
        net, loss, batch, optimizer, _ = WORKLOADS[name]
        words = [self.o.program, 'train', self.images(), '--split', '80/20', '--net', net, '--batch',
                 batch, '--optimizer', optimizer, '--epochs', epochs, '--json', '--checkpoint',
                 'off', '--overwrite', '--out', os.path.join(self.scratch, 'run')]
        return [str(w) for w in words + (['--loss', loss] if loss else [])]

    def isobit_rate(self, name):
        """Median over the epochs after the first, the accuracy, and the memory."""
        text, memory = self.run(self.isobit_words(name, WORKLOADS[name][4]))
        lines = [json.loads(line) for line in text.splitlines()]
        rates = [line['samples_per_second'] for line in lines if 'epoch' in line]
        return statistics.median(rates[1:]), 100 * lines[-1]['test']['accuracy'], memory

    def torch_rate(self, name):
        text, memory = self.run([self.o.python, self.o.torch_bench, '--threads',
                                 str(self.o.threads), '--workloads', name, '--windows', '5',
                                 '--data', self.o.data], stderr=subprocess.DEVNULL)
        _, rate, accuracy = text.split()
        return float(rate), float(accuracy), memory

    def has_torch(self):
        there = self.o.python and os.path.exists(self.o.torch_bench)
        if there and subprocess.call([self.o.python, '-c', 'import torch'],
                                     stderr=subprocess.DEVNULL) == 0:
            return True
        print('(no PyTorch: give --python and --torch-bench)')
        return False

    def train(self, show='train'):
        with_torch = self.has_torch()
        print('\nTraining: samples/s, median of rounds that take turns' if show == 'train' else
              '\nPeak resident memory in MiB')
        row('', 'isobit', 'PyTorch', 'ratio', 'accuracies' if show == 'train' else '')
        if show == 'memory':
            self.bare_memory()
        for name in self.o.workloads.split(','):
            ours, theirs = [], []
            if show == 'memory':  # the first may have to build kernels
                self.isobit_rate(name)
            for _ in range(self.o.turns if show == 'train' else 1):
                ours.append(self.isobit_rate(name))
                if with_torch:
                    theirs.append(self.torch_rate(name))
            at = 0 if show == 'train' else 2
            a, b = (statistics.median(r[at] for r in rows) if rows else 0
                    for rows in (ours, theirs))
            both = ' '.join('%.1f' % rows[0][1] for rows in (ours, theirs) if rows)
            row(f'{name} batch {WORKLOADS[name][2]}', '%.0f' % a, '%.0f' % b if b else '',
                '%.2f' % (a / b) if b else '', both if show == 'train' else '')

    def bare_memory(self):
        """What the device's driver takes, whatever is trained."""
        for _ in range(2):  # the first may have to build kernels
            _, memory = self.run([self.o.program, 'train', 'xor', '--net', 'dense 1 sigmoid',
                                  '--epochs', '0', '--json', '--checkpoint', 'off', '--overwrite',
                                  '--out', os.path.join(self.scratch, 'run')])
        row('bare (xor, 0 epochs)', '%.0f' % memory)

    # ------------------------------------------------------------------------------------ start

    def start_seconds(self, name, caches):
        environment = dict(os.environ, POCL_CACHE_DIR=caches, ISOBIT_CACHE=caches + '/isobit')
        text, _ = self.run(self.isobit_words(name, 1), env=environment)
        return json.loads(text.splitlines()[-1])['startup_seconds']

    def start(self):
        print('\nFrom the program\'s start to its first step, in ms')
        row('', 'first start', 'median', 'smallest', 'largest')
        for name in self.o.workloads.split(','):
            with tempfile.TemporaryDirectory(dir=self.scratch) as caches:
                first = self.start_seconds(name, caches)
                again = [self.start_seconds(name, caches) for _ in range(11)]
            row(name, *['%.0f' % (1000 * s) for s in
                        (first, statistics.median(again), min(again), max(again))])

    # ----------------------------------------------------------------------------------- growth

    def step_rate(self, net, batch):
        """The fastest way to train: on which of PoCL's devices, and whether in one launch."""
        ways = []
        for device in self.o.devices.split():
            saved = self.bench('step', '--data', self.images(), '--net', net, '--batch', str(batch),
                               '--rounds', str(self.o.rounds), '--device', device)
            rows = saved['rows']  # where there is a resident kernel, training takes it
            ways.append((rows[-1]['rate']['median'], device, rows[-1]['name']))
        return max(ways)

    def growth(self):
        two = 'dense {0} relu, dense 10 softmax'
        series = {
            'batch': [(b, two.format(128), b) for b in
                      (1, 2, 4, 7, 8, 9, 16, 17, 31, 32, 33, 63, 64, 65, 100, 128, 129, 255, 256,
                       257, 512, 1000)],
            'width': [(w, two.format(w), 64) for w in
                      (8, 16, 17, 32, 33, 63, 64, 65, 100, 127, 128, 129, 144, 145, 255, 256, 257,
                       272, 511, 512, 513, 1000, 1024, 1025)],
            'depth': [(d, 'dense 128 relu, ' * d + 'dense 10 softmax', 64) for d in range(1, 9)],
        }
        for name in self.o.growth.split(','):
            print(f'\nsamples/s against {name}, on the faster device, and what a sample costs '
                  'beside the one before')
            row(name, 'samples/s', 'cost', 'device', '')
            rates = []
            for at, net, batch in series[name]:
                rate, device, way = self.step_rate(net, batch)
                cost = rates[-1][1] / rate if rates else 1
                rates.append((at, rate))
                row(at, '%.0f' % rate, '%.3f' % cost, device, way)
            self.plot(name, rates)

    def plot(self, name, points):
        """A line on logarithmic axes, as SVG."""
        os.makedirs(self.o.out, exist_ok=True)
        path = os.path.join(self.o.out, f'growth-{name}.svg')
        xs, ys = [math.log2(p[0]) for p in points], [math.log10(p[1]) for p in points]
        bottom, top = math.floor(min(ys)), math.ceil(max(ys))

        def place(x, y):
            across = (x - xs[0]) / ((xs[-1] - xs[0]) or 1)
            return 60 + 500 * across, 320 - 280 * (y - bottom) / ((top - bottom) or 1)
        marks = ''.join(f"<circle cx='{x:.1f}' cy='{y:.1f}' r='3'/>" for x, y in map(place, xs, ys))
        line = ' '.join(f'{x:.1f},{y:.1f}' for x, y in map(place, xs, ys))
        ticks = ''.join(f"<text x='{place(x, 0)[0]:.1f}' y='340' text-anchor='middle'>{p[0]}</text>"
                        for x, p in list(zip(xs, points))[::max(1, len(xs) // 8)])
        ticks += ''.join(f"<text x='52' y='{place(0, e)[1] + 4:.1f}' text-anchor='end'>1e{e}</text>"
                         for e in range(bottom, top + 1))
        with open(path, 'w') as file:
            file.write("<svg xmlns='http://www.w3.org/2000/svg' width='600' height='370' "
                       "font-family='sans-serif' font-size='12'><rect width='600' height='370' "
                       f"fill='white'/><polyline points='{line}' fill='none' stroke='#1f77b4'/>"
                       f"{marks}{ticks}<text x='310' y='360' text-anchor='middle'>{name}</text>"
                       "<text x='60' y='24'>samples/s</text></svg>\n")
        print(f'(plot: {path})')


def read_options():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('tables', nargs='*', metavar='TABLE')
    parser.add_argument('--program', default=os.path.join(HERE, '../../build/isobit'))
    parser.add_argument('--python', default=os.environ.get('TORCH_PYTHON', ''))
    parser.add_argument('--torch-bench', default=os.path.join(SHARED, 'peers/torch_bench.py'))
    parser.add_argument('--data', default=os.path.join(SHARED, 'data/mnist'))
    parser.add_argument('--workloads', default='W0,W1,W2,W3,W4,W5')
    parser.add_argument('--variant', default='panel', help='of the products, beside OpenBLAS')
    parser.add_argument('--devices', default='pthread basic', help='of the products and steps, in turn')
    parser.add_argument('--rounds', type=int, default=15, help='of each product and step')
    parser.add_argument('--turns', type=int, default=5, help='of each training')
    parser.add_argument('--threads', type=int, default=os.cpu_count())
    parser.add_argument('--growth', default='batch,width,depth', help='what grows')
    parser.add_argument('--out', default='.', help='folder for the plots')
    options = parser.parse_args()
    known = ('gemm', 'train', 'memory', 'start', 'growth')
    for name in options.tables:
        if name not in known:
            parser.error(f'unknown table "{name}"; known: {", ".join(known)}')
    options.tables = options.tables or known
    if not shutil.which(options.program):
        parser.error(f'no program {options.program}: build it, or give --program')
    return options


def main():
    options = read_options()
    tables = Tables(options)
    try:
        print(subprocess.run([options.program, 'bench', 'launch'], capture_output=True, text=True,
                             check=True).stdout.split('\n\n')[0])
        for name in options.tables:
            tables.train('memory') if name == 'memory' else getattr(tables, name)()
    finally:
        shutil.rmtree(tables.scratch, ignore_errors=True)


if __name__ == '__main__':
    main()
