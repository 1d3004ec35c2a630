"""Several nets of few photographs beside one of them, by cross-validation: how many, and for how many epochs each.

Of the other folds' pictures each net learns from all but a part of its own, by which its best epoch is chosen. Printed
is how many pictures of the fold the mean of the logits of one net, two and so on is right of, and its loss, averaged
over all choices of so many nets. No picture decides that `bench_photographs.py` tests with.

    .venv/bin/python benchmarks/compare_picture_nets.py FOLDER --nets 4 --epochs 75 --folds 3
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before NumPy is imported

import argparse
import sys
import time
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.compare_picture_defaults import FOLDS, LEARNED, Pictures, read_photographs
from learning.nn.layers.inputs import ImageInput, NetInputs
from learning.nn.net import NeuralNet
from learning.training.image_defaults import choose_image_training
from learning.training.spec import TrainingSpec
from learning.training.trainer import Trainer

SEED: Final = 7


def deal(count: int, parts: int, seed: int) -> NDArray[np.intp]:
    """The part of each of so many pictures (count,), drawn at random."""
    part = np.empty(count, np.intp)
    part[np.random.default_rng(seed).permutation(count)] = np.arange(count) % parts
    return part


def train(
    pictures: Pictures, rows: NDArray[np.intp], tested: NDArray[np.intp], spec: TrainingSpec
) -> NDArray[np.float32]:
    """The logit of each tested picture by each net (nets, tested), which learn from these rows."""
    test, scaled = pictures.take(tested), pictures.take(rows).images / 255
    image = ImageInput(pictures.images.shape[1:], tuple(scaled.mean((0, 2, 3))), tuple(scaled.std((0, 2, 3))))
    part, logits = deal(len(rows), spec.nets, 100 + spec.seed), list[NDArray[np.float32]]()
    for number in range(spec.nets):
        learned, validation = (pictures.take(rows[own]) for own in (part != number, part == number))
        own = replace(spec, seed=10 * spec.seed + number)
        net = NeuralNet(NetInputs(0, image=image), own.layers, learned.outputs, seed=own.seed)
        trainer = Trainer(net, learned, validation, own)
        for _ in trainer.run():
            pass
        trainer.finish()
        logits.append(net.forward(*test.arrays)[:, 0])
    return np.array(logits)


def measure(logits: NDArray[np.float32], classes: NDArray[np.int64]) -> NDArray[np.float64]:
    """The share of right pictures and the loss (nets, 2) of the mean of one net, of two, and so on."""
    found: list[NDArray[np.float64]] = []
    for count in range(1, len(logits) + 1):
        means = np.array([logits[[*chosen]].mean(axis=0) for chosen in combinations(range(len(logits)), count)])
        losses = np.logaddexp(0, -means * (2 * classes - 1))
        found.append(np.array([((means > 0) == classes).mean(), losses.mean()]))
    return np.array(found)


def main() -> None:
    """Read, train and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help=f"where {LEARNED} lies")
    parser.add_argument("--nets", type=int, default=4)
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--folds", type=int, default=2, help=f"how many of the {FOLDS} folds to measure")
    options = parser.parse_args()
    pictures, began = read_photographs(options.folder / LEARNED), time.process_time()
    fold = deal(len(pictures.classes), FOLDS, SEED)
    found: list[NDArray[np.float64]] = []
    for number in range(options.folds):
        rows, tested = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        chosen = choose_image_training(len(pictures.classes), pictures.images.shape[2], directed=False)
        spec = replace(TrainingSpec(**chosen, seed=number), nets=options.nets, epochs=options.epochs)
        found.append(measure(train(pictures, rows, tested, spec), pictures.classes[tested]))
    seconds = (time.process_time() - began) / options.folds
    print(
        f"{options.nets} nets of {options.epochs} epochs, {options.folds} folds, {seconds:.0f} processor seconds each"
    )
    for count, (right, loss) in enumerate(np.mean(found, axis=0), start=1):
        print(f"  {count} as one: {right:.1%} right, loss {loss:.3f}")


if __name__ == "__main__":
    main()
