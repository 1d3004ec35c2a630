"""Fashion-MNIST by the default spec, beside PyTorch with the same net and recipe, in turns epoch by epoch.

60,000 grey pictures of clothes teach, of which the split holds a fifth back to choose the best epoch, and 10,000 others
test. PyTorch begins with the same weights, and takes steps of the same size at the same rates, eagerly, in the faster
of its two orders of memory. A clock runs while either trains and validates; both are tested with the clocks stopped.

The pictures are those of Debian's package dataset-fashion-mnist, which is downloaded into .bench and checked by its
hash; elsewhere name a folder of the four files by --data. The exit status is 0 only if all bars hold, or if the
pictures cannot be had, which is said.

    make bench-images
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before NumPy is imported: with two workers each has a core

import argparse
import math
import resource
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.pictures.fashion import CLASSES, PACKAGE, download_pictures, read_pictures
from learning.data.arrays import ArrayDataset
from learning.data.augment import augment_images
from learning.data.split import split_rows
from learning.nn.layers import Conv, Dense, Dropout, Norm, Pool
from learning.nn.layers.inputs import ImageInput, NetInputs
from learning.nn.net import NeuralNet
from learning.optim.schedules import LearningRates
from learning.training.image_defaults import choose_image_training
from learning.training.spec import TrainingSpec
from learning.training.trainer import Epoch, Trainer

MIN_ACCURACY: Final = 0.915
MAX_SECONDS: Final = 300.0
TRIAL_STEPS: Final = 12

EpochResult = tuple[float, float, float]
"""The seconds of an epoch, and the accuracy on the validation and on the test pictures after it."""


def train_gradus(spec: TrainingSpec, net: NeuralNet, parts: list[ArrayDataset]) -> Iterator[EpochResult]:
    """Train; yield the seconds of each epoch, and the accuracy on the validation and on the test pictures after it."""
    train, validation, test = parts
    trainer = Trainer(net, train, validation, spec, cores=2)
    events = trainer.run()
    while True:
        began = time.perf_counter()
        epoch = next((event for event in events if isinstance(event, Epoch)), None)
        if epoch is None:
            return
        taken = time.perf_counter() - began
        correct = net.forward(*test.arrays).argmax(axis=1) == test.y
        yield taken, epoch.metrics["accuracy"] or 0.0, float(correct.mean())


def train_torch(spec: TrainingSpec, net: NeuralNet, parts: list[ArrayDataset]) -> Iterator[EpochResult]:
    """The same by PyTorch, on two threads, from the net's weights."""
    torch.set_num_threads(2)
    torch.manual_seed(spec.seed)
    layouts = torch.contiguous_format, torch.channels_last
    train, validation, test = ([torch.from_numpy(each.images), torch.from_numpy(each.y)] for each in parts)
    times = {layout: TorchTraining(spec, net, layout).time_steps(*train) for layout in layouts}
    training = TorchTraining(spec, net, min(times, key=times.__getitem__))
    rates = LearningRates(spec.schedule, spec.optimizer.learning_rate, spec.epochs)
    for epoch in range(1, spec.epochs + 1):
        began = time.perf_counter()
        training.run_epoch(*train, rates.rate_at(epoch), epoch)
        accuracy = training.compute_accuracy(*validation)
        taken = time.perf_counter() - began
        yield taken, accuracy, training.compute_accuracy(*test)


