#!/usr/bin/env python3
"""PyTorch's training throughput on the workloads of tests/bench/tables.py, on one device.

usage: torch_train.py [--workloads W1,W2] [--modes eager,graph,compile] [--device cuda] [--seconds 1]
                      [--data FOLDER]

Prints a line of JSON for each workload and mode. A step is what it is for isobit: gather the batch through a permutation that lies
on the device, forward, loss, backward, optimizer; float32 throughout (TF32 off). The data lie on the
device. Modes: eager is what everybody writes; compile is torch.compile of forward and loss; graph is
one step captured in a CUDA graph and replayed (a batch's indices are copied into it before each).
A window is 0.2 s or more of steps between two synchronisations; figures are over windows.
Without --data, or without MNIST's files in it, the data are random, of the same shape.
"""
import argparse
import gzip
import json
import os
import statistics
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

BATCH = {'W0': 1, 'W1': 32, 'W2': 64, 'W3': 128, 'W4': 512, 'W5': 64}


def load(folder):
    """8,000 images as floats and their labels; whether they are real."""
    def read(stem, offset):
        for path, opener in ((f'{folder}/{stem}.gz', gzip.open), (f'{folder}/{stem}', open)):
            if os.path.exists(path):
                with opener(path, 'rb') as file:
                    return torch.frombuffer(bytearray(file.read()[offset:]), dtype=torch.uint8)
        return None
    images = read('train-images-idx3-ubyte', 16) if folder else None
    if images is None:
        return torch.rand(8000, 784), torch.randint(10, (8000,)), False
    labels = read('train-labels-idx1-ubyte', 8)
    return images.reshape(-1, 784).float()[:8000] / 255, labels.long()[:8000], True


def dense(sizes, activation):
    layers = []
    for i, (inputs, units) in enumerate(zip(sizes, sizes[1:])):
        layers.append(nn.Linear(inputs, units))
        if activation is nn.Sigmoid or i < len(sizes) - 2:
            layers.append(activation())
    return nn.Sequential(*layers)


def network(name):
    if name in ('W0', 'W1'):
        return dense([784, 16, 16, 10], nn.Sigmoid)
    if name == 'W5':
        return nn.Sequential(
            nn.Unflatten(1, (1, 28, 28)), nn.Conv2d(1, 8, 5), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(8, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
            nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10))
    return dense({'W2': [784, 128, 10], 'W3': [784, 1024, 1024, 10],
                  'W4': [784, 2048, 2048, 2048, 2048, 10]}[name], nn.ReLU)


def optimizer(name, parameters, capturable):
    if name in ('W0', 'W1'):
        return torch.optim.SGD(parameters, lr={'W0': 0.3, 'W1': 3.0}[name])
    if name == 'W3':
        return torch.optim.Adam(parameters, lr=1e-3, capturable=capturable)
    return torch.optim.SGD(parameters, lr={'W2': 0.1, 'W4': 0.05, 'W5': 0.02}[name], momentum=0.9)


class Training:
    def __init__(self, name, mode, device, data):
        x, y, self.real = load(data)
        self.batch = BATCH[name]
        self.x = x.to(device)
        mse = name in ('W0', 'W1')
        self.y = (F.one_hot(y, 10).float() if mse else y).to(device)
        self.device = device
        self.net = network(name).to(device)
        self.optimizer = optimizer(name, self.net.parameters(), mode == 'graph')

        def forward(x, y):
            out = self.net(x)
            return 0.5 * (out - y).square().sum() / len(x) if mse else F.cross_entropy(out, y)
        self.forward = torch.compile(forward) if mode == 'compile' else forward
        self.run = self.captured() if mode == 'graph' else self.step

    def step(self, index):
        self.optimizer.zero_grad(set_to_none=True)
        self.forward(self.x[index], self.y[index]).backward()
        self.optimizer.step()

    def captured(self):
        index = torch.arange(self.batch, device=self.device)
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(5):
                self.step(index)
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self.step(index)

        def replay(batch):
            index.copy_(batch)
            graph.replay()
        return replay

    def wait(self):
        if self.device == 'cuda':
            torch.cuda.synchronize()

    def steps(self):
        """Batches of shuffled epochs, without end; a rest is left out."""
        while True:
            order = torch.randperm(len(self.x), device=self.device)
            yield from order[:len(order) // self.batch * self.batch].split(self.batch)

    def measure(self, seconds):
        steps, count, rates = self.steps(), 1, []
        for _ in range(20 if self.device == 'cuda' else 2):
            self.run(next(steps))
        end = time.perf_counter() + seconds
        while len(rates) < 3 or time.perf_counter() < end:
            self.wait()
            begin = time.perf_counter()
            for _ in range(count):
                self.run(next(steps))
            self.wait()
            took = time.perf_counter() - begin
            if took < min(0.2, seconds / 5):
                count *= 2
                continue
            rates.append(count * self.batch / took)
        return rates


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--workloads', default='W1,W2,W3,W4,W5')
    parser.add_argument('--modes', default='eager,graph')
    parser.add_argument('--device', default='cuda', choices=('cuda', 'cpu'))
    parser.add_argument('--seconds', type=float, default=1, help='to measure each for')
    parser.add_argument('--data', default='', help="folder with MNIST's files")
    options = parser.parse_args()
    names, modes = options.workloads.split(','), options.modes.split(',')
    if not set(names) <= set(BATCH) or not set(modes) <= {'eager', 'graph', 'compile'}:
        parser.error(f'workloads are {", ".join(BATCH)}; modes eager, graph and compile')
    if 'graph' in modes and options.device != 'cuda':
        parser.error('CUDA graphs need --device cuda')
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.manual_seed(1)
    for name in names:
        for mode in modes:
            training = Training(name, mode, options.device, options.data)
            rates = training.measure(options.seconds)
            print(json.dumps({
                'workload': name, 'mode': mode, 'torch': torch.__version__,
                'device': torch.cuda.get_device_name() if options.device == 'cuda' else 'cpu',
                'real_data': training.real, 'samples_per_second': statistics.median(rates),
                'smallest': min(rates), 'largest': max(rates), 'windows': len(rates)}), flush=True)


if __name__ == '__main__':
    main()
