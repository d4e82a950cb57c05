#!/usr/bin/env python3
"""The matrix products' variant `tiled` with many knobs, beside cuBLAS's float32 (PyTorch's mm, TF32 off).

usage: gemm.py PROGRAM OUT [--rehearse] [--build] [--few]

With --build everything is only compiled; --few measures few shapes. Every candidate is verified by `isobit bench` before it is timed, and candidates take turns. A sample is
a burst of products without a wait between them, on both sides. Writes OUT/gemm.table, OUT/gemm.json.
"""
import concurrent.futures
import glob
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '../bench'))
import tables  # noqa: E402  the shapes of training

CUBES = ['512x512x512', '1024x1024x1024', '2048x2048x2048', '4096x4096x4096', '8192x8192x8192']
# Those that tell candidates apart, with --few.
FEW = {'gemm_nt': ['1024x1024x1024', '2048x2048x2048', '4096x4096x4096', '512x2048x2048', '512x1024x784', '64x2048x2048',
                   '64x1024x784', '512x512x512', '512x10x2048'],
       'gemm_nn': ['1024x1024x1024', '2048x2048x2048', '4096x4096x4096', '512x2048x2048', '64x2048x2048', '512x512x512'],
       'gemm_tn': ['1024x1024x1024', '2048x2048x2048', '4096x4096x4096', '2048x2048x512', '2048x784x512', '2048x2048x64',
                   '1024x784x128', '10x2048x512']}
# Large tiles, those whose sums are computed in parts, then ever smaller ones.
KNOBS = ('ROWS', 'COLUMNS', 'UP', 'ACROSS', 'SLAB', 'TEAMS')
CANDIDATES = [(8, 8, 16, 8, 16, 1), (8, 8, 16, 8, 8, 1), (8, 8, 8, 8, 16, 1), (8, 8, 8, 8, 8, 1), (8, 8, 16, 8, 8, 2),
              (8, 8, 8, 8, 16, 2), (8, 8, 8, 8, 8, 4), (4, 8, 8, 8, 16, 1), (4, 8, 8, 8, 8, 4), (4, 8, 4, 8, 8, 8),
              (4, 8, 4, 8, 16, 4), (4, 4, 8, 8, 16, 1), (4, 4, 4, 8, 8, 8), (4, 4, 4, 8, 16, 4), (4, 4, 4, 8, 16, 1)]
# Of products with few rows or columns.
NARROW = [(4, 4, 4, 4, 16, 8), (4, 4, 4, 4, 16, 2)]


def name_of(knobs):
    return 'tiled,' + ','.join(f'{k}={v}' for k, v in zip(KNOBS, knobs))


def terms(shape):
    return math.prod(map(int, shape.split('x')))


