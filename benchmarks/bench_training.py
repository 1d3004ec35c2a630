"""Seconds per epoch of training here and in scikit-learn, as ratios: `.venv/bin/python benchmarks/bench_training.py`.

100,000 rows of 28 numbers, two hidden layers of 64, two classes, Adam. Both train in turn within one run, so that what
else the machine does strikes both; the medians are printed.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy loads: small steps are fastest on one thread

import argparse
import statistics
import time
import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from learning.nets.layers import Dense
from learning.nets.net import NeuralNet
from learning.training.data import TrainingData
from learning.training.optimizers import Adam
from learning.training.schedules import Constant
from learning.training.trainer import Epoch, Trainer

UNITS = (64, 64)


def rows(n: int) -> TrainingData:
    """Make rows of two classes that a net can tell apart, but not perfectly."""
    random = np.random.default_rng(0)
    x = random.standard_normal((n, 28), np.float32)
    score = np.sin(x[:, :4]).sum(axis=1) + x[:, 4] * x[:, 5] + 0.5 * random.standard_normal(n)
    return TrainingData(x, (score > 0).astype(np.int64), 2)


def ours(data: TrainingData, batch_size: int, epochs: int) -> tuple[float, float]:
    """Return the seconds per epoch and the last training loss of a net trained here."""
    net = NeuralNet(data.width, [Dense(units=units) for units in UNITS], 1, seed=0)
    settings = {"optimizer": Adam(), "schedule": Constant(), "epochs": epochs, "batch_size": batch_size}
    start, loss = time.perf_counter(), 0.0
    for moment in Trainer(net, data, **settings).run():
        if isinstance(moment, Epoch):
            loss = moment.train_loss
    return (time.perf_counter() - start) / epochs, loss


def theirs(data: TrainingData, batch_size: int, epochs: int) -> tuple[float, float]:
    """Return the same of scikit-learn's."""
    mlp = MLPClassifier(UNITS, batch_size=batch_size, max_iter=epochs, alpha=0.0, random_state=0)
    start = time.perf_counter()
    mlp.fit(data.x, data.y)
    return (time.perf_counter() - start) / epochs, mlp.loss_


def main() -> None:
    """Print one line for each batch size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--epochs", type=int, default=3, help="epochs in each turn")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--batch-sizes", type=int, nargs="+", default=[64, 256, 1024])
    options = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    data = rows(options.rows)
    print(f"{'batch':>6} {'gradus s/epoch':>15} {'scikit-learn s/epoch':>21} {'ratio':>6}   train loss of both")
    for batch_size in options.batch_sizes:
        turns = [
            (ours(data, batch_size, options.epochs), theirs(data, batch_size, options.epochs))
            for _ in range(options.turns)
        ]
        here, there = (statistics.median(turn[side][0] for turn in turns) for side in (0, 1))
        ratio = statistics.median(turn[1][0] / turn[0][0] for turn in turns)
        losses = f"{turns[-1][0][1]:.4f} {turns[-1][1][1]:.4f}"
        print(f"{batch_size:>6} {here:>15.4f} {there:>21.4f} {ratio:>6.2f}   {losses}")


if __name__ == "__main__":
    main()
