"""Defaults for pictures beside others, by cross-validation: which layers, variations and epochs are right of most.

Each contestant differs from the default spec in what its name says. Folds are the same for all, so that differences are
of the same pictures. No picture decides that `bench_photographs.py` or `bench_fashion.py` tests with. Each processor
trains a fold at a time, in about half a minute for the photographs: two take a quarter of an hour for two folds of all.

    .venv/bin/python benchmarks/compare_picture_defaults.py --photographs FOLDER
    .venv/bin/python benchmarks/compare_picture_defaults.py --fashion 6000 --folds 1 --names default "half the epochs"
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before NumPy is imported

import argparse
import io
import statistics
import sys
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.pictures.fashion import PACKAGE, download_pictures, read_pictures
from learning.data.arrays import ArrayDataset
from learning.data.augment_spec import AugmentSpec
from learning.nn.layers import Conv, Dense, Dropout, Layer, Norm, Pool
from learning.nn.layers.inputs import ImageInput, NetInputs
from learning.nn.net import NeuralNet
from learning.optim import AdamW
from learning.tasks.classification import ClassTarget
from learning.training.image_defaults import choose_image_training
from learning.training.spec import TrainingSpec
from learning.training.trainer import Epoch, Trainer

LEARNED: Final = "cats-and-dogs.zip"
FOLDS: Final = 5
Change = Callable[[TrainingSpec], TrainingSpec]


@dataclass(frozen=True)
class Pictures:
    """Pictures (n, channels, height, width) and the numbers of their classes (n,)."""

    images: NDArray[np.uint8]
    classes: NDArray[np.int64]

    def take(self, rows: NDArray[np.intp]) -> ArrayDataset:
        """These rows as a net is trained on them."""
        names = tuple(map(str, range(int(self.classes.max()) + 1)))
        nothing: NDArray[np.float32] = np.empty((len(rows), 0), np.float32)
        return ArrayDataset(nothing, self.classes[rows], ClassTarget(classes=names), images=self.images[rows])


def vary(**changes: object) -> Change:
    """Vary pictures otherwise."""
    return lambda spec: replace(
        spec, image=replace(spec.image, augment=replace(spec.image.augment or AugmentSpec(), **changes))
    )


def drop_out(rate: float) -> Change:
    """Other rates of dropout."""
    return lambda spec: replace(
        spec, layers=tuple(Dropout(rate=rate) if isinstance(each, Dropout) else each for each in spec.layers)
    )


def change_layers(change: Callable[[list[Layer]], list[Layer]]) -> Change:
    """Other layers."""
    return lambda spec: replace(spec, layers=tuple(change(list(spec.layers))))


def scale_filters(factor: float) -> Change:
    """More filters, or fewer."""
    return change_layers(
        lambda layers: [
            replace(each, filters=round(each.filters * factor)) if isinstance(each, Conv) else each for each in layers
        ]
    )


def follow(kind: type[Layer], layer: Layer) -> Change:
    """A layer behind each of a kind."""
    return change_layers(
        lambda layers: [new for each in layers for new in ([each, layer][: 1 + isinstance(each, kind)])]
    )


def remove_last_convolution(layers: list[Layer]) -> list[Layer]:
    """One convolution and pool less."""
    (*_, last) = (place for place, each in enumerate(layers) if isinstance(each, Pool))
    return [*layers[: last - 1], *layers[last + 1 :]]


CONTESTANTS: Final[dict[str, Change]] = {
    "default": lambda spec: spec,
    "no variation": lambda spec: replace(spec, image=replace(spec.image, augment=AugmentSpec())),
    "more variation": vary(shift=0.15, rotate=20.0, zoom=0.4, light=0.4),
    "half the epochs": lambda spec: replace(spec, epochs=spec.epochs // 2),
    "twice the epochs": lambda spec: replace(spec, epochs=spec.epochs * 2),
    "dropout 0.25": drop_out(0.25),
    "dropout behind pools": follow(Pool, Dropout(rate=0.2)),
    "half the filters": scale_filters(0.5),
    "twice the filters": scale_filters(2.0),
    "one convolution less": change_layers(remove_last_convolution),
    "norms": follow(Conv, Norm()),
    "no dense layer": change_layers(lambda layers: [each for each in layers[:-1] if not isinstance(each, Dense)]),
    "half the rate": lambda spec: replace(spec, optimizer=AdamW(learning_rate=spec.optimizer.learning_rate / 2)),
    "twice the rate": lambda spec: replace(spec, optimizer=AdamW(learning_rate=spec.optimizer.learning_rate * 2)),
    "half the batch": lambda spec: replace(spec, batch_size=spec.batch_size // 2),
    "weight decay 1": lambda spec: replace(spec, weight_decay=1.0),
}


def read_photographs(path: Path) -> Pictures:
    """The pictures of a ZIP with a folder for each class."""
    with zipfile.ZipFile(path) as archive:
        names = sorted(info.filename for info in archive.infolist() if not info.is_dir())
        images = [Image.open(io.BytesIO(archive.read(name))).convert("RGB") for name in names]
    folders = [PurePosixPath(name).parent.name for name in names]
    classes = np.array([sorted(set(folders)).index(folder) for folder in folders], np.int64)
    return Pictures(np.stack([np.asarray(image).transpose(2, 0, 1) for image in images]), classes)


def train(spec: TrainingSpec, pictures: Pictures, learned: NDArray[np.intp], tested: NDArray[np.intp]) -> list[Epoch]:
    """Train on some pictures; the epochs, validated on others."""
    train_set, test_set = pictures.take(learned), pictures.take(tested)
    axes, scaled = (0, 2, 3), train_set.images / 255
    image = ImageInput(pictures.images.shape[1:], tuple(scaled.mean(axes)), tuple(scaled.std(axes)))
    net = NeuralNet(NetInputs(0, image=image), spec.layers, train_set.outputs, seed=spec.seed)
    return [event for event in Trainer(net, train_set, test_set, spec).run() if isinstance(event, Epoch)]


@dataclass(frozen=True)
class Fold:
    """A training of a contestant on all folds but one, on which it is measured."""

    name: str
    number: int

    def run(self, pictures: Pictures, *, directed: bool) -> tuple[Epoch, Epoch, float]:
        """The last epoch, that of the lowest validation loss, and the processor seconds."""
        began, count = time.process_time(), len(pictures.classes)
        place = np.empty(count, np.intp)
        place[np.random.default_rng(7).permutation(count)] = np.arange(count) % FOLDS
        rows = np.flatnonzero(place != self.number), np.flatnonzero(place == self.number)
        chosen = choose_image_training(len(rows[0]), pictures.images.shape[2], directed=directed)
        epochs = train(CONTESTANTS[self.name](TrainingSpec(**chosen, seed=self.number)), pictures, *rows)
        return epochs[-1], min(epochs, key=lambda epoch: epoch.validation_loss), time.process_time() - began


def compare(pictures: Pictures, names: list[str], folds: int, *, directed: bool) -> None:
    """Cross-validate each contestant, and print its figures."""
    print("| | right | loss | least loss | training loss | processor seconds | right in each fold |")
    print(f"|{' --- |' * 7}", flush=True)
    with ProcessPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        started = {
            name: [pool.submit(Fold(name, number).run, pictures, directed=directed) for number in range(folds)]
            for name in names
        }
        for name, running in started.items():
            ends, bests, seconds = zip(*[each.result() for each in running], strict=True)
            rights = [end.metrics["accuracy"] or 0.0 for end in ends]
            losses = [
                statistics.mean(values)
                for values in (
                    [end.validation_loss for end in ends],
                    [best.validation_loss for best in bests],
                    [end.train_loss for end in ends],
                )
            ]
            figures = " | ".join(f"{loss:.3f}" for loss in losses)
            cells = " ".join(f"{right:.1%}" for right in rights)
            print(
                f"| {name} | {statistics.mean(rights):.1%} | {figures} | {statistics.mean(seconds):.0f} | {cells} |",
                flush=True,
            )


def main() -> None:
    """Read and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photographs", type=Path, help=f"a folder with {LEARNED}")
    parser.add_argument("--fashion", type=int, default=0, help="how many pictures of Fashion-MNIST to take")
    parser.add_argument("--data", type=Path, help="a folder of the files of Fashion-MNIST")
    parser.add_argument("--folds", type=int, default=2, help=f"how many of the {FOLDS} folds to measure")
    parser.add_argument("--names", nargs="+", choices=CONTESTANTS, default=list(CONTESTANTS))
    options = parser.parse_args()
    if options.photographs is not None:
        compare(read_photographs(options.photographs / LEARNED), options.names, options.folds, directed=False)
    if options.fashion:
        folder = options.data or download_pictures()
        if folder is None:
            raise SystemExit(f"apt-get cannot download {PACKAGE} here. Name a folder of its files: --data FOLDER")
        learned = read_pictures(folder, "train")
        compare(
            Pictures(learned.images[: options.fashion], learned.classes[: options.fashion]),
            options.names,
            options.folds,
            directed=True,
        )


if __name__ == "__main__":
    main()
