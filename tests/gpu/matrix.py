#!/usr/bin/env python3
"""The matrix products' variant `matrix`, which uses a GPU's matrix units, with several knobs, beside cuBLAS with TF32
and with bfloat16 (PyTorch's mm).

usage: matrix.py PROGRAM OUT [--rehearse]

Every candidate is verified by `isobit bench` when it is built, all of them side by side. Then they are timed,
taking turns. A sample is a burst of products without a wait between them, on both sides. Writes OUT/matrix.table and
OUT/matrix.json. Exit status 1 if a candidate does not build or is wrong.
"""
import concurrent.futures
import json
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import gemm  # noqa: E402  cuBLAS, and the registers

KNOBS = ('WARP_ROWS', 'WARP_COLUMNS', 'UP', 'ACROSS', 'SLAB', 'STAGES')
# Large tiles first; the last is for products of few tiles.
CANDIDATES = [(64, 64, 4, 2, 16, 2), (64, 64, 4, 2, 8, 4), (64, 64, 2, 4, 16, 2), (64, 64, 2, 2, 16, 3),
              (64, 64, 2, 2, 8, 6), (64, 32, 2, 4, 16, 3), (64, 64, 4, 2, 16, 2, 'ROUND=0'),
              (32, 32, 2, 2, 16, 3)]
# What is measured by one program together; the largest last, for they take longest.
GROUPS = [('gemm_nt', ['1024x1024x1024', '2048x2048x2048', '4096x4096x4096', '512x2048x2048']),
          ('gemm_tn', ['4096x4096x4096', '2048x2048x512']), ('gemm_nn', ['4096x4096x4096', '512x2048x2048']),
          ('gemm_nt', ['8192x8192x8192'])]
ROUNDS = 5


def name_of(knobs, bf16):
    words = [f'{k}={v}' for k, v in zip(KNOBS, knobs)] + list(knobs[len(KNOBS):])
    return ','.join(['matrix', f'BF16={bf16}'] + words)


def candidates(bf16, rehearse):
    if rehearse:
        return [name_of(k, bf16) for k in [(32, 32, 1, 1, 16, 3)]]
    return [name_of(k, bf16) for k in CANDIDATES if not bf16 or (k[4] % 16 == 0 and len(k) == len(KNOBS))]


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


def build_all(program, jobs):
    """Build and verify every candidate, as many at once as there are processors; how many are not right."""
    def build(job):
        begin = time.time()
        said, _ = bench(program, job[0], ['8x8x8'], [job[1]], 1)
        right = '(inexact)' in said
        print(f'{job[0]} {job[1]}: {"right" if right else said} ({time.time() - begin:.1f} s)', flush=True)
        return not right
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return sum(pool.map(build, jobs))


def train(program, out, rehearse, say):
    """Digits with each precision: accuracy, and samples a second of a large network; how many learnt too little."""
    worse, exact = 0, 0
    for precision in ('exact', 'tf32', 'bf16'):
        line = f'training with {precision}:'
        for name, net, batch, epochs in (('small', 'dense 256 relu, dense 10 softmax', 64, 5),
                                         ('large', 'dense 2048 relu, ' * 4 + 'dense 10 softmax', 512, 3)):
            if rehearse and name == 'large':
                continue
            data = 'digits samples=600 test=200' if rehearse else 'digits'
            said = subprocess.run([program, 'train', data, '--net', net, '--batch', str(batch), '--epochs', str(epochs),
                                   '--optimizer', 'sgd lr=0.05 momentum=0.9', '--precision', precision, '--checkpoint', 'off',
                                   '--json', '--overwrite', '--out', os.path.join(out, 'matrix-run')],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout
            try:
                end = json.loads(said.strip().split('\n')[-1])
                accuracy, rate = end['test']['accuracy'], end['train']['samples'] * end['epochs'] / end['seconds']
            except (ValueError, KeyError, TypeError):
                say(f'{line} {name} failed: {said}')
                worse += 1
                continue
            exact = accuracy if precision == 'exact' and name == 'small' else exact
            worse += name == 'small' and accuracy < exact - (0.05 if rehearse else 0.01)
            line += f' {name} {100 * accuracy:.2f} %, {rate:.0f} samples/s;'
        say(line)
    return worse


def main():
    program, out = sys.argv[1:3]
    rehearse = '--rehearse' in sys.argv
    groups = [('gemm_nt', ['64x48x300'])] if rehearse else GROUPS
    begin = time.time()
    wrong = build_all(program, [(op, name) for bf16 in (0, 1) for op in sorted({op for op, _ in groups})
                                for name in candidates(bf16, rehearse)])
    print(f'built and verified in {time.time() - begin:.1f} s', flush=True)
    gemm.registers(os.environ.get('ISOBIT_CACHE', ''), out)
    theirs, saved, ratios = gemm.Torch(rehearse), [], []
    with open(os.path.join(out, 'matrix.table'), 'w') as table:
        def say(line):
            print(line, flush=True)
            table.write(line + '\n')
        say(f'products in GFLOP/s, medians; {theirs.why or "cuBLAS by PyTorch " + theirs.name}')
        for bf16, (op, shapes) in [(bf16, group) for bf16 in (0, 1) for group in groups]:
            if not theirs.why:
                theirs.torch.backends.cuda.matmul.allow_tf32 = True
                theirs.torch.set_default_dtype(theirs.torch.bfloat16 if bf16 else theirs.torch.float32)
            said, rows = bench(program, op, shapes, candidates(bf16, rehearse), ROUNDS, os.path.join(out, 'matrix-one.json'))
            for shape in shapes:
                good = [r for r in rows if r['shape'] == shape and r['verdict'] == 'inexact' and 'rate' in r]
                peer = theirs.rate(op, shape, ROUNDS)[0] if not theirs.why else 0
                if not good:
                    wrong += 1
                    say(f'{op} {shape}: no candidate was right\n{said}')
                    continue
                saved.append({'op': op, 'shape': shape, 'bf16': bf16, 'rows': good, 'cublas': peer})
                good.sort(key=lambda r: -r['rate']['median'])
                best = good[0]['rate']['median']
                say(f'{"bf16" if bf16 else "tf32"} {op} {shape}: {best:.0f}, cuBLAS {peer:.0f}, {time.time() - begin:.0f} s')
                for r in good:
                    say(f'  {r["rate"]["median"]:10.0f}{r["rate"]["median"] / peer if peer else 0:7.3f}  {r["name"]}')
                ratios += [(best / peer, op, shape)] if peer and not bf16 else []
            with open(os.path.join(out, 'matrix.json'), 'w') as file:
                json.dump(saved, file, indent=1)
        wrong += train(program, out, rehearse, say)
    least = min(ratios) if ratios else (0, 'no', 'cuBLAS')
    print(f'{len(saved)} shapes, {wrong} wrong; the best is at least {least[0]:.2f} of cuBLAS with TF32 ({least[1]} {least[2]})')
    return 1 if wrong or not saved else 0


if __name__ == '__main__':
    sys.exit(main())
