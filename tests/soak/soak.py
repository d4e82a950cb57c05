#!/usr/bin/env python3
"""Hours of training that is killed, resumed, spoilt and evaluated at random, from a seed.

    python3 tests/soak/soak.py [--minutes 60] [--seed 1] [--build build] [--keep FOLDER]

Every round takes one recipe of a training and does one thing to it. What must hold, always: the
model's bytes, run.ini and metrics.jsonl are those of the run that nobody disturbed; what is damaged
is refused in one line or made again, never trusted; nothing crashes or hangs; nothing is left over;
neither this process, which trains through the library, nor a long run of the program grows in
memory or open files. What does not is a finding: its folder is kept, and the exit status is 1.
"""

import argparse
import collections
import json
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import library

# Each: data, settings. Partial last batches, memories, schedules, the best epoch, dropout, clipping,
# images, a regression, an autoencoder, whitening, a search; with the kernel that does many steps in one
# launch, and without.
RECIPES = {
    "adam": ("digits samples=700 test=100", {
        "net": "dense 16 tanh, dense 10 softmax", "optimizer": "adam lr=0.003", "split": "80/20",
        "schedule": "cosine warmup=20", "batch": "7", "epochs": "6", "keep-best": "on"}),
    "momentum": ("moons samples=500 test=50", {
        "net": "dense 12 relu, dense 2 softmax", "optimizer": "sgd lr=0.1 momentum=0.9",
        "batch": "32", "epochs": "12", "scale": "standard"}),
    "images": ("digits samples=160 test=40", {
        "net": "conv 4 3x3 relu, maxpool 2, dropout 0.2, dense 10 softmax", "clip": "1",
        "optimizer": "adamw lr=0.002", "batch": "15", "epochs": "2"}),
    "regression": ("parabola samples=400 test=60", {
        "net": "dense 16 gelu, dropout 0.1, dense 1", "optimizer": "rmsprop lr=0.002",
        "schedule": "step every=2 gamma=0.5", "batch": "24", "epochs": "5"}),
    "early": ("spirals samples=400", {
        "net": "dense 24 tanh, dense 2 sigmoid", "loss": "mse", "optimizer": "sgd lr=0.2 momentum=0.5 nesterov=on",
        "split": "60/20/20", "batch": "50", "epochs": "40", "early-stop": "3"}),
    "convolutions": ("digits samples=100 test=20", {
        "net": "conv 3 5x5 leaky_relu padding=2 stride=2, avgpool 2, conv 4 3x3 tanh padding=same, "
               "dropout 0.3, dense 10 softmax", "clip": "0.5", "batch": "12", "epochs": "3",
        "optimizer": "sgd lr=0.05 momentum=0.9 nesterov=on weight_decay=0.001"}),
    "whitened": ("spirals samples=300 test=50", {
        "net": "dense 16 elu, dense 2 softmax", "scale": "whiten", "optimizer": "adagrad lr=0.05",
        "schedule": "exponential gamma=0.9", "batch": "20", "epochs": "15"}),
    "coder": ("digits samples=120 test=20", {
        "target": "input", "net": "dense 12 relu, dense 784 sigmoid", "optimizer": "adam lr=0.003",
        "batch": "25", "epochs": "4"}),
    "genetic": ("circles samples=60 test=20", {
        "net": "dense 4 step, dense 1 step", "optimizer": "genetic population=12 elite=2",
        "batch": "0", "epochs": "30"}),
}
# In metrics.jsonl, what may differ: how long it took, and whether the layers were watched.
MAY_DIFFER = re.compile(r', "samples_per_second": [^,}]*, "seconds": [^}]*|, "layers": \[[^]]*\]')
# Of tests/nth: some of their allocations, writes and OpenCL calls fail.
FAULTS = ["train launch by launch", "train --resume", "train run.ini", "train in chunks",
          "train --watch", "train by search", "train images", "train whitened", "resume", "eval",
          "predict", "check"]
MIB = 1 << 20


class Finding(Exception):
    pass


