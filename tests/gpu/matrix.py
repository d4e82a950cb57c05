#!/usr/bin/env python3
"""The matrix products' variant `matrix`, which uses a GPU's matrix units, with several knobs, beside cuBLAS with TF32
and with bfloat16 (PyTorch's mm).

usage: matrix.py PROGRAM OUT [--rehearse] [--few]

Every candidate is verified by `isobit bench` when it is built, all of them side by side. Then they are timed,
taking turns. A sample is a burst of products without a wait between them, on both sides. With --few nothing is trained, and
there are fewer rounds. Writes OUT/matrix.table and OUT/matrix.json. Exit status 1 if a candidate does not build or is wrong.
"""
import concurrent.futures
import json
import os
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import gemm  # noqa: E402  cuBLAS

KNOBS = ('WARP_ROWS', 'WARP_COLUMNS', 'UP', 'ACROSS', 'SLAB', 'STAGES')
# Tiles of 128x128, 128x256 and 256x128, the latter two with short slabs or with as few as there can be.
SQUARE = (64, 64, 2, 2, 16, 3)
WIDE, HIGH = [[(64, 64, up, across, slab, stages) for slab, stages in ((8, 4), (16, 2))] for up, across in ((2, 4), (4, 2))]
SMALL = [(32, 64, 2, 2, 16, 4), (32, 32, 2, 4, 16, 4)]
# What is measured by one program together: bf16, operation, shapes, candidates; the largest last, for they take longest.
GROUPS = [(0, 'gemm_nt', ['4096x4096x4096', '2048x2048x2048'], [SQUARE, *WIDE]),
          (0, 'gemm_tn', ['4096x4096x4096'], [SQUARE, *HIGH]),
          (0, 'gemm_nn', ['4096x4096x4096'], [SQUARE, *WIDE]),
          (1, 'gemm_nt', ['4096x4096x4096'], [SQUARE, WIDE[1]]),
          (1, 'gemm_tn', ['4096x4096x4096'], [SQUARE, HIGH[1]]),
          (1, 'gemm_nn', ['4096x4096x4096'], [SQUARE, WIDE[1]]),
          (0, 'gemm_nt', ['512x2048x2048', '1024x1024x1024'], [SQUARE, *SMALL]),
          (0, 'gemm_tn', ['2048x2048x512'], [SQUARE, HIGH[0]]),
          (0, 'gemm_nn', ['512x2048x2048'], SMALL)]
HUGE = [(0, 'gemm_nt', ['8192x8192x8192'], [SQUARE, WIDE[0]])]
REHEARSAL = [(bf16, 'gemm_nt', ['64x48x300'], [(32, 32, 1, 1, 16, 3)]) for bf16 in (0, 1)]
ROUNDS = 5
PRECISIONS = ('exact', 'tf32', 'bf16')


def name_of(knobs, bf16):
    return ','.join(['matrix', f'BF16={bf16}'] + [f'{k}={v}' for k, v in zip(KNOBS, knobs)])


def bench(program, op, shapes, names, rounds, path=None):
    """What it printed, and the rows of its JSON, which is written anew."""
    if path and os.path.exists(path):
        os.remove(path)
    command = [program, 'bench', op, '--shape', ' '.join(shapes), '--variant', ' '.join(names), '--rounds', str(rounds)]
    said = subprocess.run(command + (['--json', path] if path else []), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True)
    if not path or not os.path.exists(path):
        return said.stdout, []
    with open(path) as file:
        return said.stdout, json.load(file)['rows']


def build(program, op, name):
    """Build and verify a candidate; whether it is right."""
    begin = time.time()
    said, _ = bench(program, op, ['8x8x8'], [name], 1)
    right = '(inexact)' in said
    print(f'{op} {name}: {"right" if right else said} ({time.time() - begin:.1f} s)', flush=True)
    return right


def train(program, out, precision, net, batch, epochs, data):
    """Test accuracy and samples a second, or what it said instead."""
    folder = os.path.join(out, f'matrix-run-{precision}')
    said = subprocess.run([program, 'train', data, '--net', net, '--batch', str(batch), '--epochs', str(epochs),
                           '--optimizer', 'sgd lr=0.05 momentum=0.9', '--precision', precision, '--checkpoint', 'off',
                           '--json', '--overwrite', '--out', folder], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True).stdout
    shutil.rmtree(folder, ignore_errors=True)
    try:
        end = json.loads(said.strip().split('\n')[-1])
        return end['test']['accuracy'], end['train']['samples'] * end['epochs'] / end['seconds'], ''
    except (ValueError, KeyError, TypeError):
        return 0, 0, said