def candidates(op, shape):
    """Those that are worth their time: not those that leave most of a GPU without work, nor very many small tiles, nor
    for the short sums of a gradient eight chunks at a time."""
    m, n, _ = map(int, shape.split('x'))
    known = [k for k in CANDIDATES + NARROW if op != 'gemm_tn' or k[KNOBS.index('TEAMS')] < 8]
    if m * n < 1 << 15:
        return [name_of(k) for k in known if k[0] * k[1] < 64]
    tiles = {k: -(-m // (k[0] * k[2])) * -(-n // (k[1] * k[3])) for k in known if k not in NARROW}
    return [name_of(k) for k in tiles if tiles[k] >= 24 and (k[0] * k[1] >= 64 or tiles[k] <= 2048)]


def groups_of(op, rehearse, few):
    """Shapes, those that are measured together, by the candidates for them."""
    if rehearse:
        return {tuple(map(name_of, CANDIDATES[-1:])): ['64x48x300']}
    shapes = FEW[op] if few else [s for o, s in tables.PRODUCTS if o == op and s not in CUBES] + CUBES
    groups = {}
    for shape in shapes:
        groups.setdefault(tuple(candidates(op, shape)), []).append(shape)
    return groups


def bench(program, op, shapes, names, rounds, path):
    subprocess.run([program, 'bench', op, '--shape', ' '.join(shapes), '--variant', ' '.join(names),
                    '--rounds', str(rounds), '--json', path], check=True, stdout=subprocess.DEVNULL)
    with open(path) as file:
        return json.load(file)['rows']


class Torch:
    """cuBLAS by way of PyTorch, or nothing."""

    def __init__(self, rehearse):
        self.why = ''
        try:
            import torch
        except ImportError:
            self.why = 'this python3 has no PyTorch'
            return
        if not rehearse and not torch.cuda.is_available():
            self.why = 'PyTorch finds no CUDA device here'
            return
        torch.backends.cuda.matmul.allow_tf32 = False
        self.torch, self.device = torch, 'cpu' if rehearse else 'cuda'
        self.name = torch.__version__

    def wait(self):
        if self.device == 'cuda':
            self.torch.cuda.synchronize()

    def rate(self, op, shape, rounds):
        """GFLOP/s: median, smallest, largest."""
        m, n, k = map(int, shape.split('x'))
        rand = lambda *size: self.torch.rand(*size, device=self.device) - 0.5  # noqa: E731
        a = rand(k, m).t() if op == 'gemm_tn' else rand(m, k)
        b = rand(n, k).t() if op == 'gemm_nt' else rand(k, n)
        out = rand(m, n)
        times, took = 1, 0
        rates = []
        while len(rates) < rounds:
            self.wait()
            begin = time.perf_counter()
            for _ in range(times):
                self.torch.mm(a, b, out=out)
            self.wait()
            took = time.perf_counter() - begin
            if took < 2e-3 and times < 1 << 20:
                times, rates = times * 2, []
                continue
            rates.append(2e-9 * m * n * k * times / took)
        return statistics.median(rates), min(rates), max(rates)


def build_all(program, ops, names):
    """Every candidate's program into the cache, as many at once as there are processors."""
    def build(job):
        return subprocess.run([program, 'bench', job[0], '--shape', '8x8x8', '--variant', job[1],
                               '--rounds', '1'], stdout=subprocess.DEVNULL).returncode
    jobs = [(op, name) for op in ops for name in names]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return sum(map(bool, pool.map(build, jobs)))


def registers(cache, out):
    """What NVIDIA's assembler says of the products' programs in the cache, which are PTX."""
    if not shutil.which('ptxas'):
        return
    with open(os.path.join(out, 'gemm-registers.txt'), 'w') as log:
        for entry in glob.glob(os.path.join(cache, '*.program')):
            with open(entry, 'rb') as file:
                text = file.read()
            start = text.find(b'.version')
            if start < 0 or b'gemm_' not in text:
                continue
            path = os.path.join(out, 'program.ptx')
            with open(path, 'wb') as file:
                file.write(text[start:].rstrip(b'\0'))
            target = text[text.find(b'.target') + 7:].split()[0].decode().strip(',')
            said = subprocess.run(['ptxas', '-v', '-arch', target, path, '-o', '/dev/null'],
                                  capture_output=True, text=True)
            log.write(said.stderr + said.stdout)
            os.remove(path)


def main():
    program, out = sys.argv[1:3]
    rehearse = '--rehearse' in sys.argv
    rounds = 2 if rehearse else 5
    names = [name_of(k) for k in (CANDIDATES[-1:] if rehearse else CANDIDATES + NARROW)]
    ops = ['gemm_nt'] if rehearse else ['gemm_nt', 'gemm_tn', 'gemm_nn']
    broken = build_all(program, ops, names)
    if '--build' in sys.argv:
        return 1 if broken else 0
    registers(os.environ.get('ISOBIT_CACHE', ''), out)
    theirs, saved, ratios, wrong = Torch(rehearse), [], [], 0
    with open(os.path.join(out, 'gemm.table'), 'w') as table:
        def say(line):
            print(line, flush=True)
            table.write(line + '\n')
        say(f'products in GFLOP/s, medians; {theirs.why or "cuBLAS by PyTorch " + theirs.name}')
        say(f'{"":24}{"default":>10}{"best":>10}{"cuBLAS":>10}{"smallest":>10}{"largest":>10}  ratio  best knobs')
        groups = [(o, *g) for o in ops for g in groups_of(o, rehearse, '--few' in sys.argv).items()]
        # The largest last: they take longest, and there may be no time for them.
        for op, apt_names, group in sorted(groups, key=lambda g: max(map(terms, g[2])) >> 34):
            rows = bench(program, op, group, ['tiled', *apt_names], rounds, os.path.join(out, 'gemm-one.json'))
            for shape in group:
                mine = [r for r in rows if r['shape'] == shape]
                wrong += sum(r['verdict'] != 'exact' for r in mine)
                good = [r for r in mine if r['verdict'] == 'exact' and 'rate' in r]
                if not good:
                    say(f'{op} {shape}: no candidate was right')
                    continue
                best = max(good, key=lambda r: r['rate']['median'])
                usual = [r['rate']['median'] for r in good if r['name'] == 'tiled'] or [0]
                peer = theirs.rate(op, shape, rounds) if not theirs.why else (0, 0, 0)
                ratios += [best['rate']['median'] / peer[0]] if peer[0] else []
                saved.append({'op': op, 'shape': shape, 'rows': mine, 'cublas': peer})
                say(f'{op + " " + shape:24}{usual[0]:10.0f}{best["rate"]["median"]:10.0f}{peer[0]:10.0f}'
                    f'{peer[1]:10.0f}{peer[2]:10.0f}{ratios[-1] if peer[0] else 0:7.2f}  {best["name"]}')
                with open(os.path.join(out, 'gemm.json'), 'w') as file:
                    json.dump(saved, file, indent=1)
    os.remove(os.path.join(out, 'gemm-one.json'))
    beside = f'geometric mean of best/cuBLAS {tables.geometric(ratios):.3f}' if ratios else theirs.why
    print(f'{len(saved)} shapes; {beside}; {broken} candidates did not build, {wrong} wrong')
    return 1 if broken or wrong or not saved else 0


if __name__ == '__main__':
    sys.exit(main())