def demand(holds, text):
    if not holds:
        raise Finding(text)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def tail(data):
    return data.decode(errors="replace").strip()[-300:]


class Soak:
    def __init__(self, options):
        self.random = random.Random(options.seed)
        self.build = os.path.abspath(options.build)
        self.program = os.path.join(self.build, "isobit")
        self.work = os.path.abspath(options.keep or tempfile.mkdtemp(prefix="isobit-soak-"))
        os.makedirs(self.work, exist_ok=True)
        self.cache = os.path.join(self.work, "cache")
        os.environ.update(ISOBIT_CACHE=self.cache, POCL_CACHE_DIR=os.path.join(self.work, "pocl"))
        os.makedirs(os.environ["POCL_CACHE_DIR"], exist_ok=True)
        os.chdir(self.work)
        self.counts = collections.Counter()
        self.findings = []
        self.seen = []  # bytes in use and open files of this process, each time with a new context
        self.whole = {}
        for name in RECIPES:
            folder = f"whole-{name}"
            for _ in range(2):  # with kernels to build, and without
                begin = time.monotonic()
                code, out, error = self.run(self.training(name) + ["--out", folder, "--overwrite"])
                demand(code == 0, f"{name}: {tail(out + error)}")
            self.whole[name] = self.content(folder)
            self.whole[name]["seconds"] = time.monotonic() - begin
        self.limits = {name: self.fitting_limits(name) for name in RECIPES}
        self.library = library.Library(os.path.join(self.build, "libisobit.so"))

    # ------------------------------------------------------------------------------ the program

    def start(self, words, device="", **more):
        environment = dict(os.environ, ISOBIT_DEVICE=device,
                           POCL_MAX_PTHREAD_COUNT=str(self.random.randint(1, 2)))
        return subprocess.Popen([self.program] + words, env=environment, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)

    def end(self, process, timeout=600):
        try:
            out, error = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise Finding(f"hangs: {process.args}")
        ours = (signal.SIGKILL, signal.SIGINT, signal.SIGTERM)
        demand(process.returncode >= 0 or -process.returncode in ours,
               f"ended by signal {-process.returncode}: {process.args}: {tail(error)}")
        return process.returncode, out, error

    def run(self, words, **more):
        return self.end(self.start(words, **more))

    def training(self, name):
        source, settings = RECIPES[name]
        return ["train", source, "--quiet"] + [
            word for key, value in settings.items()
            for word in ([f"--{key}"] if value == "on" else [f"--{key}", value])]

    def fitting_limits(self, name):
        """Limits of the device's memory under which it can be trained, the data passing through."""
        def dry(*more):
            out = self.run(self.training(name) + ["--dry-run", "--json"] + list(more))[1]
            return json.loads(out)

        needed = dry()["device"]["needed_bytes"]
        limits = [str(int(needed * share)) for share in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)]
        return [limit for limit in limits
                if all(dry("--device-memory", limit, "--variant", variant)["fits"]
                       for variant in ("", self.PLAIN))]

    PLAIN = "gemm_nt=naive gemm_tn=naive resident=off"

    def how(self, name):
        """What must not matter: when checkpoints are written, variants, where the data lies."""
        words = ["--checkpoint", f"{self.random.randint(1, 9)} steps"]
        if self.random.random() < 0.3:
            words += ["--variant", self.PLAIN]
        if self.limits[name] and self.random.random() < 0.5:
            words += ["--device-memory", self.random.choice(self.limits[name])]
            self.counts["limits of memory"] += 1
        elif name != "genetic" and self.random.random() < 0.4:  # it has no error terms to watch
            words.append("--watch")
            self.counts["watched"] += 1
        return words

    def begin_or_resume(self, name, folder):
        if os.path.exists(f"{folder}/run.ini"):
            return self.start(["train", "--resume", folder, "--quiet"] + self.how(name))
        return self.start(self.training(name) + ["--out", folder, "--overwrite"] + self.how(name))

    # ------------------------------------------------------------------------------ what must hold

    @staticmethod
    def content(folder):
        metrics = MAY_DIFFER.sub("", read(f"{folder}/metrics.jsonl").decode())
        return {"model": read(f"{folder}/model.safetensors"), "metrics": metrics,
                "ini": read(f"{folder}/run.ini")}

    def same(self, name, folder):
        whole, got = self.whole[name], self.content(folder)
        for what in got:
            demand(got[what] == whole[what], f"{name}: another {what} in {folder}")
        for line in got["metrics"].splitlines():
            json.loads(line)
        files = sorted(os.listdir(folder))
        demand(files == ["checkpoint.safetensors", "metrics.jsonl", "model.safetensors", "run.ini"],
               f"{folder} holds {files}")

    def finish(self, name, folder):
        code, out, error = self.end(self.begin_or_resume(name, folder))
        demand(code == 0, f"{name}: cannot be resumed: {tail(out + error)}")
        self.same(name, folder)

    def refused(self, words, *parts):
        code, _, error = self.run(words)
        demand(code in (1, 2), f"exit status {code}, not refused: {words}")
        self.one_line(error)
        demand(any(part in error.decode() for part in parts), f"another reason: {tail(error)}")

    @staticmethod
    def one_line(error):
        lines = error.decode(errors="replace").splitlines()
        demand(len(lines) == 1 and lines[0].startswith("isobit: "), f"not one line: {lines}")

    def spoil(self, path):
        """Change, cut, empty or lengthen a file."""
        data = bytearray(read(path))
        how = self.random.choice(["flip", "flip", "cut", "empty", "longer"])
        if how == "flip" and data:
            for _ in range(self.random.choice([1, 1, 20])):
                data[self.random.randrange(len(data))] ^= 1 << self.random.randrange(8)
        elif how == "cut" and data:
            del data[self.random.randrange(len(data)):]
        elif how == "empty":
            data.clear()
        else:
            data += self.random.randbytes(self.random.randint(1, 100))
        with open(path, "wb") as file:
            file.write(data)

    # ------------------------------------------------------------------------------ the rounds

    def kill(self, name, folder):
        """SIGKILL at random moments, then to the end."""
        for _ in range(self.random.randint(1, 5)):
            process = self.begin_or_resume(name, folder)
            time.sleep(self.random.random() * 1.2 * self.whole[name]["seconds"])
            process.kill()
            code, _, error = self.end(process)
            demand(code in (0, -signal.SIGKILL), f"{name}: status {code}: {tail(error)}")
            self.counts["kills"] += code != 0
        self.finish(name, folder)

    def stop(self, name, folder):
        """SIGINT or SIGTERM, as a user or a queue would."""
        for number in self.random.choices([signal.SIGINT, signal.SIGTERM], k=2):
            process = self.begin_or_resume(name, folder)
            time.sleep(self.random.random() * self.whole[name]["seconds"])
            process.send_signal(number)
            code, _, error = self.end(process)
            demand(code in (0, 128 + number, -number), f"{name}: status {code}: {tail(error)}")
            self.counts["stops"] += code != 0
        self.finish(name, folder)

    def spoil_checkpoint(self, name, folder):
        """A damaged checkpoint is refused, and the right one still goes on."""
        shutil.copytree(f"whole-{name}", folder)
        self.spoil(f"{folder}/checkpoint.safetensors")
        if read(f"{folder}/checkpoint.safetensors") != read(f"whole-{name}/checkpoint.safetensors"):
            before = self.content(folder)
            self.refused(["train", "--resume", folder], "damaged", "checkpoint")
            demand(self.content(folder) == before, f"{folder} was changed by a refusal")
        shutil.copy(f"whole-{name}/checkpoint.safetensors", folder)
        self.finish(name, folder)

    def spoil_model(self, name, folder):
        """A damaged model is refused in one line, or what it says is still a model."""
        os.mkdir(folder)
        model = shutil.copy(f"whole-{name}/model.safetensors", folder)
        self.spoil(model)
        for words in (["show", model], ["eval", model, RECIPES[name][0]],
                      ["predict", model, RECIPES[name][0]]):
            code, _, error = self.run(words)
            demand(code in (0, 1, 2), f"status {code} of {words}")
            if code:
                self.one_line(error)
                self.counts["models refused"] += 1

    def spoil_cache(self, name, folder):
        """Damaged entries of the kernel cache are built again."""
        entries = [entry for entry in os.listdir(self.cache) if entry.endswith(".program")]
        for entry in self.random.sample(entries, min(len(entries), 6)):
            path = os.path.join(self.cache, entry)
            how = self.random.randrange(4)
            if how < 2:
                self.spoil(path)
            else:
                os.unlink(path)
            if how == 3:
                os.symlink("/etc/passwd", path)
            self.counts["cache entries spoilt"] += 1
        self.finish(name, folder)

    def twice(self, name, folder):
        """Two runs into one folder at once, with an empty cache: one wins, one is told so."""
        shutil.rmtree(self.cache, ignore_errors=True)
        both = [self.start(self.training(name) + ["--out", folder]) for _ in range(2)]
        ends = [self.end(process) for process in both]
        codes = sorted(code for code, _, _ in ends)
        demand(codes == [0, 1], f"statuses {codes}: {[tail(error) for _, _, error in ends]}")
        for code, _, error in ends:
            if code:
                self.one_line(error)
        self.same(name, folder)

    def full_disk(self, name, folder):
        """No file may grow beyond a size; then there is room again."""
        most = self.random.randint(1, len(self.whole[name]["model"]) * 3)
        words = self.training(name) + self.how(name)
        # PoCL aborts when its own cache meets a full disk, so nothing may be left to compile.
        self.run(words + ["--out", f"{folder}-before"], device="basic")
        shutil.rmtree(f"{folder}-before", ignore_errors=True)

        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

        process = self.start(words + ["--out", folder], device="basic", preexec_fn=limit)
        code, _, error = self.end(process)
        demand(code in (0, 1), f"status {code} on a full disk: {tail(error)}")
        if code:
            demand(error.decode().splitlines()[-1].startswith("isobit: "), tail(error))
        self.counts["full disks"] += code
        self.finish(name, folder)

    def evaluate(self, name, folder):
        """isobit eval says what training said of the last epoch, or of the best."""
        words = ["eval", f"whole-{name}/model.safetensors", RECIPES[name][0], "--json"]
        first, second = self.run(words), self.run(words)
        demand(first[0] == 0, tail(first[2]))
        demand(first[1] == second[1], "two evaluations differ")

    def in_process(self, name, folder):
        """Through the library in this process: interrupted, resumed, evaluated."""
        source, settings = RECIPES[name]
        os.mkdir(folder)
        if self.random.random() < 0.3:
            self.library.reopen()
            self.counts["contexts opened"] += 1
            self.seen.append((library.bytes_in_use(), library.open_files()))
        values = dict(settings, checkpoint=f"{self.random.randint(1, 40)} steps")
        stops = [self.random.randint(1, 4) for _ in range(self.random.randint(0, 3))]
        metrics = self.library.train(source, values, stops, f"{folder}/checkpoint",
                                     f"{folder}/model")
        demand(read(f"{folder}/model") == self.whole[name]["model"], f"{name}: another model")
        known = self.whole[name].setdefault("metrics in process", metrics)
        demand(metrics == known, f"{name}: other metrics")

    def long(self, name, folder):
        """One long run of the program does not grow but by what it remembers of each epoch."""
        words = [word if RECIPES[name][1]["epochs"] != word else "1000000"
                 for word in self.training(name)]
        words = [word for word in words if word not in ("--early-stop", "3")]
        process = self.start(words + ["--out", folder])
        time.sleep(4 + self.whole[name]["seconds"])
        first = library.resident_bytes(process.pid), library.open_files(process.pid)
        time.sleep(20)
        last = library.resident_bytes(process.pid), library.open_files(process.pid)
        process.send_signal(signal.SIGTERM)
        code, _, error = self.end(process)
        demand(code == 143, f"status {code}: {tail(error)}")
        epochs = len(read(f"{folder}/metrics.jsonl").splitlines())
        demand(last[1] <= first[1] + 1, f"open files: {first[1]}, then {last[1]}")
        demand(last[0] - first[0] < 8 * MIB + 2048 * epochs,
               f"memory: {first[0]}, then {last[0]} after {epochs} epochs")
        self.counts["epochs of long runs"] += epochs

    def faults(self, name, folder):
        """What fails in the program itself: one in so many operations, as tests/nth has them fail."""
        case, stride = self.random.choice(FAULTS), self.random.randint(100, 400)
        code, out, error = self.end(subprocess.Popen(
            [os.path.join(self.build, "tests", "nth"), "--stride", str(stride), case],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE))
        demand(code == 0, f"nth --stride {stride} \"{case}\": {tail(out + error)}")
        self.counts["operations that failed"] += sum(
            int(count) for count in re.findall(rb"(\d+) of +\d+ failed", out))

    ROUNDS = {kill: 8, stop: 4, spoil_checkpoint: 3, spoil_model: 3, spoil_cache: 3, twice: 2,
              full_disk: 3, evaluate: 2, in_process: 8, long: 1, faults: 2}

    def check_growth(self):
        """This process, each time that a context was opened anew: the last against an early one."""
        first = max(2, len(self.seen) // 10)
        if len(self.seen) <= first:
            return
        bytes_first, files_first = self.seen[first]
        bytes_last, files_last = self.seen[-1]
        if files_last > files_first:
            self.findings.append(f"open files grew from {files_first} to {files_last}")
        if bytes_last > bytes_first + 4 * MIB:
            self.findings.append(f"memory grew from {bytes_first / MIB:.1f} to "
                                 f"{bytes_last / MIB:.1f} MiB over {len(self.seen)} contexts")

    def soak(self, minutes):
        begin = time.monotonic()
        number = 0
        while time.monotonic() - begin < 60 * minutes:
            number += 1
            act = self.random.choices(list(self.ROUNDS), list(self.ROUNDS.values()))[0]
            name = self.random.choice(list(RECIPES))
            folder = f"round-{number}"
            try:
                act(self, name, folder)
            except (Finding, library.Failure, OSError, ValueError) as found:
                self.findings.append(f"round {number}, {act.__name__} of {name}: {found}")
                print("FINDING", self.findings[-1], flush=True)
            else:
                shutil.rmtree(folder, ignore_errors=True)
            self.counts[act.__name__] += 1
            if number % 20 == 0:
                print(f"{(time.monotonic() - begin) / 60:5.1f} min, {number} rounds, "
                      f"{len(self.findings)} findings, {library.resident_bytes() / MIB:.0f} MiB, "
                      f"{library.open_files()} open files", flush=True)
        self.check_growth()
        return number


def main():
    parse = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parse.add_argument("--minutes", type=float, default=60)
    parse.add_argument("--seed", type=int, default=int(time.time()))
    parse.add_argument("--build", default="build", help="a build tree")
    parse.add_argument("--keep", metavar="FOLDER", help="work here, and leave it")
    options = parse.parse_args()
    print(f"seed {options.seed}", flush=True)
    soak = Soak(options)
    rounds = soak.soak(options.minutes)
    print(json.dumps({"seed": options.seed, "minutes": options.minutes, "rounds": rounds,
                      "counts": dict(sorted(soak.counts.items())),
                      "MiB in use": [round(bytes_ / MIB, 2) for bytes_, _ in
                                     soak.seen[::max(1, len(soak.seen) // 10)]],
                      "open files": sorted({files for _, files in soak.seen}),
                      "findings": soak.findings}, indent=2))
    if not soak.findings and not options.keep:
        shutil.rmtree(soak.work)
    return 1 if soak.findings else 0


if __name__ == "__main__":
    sys.exit(main())