def prepare(program, out, groups, trained, data, net):
    """Everything that can be done side by side; the accuracies, and how many candidates are not right."""
    jobs = sorted({(op, name_of(knobs, bf16)) for bf16, op, _, knob_sets in groups for knobs in knob_sets})
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        learnt = {p: pool.submit(train, program, out, p, net, 64, 5, data)
                  for p in trained}
        right = list(pool.map(lambda job: build(program, *job), jobs))
    return {p: learnt[p].result() for p in trained}, right.count(False)


def measure(program, out, group, rounds, theirs, rows):
    """A group's lines of the table; adds to rows. How many shapes nobody was right at."""
    bf16, op, shapes, knob_sets = group
    names = [name_of(k, bf16) for k in knob_sets]
    said, found = bench(program, op, shapes, names, rounds, os.path.join(out, 'matrix-one.json'))
    if not theirs.why:
        theirs.torch.backends.cuda.matmul.allow_tf32 = True
        theirs.torch.set_default_dtype(theirs.torch.bfloat16 if bf16 else theirs.torch.float32)
    for shape in shapes:
        good = [r for r in found if r['shape'] == shape and r['verdict'] == 'inexact' and 'rate' in r]
        good.sort(key=lambda r: -r['rate']['median'])
        peer = theirs.rate(op, shape, rounds)[0] if not theirs.why else 0
        yield f'{"bf16" if bf16 else "tf32"} {op} {shape}, cuBLAS {peer:.0f}'
        for r in good:
            yield f'  {r["rate"]["median"]:10.0f}{r["rate"]["median"] / peer if peer else 0:7.3f}  {r["name"]}'
        if good:
            rows.append({'op': op, 'shape': shape, 'bf16': bf16, 'best': good[0]['rate']['median'], 'cublas': peer, 'rows': good})
        else:
            yield f'  no candidate was right: {said}'


def main():
    program, out = sys.argv[1:3]
    rehearse, few = '--rehearse' in sys.argv, '--few' in sys.argv
    groups = REHEARSAL if rehearse else GROUPS if few else GROUPS + HUGE
    trained = () if few else PRECISIONS
    begin = time.time()
    data, net = ('digits samples=600 test=200', '') if rehearse else ('digits', 'dense 256 relu, ')
    learnt, wrong = prepare(program, out, groups, trained, data, net + 'dense 10 softmax')
    print(f'built and verified in {time.time() - begin:.1f} s', flush=True)
    theirs, rows = gemm.Torch(rehearse), []
    with open(os.path.join(out, 'matrix.table'), 'w') as table:
        def say(line):
            print(line, flush=True)
            table.write(line + '\n')
        for p in trained:
            say(f'digits with {p} products: {100 * learnt[p][0]:.2f} % right {learnt[p][2]}')
            wrong += learnt[p][0] < learnt['exact'][0] - (0.03 if rehearse else 0.01) or learnt[p][0] < 0.5
        say(f'products in GFLOP/s, medians; {theirs.why or "cuBLAS by PyTorch " + theirs.name}')
        for group in groups:
            for line in measure(program, out, group, 3 if few else ROUNDS, theirs, rows):
                say(line)
            with open(os.path.join(out, 'matrix.json'), 'w') as file:
                json.dump(rows, file, indent=1)
        for p in trained if not rehearse else ():
            accuracy, rate, said = train(program, out, p, 'dense 2048 relu, ' * 4 + 'dense 10 softmax', 512, 10, 'digits')
            say(f'four layers of 2048, batches of 512, {p}: {rate:.0f} samples/s, {100 * accuracy:.2f} % right {said}')
    expected = sum(len(shapes) for _, _, shapes, _ in groups)
    wrong += expected - len(rows)
    ratios = [(r['best'] / r['cublas'], r['op'], r['shape']) for r in rows if r['cublas'] and not r['bf16']]
    least = min(ratios) if ratios else (0, 'no', 'cuBLAS')
    print(f'{len(rows)} shapes, {wrong} wrong, {time.time() - begin:.0f} s; the best is at least {least[0]:.2f} of cuBLAS with '
          f'TF32 ({least[1]} {least[2]})')
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