class TorchTraining:
    """A net of PyTorch that begins with the weights of one of ours, and its optimizer."""

    def __init__(self, spec: TrainingSpec, net: NeuralNet, layout: torch.memory_format) -> None:
        self.spec, self.layout = spec, layout
        image = net.net_inputs.image
        self.mean, self.deviation = (
            torch.tensor(each).reshape(1, -1, 1, 1) for each in (image.means, image.deviations)
        )
        self.net = create_torch_net(net).to(memory_format=layout)
        parameters = list(self.net.parameters())
        groups = [
            {"params": [each for each in parameters if each.ndim > 1], "weight_decay": spec.weight_decay},
            {"params": [each for each in parameters if each.ndim <= 1], "weight_decay": 0.0},
        ]
        self.optimizer = torch.optim.AdamW(groups, lr=spec.optimizer.learning_rate, fused=True)
        self.loss = torch.nn.CrossEntropyLoss()

    def scale(self, images: torch.Tensor) -> torch.Tensor:
        """Pixels as the net sees them."""
        return ((images.float() / 255 - self.mean) / self.deviation).contiguous(memory_format=self.layout)

    def run_step(self, images: torch.Tensor, classes: torch.Tensor) -> None:
        """Take a step."""
        self.optimizer.zero_grad(set_to_none=True)
        self.loss(self.net(self.scale(images)), classes).backward()
        self.optimizer.step()

    def run_epoch(self, images: torch.Tensor, classes: torch.Tensor, rate: float, epoch: int) -> None:
        """Pass over the training pictures, which are varied as ours are."""
        self.net.train()
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        for batch in torch.randperm(len(images)).split(self.spec.batch_size):
            taken = images[batch]
            if self.spec.image.augment is not None:
                augment_images(taken.numpy(), batch.numpy(), self.spec.image.augment, self.spec.seed, epoch)
            self.run_step(taken, classes[batch])

    def time_steps(self, images: torch.Tensor, classes: torch.Tensor) -> float:
        """The least time of some steps."""
        size = self.spec.batch_size
        times: list[float] = []
        for start in range(0, TRIAL_STEPS * size, size):
            began = time.perf_counter()
            self.run_step(images[start : start + size], classes[start : start + size])
            times.append(time.perf_counter() - began)
        return min(times)

    @torch.no_grad()
    def compute_accuracy(self, images: torch.Tensor, classes: torch.Tensor) -> float:
        """The share of pictures that are right."""
        self.net.eval()
        right = [
            int((self.net(self.scale(some)).argmax(1) == own).sum())
            for some, own in zip(images.split(512), classes.split(512), strict=True)
        ]
        return sum(right) / len(images)


def create_torch_net(net: NeuralNet) -> torch.nn.Sequential:
    """The same net, with the same weights."""
    image = net.net_inputs.image
    channels, height, width = image.shape
    modules: list[torch.nn.Module] = []
    values = 0
    for placed in net.placed:
        layer, own = placed.layer, placed.cut_parameters(net.parameters)
        if isinstance(layer, Conv):
            module = torch.nn.Conv2d(channels, layer.filters, layer.kernel, padding="same")
            copy_weights(module, own["weights"].transpose(3, 2, 0, 1), own["bias"])
            modules += [module, torch.nn.ReLU()]
            channels = layer.filters
        elif isinstance(layer, Pool):
            size = height if layer.size == "global" else layer.size
            modules.append(torch.nn.MaxPool2d(size) if layer.kind == "max" else torch.nn.AvgPool2d(size))
            height, width = height // size, width // size
        elif isinstance(layer, Norm):
            module = torch.nn.GroupNorm(1, channels)
            copy_weights(module, own["gain"], own["shift"])
            modules.append(module)
        elif isinstance(layer, Dropout):
            modules.append(torch.nn.Dropout(layer.rate))
        elif isinstance(layer, Dense):
            if not values:
                modules.append(torch.nn.Flatten())
                values = channels * height * width
            module = torch.nn.Linear(values, layer.units)
            copy_weights(module, own["weights"].T, own["bias"])
            modules += [module, *([] if layer.activation == "linear" else [torch.nn.ReLU()])]
            values = layer.units
        else:
            raise SystemExit(f"The default layers have one that this benchmark does not know: {layer.type}.")
    return torch.nn.Sequential(*modules)


def copy_weights(
    module: torch.nn.Conv2d | torch.nn.Linear | torch.nn.GroupNorm, weights: NDArray, bias: NDArray
) -> None:
    """Copy them."""
    with torch.no_grad():
        module.weight.copy_(torch.from_numpy(weights.copy()))
        module.bias.copy_(torch.from_numpy(bias.copy()))


