"""Milliseconds per training step of nets that see pictures, in Gradus and PyTorch, in turns: `make bench-images`.

PyTorch runs eagerly, in its own order of memory and in channels_last, and the faster of both counts. Ratios are medians
over the turns. On a busy machine `chrt --fifo 10` before the command, as root, gives it the processors before all other
programs. The exit status is 0 only if all bars hold and the losses of the first steps agree.
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before NumPy is imported: with two workers each has a core

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parent.parent))

from learning.data.arrays import ArrayDataset
from learning.data.dataset import count_words
from learning.data.shuffle import EpochShuffler
from learning.nn.layers import Conv, Pool
from learning.nn.layers.inputs import ImageInput, NetInputs
from learning.nn.net import NeuralNet
from learning.optim import Sgd
from learning.tasks.classification import ClassTarget
from learning.training.parallel import start_steps
from learning.training.spec import TrainingSpec
from learning.training.trainer import Trainer

BATCH, BATCHES, CLASSES, RATE = 128, 4, 10, 0.01
SAME_LOSS = 1e-3
PAUSE_SECONDS = 0.05
"""Before each turn: PyTorch's threads keep their cores busy for some milliseconds after their last work."""


@dataclass(frozen=True)
class Case:
    """A net, and the bars: the ratio to the faster of PyTorch's orders of memory, by the number of threads."""

    name: str
    shape: tuple[int, int, int]
    layers: tuple[Conv | Pool, ...]
    bars: dict[int, float]


CASES = [
    Case(
        "28 x 28 x 1: conv 16, pool, conv 32, pool, dense 10",
        (1, 28, 28),
        (Conv(filters=16), Pool(), Conv(filters=32), Pool()),
        {1: 1.6, 2: 1.3},
    ),
    Case(
        "32 x 32 x 3: conv 32, 32, pool, conv 64, 64, pool, dense 10",
        (3, 32, 32),
        (Conv(filters=32), Conv(filters=32), Pool(), Conv(filters=64), Conv(filters=64), Pool()),
        {1: 1.1, 2: 1.0},
    ),
]


def create_data(case: Case) -> ArrayDataset:
    """Random pictures with random classes."""
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (BATCH * BATCHES, *case.shape)).astype(np.uint8)
    target = ClassTarget(classes=tuple(map(str, range(CLASSES))))
    y = random.integers(0, CLASSES, len(images))
    return ArrayDataset(np.empty((len(images), 0), np.float32), y, target, images=images)


class Gradus:
    """Steps of a trainer on one core or two."""

    def __init__(self, case: Case, data: ArrayDataset, threads: int) -> None:
        image = ImageInput(case.shape, (0.5,) * case.shape[0], (0.25,) * case.shape[0])
        net = NeuralNet(NetInputs(0, image=image), case.layers, CLASSES, seed=0)
        spec = TrainingSpec(layers=case.layers, optimizer=Sgd(), batch_size=BATCH)
        self.trainer = Trainer(net, data, None, spec, cores=threads)
        self.views = [placed.cut_parameters(net.parameters) for placed in net.placed]

    def __enter__(self) -> "Gradus":
        self.steps = start_steps(self.trainer.state, self.trainer.workers)
        self.step = self.steps.__enter__()
        rows = self.trainer.rows
        self.order = EpochShuffler(len(rows), count_words(rows.dataset), 0).select_indices(1, 0, len(rows))
        return self

    def __exit__(self, *_: object) -> None:
        self.steps.__exit__(None, None, None)

    def run(self) -> float:
        """Take the steps of an epoch; return the mean loss."""
        rows = len(self.trainer.rows)
        losses = [self.step.run_block(1, start, RATE)[0] for start in range(0, rows, self.trainer.block_rows)]
        return sum(losses) / rows


