"""Defaults for pictures beside others, by cross-validation: which layers, variations and epochs are right of most.

Each contestant differs from the default spec in what its name says. Folds are the same for all, so that differences are
of the same pictures. No picture decides that `bench_photographs.py` or `bench_fashion.py` tests with.

    .venv/bin/python benchmarks/compare_picture_defaults.py --photographs FOLDER --folds 5
    .venv/bin/python benchmarks/compare_picture_defaults.py --fashion 6000 --names default "no shift"
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
from learning.nn.layers import Dropout, Norm
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


def scale_filters(factor: float) -> Change:
    """More filters, or fewer."""
    return lambda spec: replace(
        spec,
        layers=tuple(
            replace(each, filters=round(each.filters * factor)) if each.type == "conv" else each for each in spec.layers
        ),
    )


def normalize(spec: TrainingSpec) -> TrainingSpec:
    """A norm behind each convolution."""
    layers = [layer for each in spec.layers for layer in ([each, Norm()] if each.type == "conv" else [each])]
    return replace(spec, layers=tuple(layers))


def double_convolutions(spec: TrainingSpec) -> TrainingSpec:
    """Each convolution twice."""
    layers = [layer for each in spec.layers for layer in [each] * (1 + (each.type == "conv"))]
    return replace(spec, layers=tuple(layers))


CONTESTANTS: Final[dict[str, Change]] = {
    "default": lambda spec: spec,
    "no variation": lambda spec: replace(spec, image=replace(spec.image, augment=AugmentSpec())),
    "no shift": vary(shift=0.0),
    "no zoom, same light": vary(zoom=0.0, light=0.0),
    "flip": vary(flip=True),
    "turn, zoom, light": vary(rotate=15.0, zoom=0.2, light=0.2),
    "half the epochs": lambda spec: replace(spec, epochs=spec.epochs // 2),
    "twice the epochs": lambda spec: replace(spec, epochs=spec.epochs * 2),
    "dropout 0.25": drop_out(0.25),
    "dropout 0.5": drop_out(0.5),
    "half the filters": scale_filters(0.5),
    "twice the filters": scale_filters(2.0),
    "double convolutions": double_convolutions,
    "norms": normalize,
    "half the rate": lambda spec: replace(spec, optimizer=AdamW(learning_rate=spec.optimizer.learning_rate / 2)),
    "twice the rate": lambda spec: replace(spec, optimizer=AdamW(learning_rate=spec.optimizer.learning_rate * 2)),
    "batches of 32": lambda spec: replace(spec, batch_size=32),
    "batches of 128": lambda spec: replace(spec, batch_size=128),
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


def compare(pictures: Pictures, names: list[str], folds: int, *, directed: bool) -> None:
    """Cross-validate each contestant, and print its figures."""
    count = len(pictures.classes)
    place = np.empty(count, np.intp)
    place[np.random.default_rng(7).permutation(count)] = np.arange(count) % FOLDS
    print("| | accuracy after the last epoch | loss | training loss | processor seconds | each fold |")
    print(f"|{' --- |' * 6}")
    for name in names:
        ends: list[Epoch] = []
        began = time.process_time()
        for fold in range(folds):
            rows = np.flatnonzero(place != fold), np.flatnonzero(place == fold)
            chosen = choose_image_training(len(rows[0]), pictures.images.shape[2], directed=directed)
            ends.append(train(CONTESTANTS[name](TrainingSpec(**chosen, seed=fold)), pictures, *rows)[-1])
        seconds = (time.process_time() - began) / folds
        accuracies = [end.metrics["accuracy"] or 0.0 for end in ends]
        losses = [
            statistics.mean(each) for each in zip(*[(e.validation_loss, e.train_loss) for e in ends], strict=True)
        ]
        cells = " ".join(f"{accuracy:.3f}" for accuracy in accuracies)
        figures = f"{statistics.mean(accuracies):.4f} | {losses[0]:.3f} | {losses[1]:.3f} | {seconds:.1f}"
        print(f"| {name} | {figures} | {cells} |", flush=True)


def main() -> None:
    """Read and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photographs", type=Path, help=f"a folder with {LEARNED}")
    parser.add_argument("--fashion", type=int, default=0, help="how many pictures of Fashion-MNIST to take")
    parser.add_argument("--data", type=Path, help="a folder of the files of Fashion-MNIST")
    parser.add_argument("--folds", type=int, default=FOLDS, help=f"how many of the {FOLDS} folds to measure")
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