def race(spec: TrainingSpec, parts: list[ArrayDataset], image: ImageInput) -> dict[str, list[EpochResult]]:
    """Let both train in turns, epoch by epoch, and print; the seconds and accuracies of each epoch."""
    net, other = (NeuralNet(NetInputs(0, image=image), spec.layers, len(CLASSES), seed=spec.seed) for _ in range(2))
    print(f"{net.parameter_count:,} parameters: {describe_layers(spec)}; {spec.epochs} epochs of {len(parts[0]):,}\n")
    print(f"| epoch | Gradus: seconds | test | PyTorch: seconds | test |\n|{' --- |' * 5}")
    found: dict[str, list[EpochResult]] = {"Gradus": [], "PyTorch": []}
    turns = zip(train_gradus(spec, net, parts), train_torch(spec, other, parts), strict=True)
    for epoch, results in enumerate(turns, start=1):
        for mine, result in zip(found.values(), results, strict=True):
            mine.append(result)
        cells = " | ".join(f"{seconds:.1f} | {test:.4f}" for seconds, _, test in results)
        print(f"| {epoch} | {cells} |", flush=True)
    return found


def describe_layers(spec: TrainingSpec) -> str:
    """The hidden layers, in words."""
    sizes = {"conv": "filters", "dense": "units", "dropout": "rate"}
    return ", ".join(f"{each.type} {getattr(each, sizes.get(each.type, ''), '')}".strip() for each in spec.layers)


def judge(name: str, epochs: list[EpochResult]) -> tuple[float, float, float]:
    """Print a contestant's figures: test accuracy of the epoch that validates best, seconds, and those to the bar."""
    best = max(range(len(epochs)), key=lambda place: epochs[place][1])
    seconds = np.cumsum([each[0] for each in epochs])
    reached = next((float(at) for at, each in zip(seconds, epochs, strict=True) if each[2] >= MIN_ACCURACY), math.inf)
    times = f"{seconds[-1]:.0f} s, {reached:.0f} s to {MIN_ACCURACY}"
    print(f"{name}: {epochs[best][2]:.4f} right of 10,000 (epoch {best + 1}), {times}")
    return epochs[best][2], float(seconds[-1]), reached


def main() -> int:
    """Read, race, judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="a folder of the four files, packed by gzip")
    parser.add_argument("--pictures", type=int, default=60_000, help="fewer are a trial, and no bar is judged")
    parser.add_argument("--epochs", type=int, help="other than the default are a trial, too")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    folder = options.data or download_pictures()
    if folder is None:
        print(f"Skipped: apt-get cannot download {PACKAGE} here. Name a folder of its files: --data FOLDER")
        return 0
    learned, test = (read_pictures(folder, part) for part in ("train", "t10k"))
    learned = learned.take(np.arange(options.pictures))
    chosen = choose_image_training(options.pictures, side=28, directed=True)
    is_trial = options.pictures < 60_000 or options.epochs is not None
    spec = TrainingSpec(**{**chosen, "epochs": options.epochs or chosen["epochs"]}, seed=options.seed)
    split = split_rows(learned.classes, validation=spec.split.validation, test=0.0, seed=spec.seed)
    parts = [each.to_dataset() for each in (learned.take(split.train), learned.take(split.validation), test)]
    shares = np.bincount(parts[0].images.reshape(-1), minlength=256) / parts[0].images.size
    mean = float(shares @ np.arange(256)) / 255
    deviation = float(shares @ (np.arange(256) / 255 - mean) ** 2) ** 0.5
    found = race(spec, parts, ImageInput((1, 28, 28), (mean,), (deviation,)))
    print()
    (accuracy, seconds, reached), (_, _, theirs) = (judge(name, epochs) for name, epochs in found.items())
    ratio = statistics.median(b[0] / a[0] for a, b in zip(*found.values(), strict=True))
    workers = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        f"An epoch of Gradus is {ratio:.2f} times as fast (median); its second process took {workers.ru_utime:.0f} s."
    )
    bars = {
        f"accuracy {accuracy:.4f}, at least {MIN_ACCURACY}": accuracy >= MIN_ACCURACY,
        f"{seconds:.0f} s, at most {MAX_SECONDS:.0f}": seconds <= MAX_SECONDS,
        f"{reached:.0f} s to {MIN_ACCURACY}, PyTorch {theirs:.0f} s": reached < theirs,
    }
    print("\n".join(f"{'holds' if holds else 'MISSED'}: {bar}" for bar, holds in bars.items()))
    return int(not is_trial and not all(bars.values()))


if __name__ == "__main__":
    sys.exit(main())