class Torch:
    """Steps of PyTorch, eager."""

    def __init__(self, case: Case, data: ArrayDataset, ours: Gradus, layout: torch.memory_format) -> None:
        modules: list[torch.nn.Module] = []
        channels, height, width = case.shape
        for layer, views in zip(case.layers, ours.views, strict=False):
            if isinstance(layer, Conv):
                conv = torch.nn.Conv2d(channels, layer.filters, layer.kernel, padding="same")
                with torch.no_grad():
                    conv.weight.copy_(torch.from_numpy(views["weights"].transpose(3, 2, 0, 1).copy()))
                    conv.bias.copy_(torch.from_numpy(views["bias"].copy()))
                modules += [conv, torch.nn.ReLU()]
                channels = layer.filters
            else:
                modules.append(torch.nn.MaxPool2d(2))
                height, width = height // 2, width // 2
        dense = torch.nn.Linear(channels * height * width, CLASSES)
        with torch.no_grad():
            dense.weight.copy_(torch.from_numpy(ours.views[-1]["weights"].T.copy()))
            dense.bias.copy_(torch.from_numpy(ours.views[-1]["bias"].copy()))
        self.net = torch.nn.Sequential(*modules, torch.nn.Flatten(), dense).to(memory_format=layout)
        self.optimizer = torch.optim.SGD(self.net.parameters(), RATE)
        scaled = (data.images[ours.order].astype(np.float32) / 255 - 0.5) / 0.25
        self.x = torch.from_numpy(scaled).contiguous(memory_format=layout)
        self.y = torch.from_numpy(data.y[ours.order])
        self.loss, self.layout = torch.nn.CrossEntropyLoss(), layout

    def run(self) -> float:
        """Take the steps of an epoch; return the mean loss."""
        losses = 0.0
        for start in range(0, len(self.x), BATCH):
            part = slice(start, start + BATCH)
            x = self.x[part].contiguous(memory_format=self.layout)
            self.optimizer.zero_grad(set_to_none=True)
            loss = self.loss(self.net(x), self.y[part])
            loss.backward()
            self.optimizer.step()
            losses += loss.item()
        return losses / BATCHES


def measure(run: Callable[[], float]) -> tuple[float, float]:
    """The seconds that a call takes after a pause, and what it returns."""
    time.sleep(PAUSE_SECONDS)
    began = time.perf_counter()
    value = run()
    return time.perf_counter() - began, value


def race(case: Case, threads: int, turns: int) -> dict:
    """Let all take steps in turn; return the milliseconds per step and the ratios."""
    torch.set_num_threads(threads)
    data = create_data(case)
    with Gradus(case, data, threads) as ours:
        peers = {
            "eager": Torch(case, data, ours, torch.contiguous_format),
            "channels_last": Torch(case, data, ours, torch.channels_last),
        }
        seconds: dict[str, list[float]] = {"Gradus": [], **{name: [] for name in peers}}
        losses: dict[str, list[float]] = {name: [] for name in seconds}
        for _ in range(turns + 1):
            for name, contestant in {"Gradus": ours, **peers}.items():
                taken, loss = measure(contestant.run)
                seconds[name].append(taken / BATCHES)
                losses[name].append(loss)
    for taken in seconds.values():
        del taken[0]  # the first plans, and fills caches
    medians = {name: statistics.median(taken) for name, taken in seconds.items()}
    ratios = {
        name: statistics.median(theirs / mine for theirs, mine in zip(seconds[name], seconds["Gradus"], strict=True))
        for name in peers
    }
    apart = max(abs(losses["Gradus"][0] / losses[name][0] - 1) for name in peers)
    return {
        "case": case.name,
        "threads": threads,
        "workers": ours.trainer.workers,
        "milliseconds": {name: 1e3 * value for name, value in medians.items()},
        "ratios": ratios,
        "ratio": min(ratios.values()),
        "bar": case.bars[threads],
        "losses_apart": apart,
    }


def main() -> int:
    """Race, print, keep, judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=9)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--cases", type=int, nargs="+", default=list(range(len(CASES))))
    parser.add_argument("--json", type=Path, default=Path("benchmarks/results/images.json"))
    options = parser.parse_args()
    print(f"Milliseconds per step of {BATCH} pictures, medians of {options.turns} turns.\n")
    print("| net | threads | Gradus | PyTorch eager | channels_last | times as fast as the better | bar |")
    print(f"|{' --- |' * 7}")
    found = []
    for number in options.cases:
        for threads in options.threads:
            found.append(result := race(CASES[number], threads, options.turns))
            ours, eager, last = result["milliseconds"].values()
            print(
                f"| {result['case']} | {threads} | {ours:.1f} | {eager:.1f} | {last:.1f} | {result['ratio']:.2f} | "
                f"{result['bar']} |",
                flush=True,
            )
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(found, indent=1) + "\n")
    faults: list[str] = []
    for each in found:
        where = f"{each['case']}, {each['threads']} threads"
        if each["ratio"] < each["bar"]:
            faults.append(f"{where}: {each['ratio']:.2f} times as fast, not {each['bar']}")
        if each["losses_apart"] > SAME_LOSS:
            faults.append(f"{where}: the first losses differ by {each['losses_apart']:.1e}")
    print("\n" + ("\n".join(faults) if faults else "Every bar holds."))
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
