"""The cases that training is timed on: rows of a given shape, a net, a batch size, and the bars that Gradus must reach.

All contestants make the same rows from the same seed, so that nothing has to be carried between their processes.
"""

from dataclasses import dataclass

import numpy as np

RIVALS = ("scikit-learn", "PyTorch, by hand", "PyTorch, DataLoader")


@dataclass(frozen=True)
class Case:
    """A training to measure.

    Attributes:
        name: How it is called on the command line and in the table.
        rows: How many rows there are to learn from.
        width: How many numbers describe a row.
        hidden: How many neurons each hidden layer has.
        classes: How many classes there are; 0 for a number.
        batch_size: How many rows each step looks at.
        epochs: How many epochs a turn trains.
        min_roofline: The least share of the roofline: seconds of the bare matrix products, of the seconds of training.
        min_torch_ratio: How many times as fast as PyTorch's hand-written loop, on the same cores, training must be.
    """

    name: str
    rows: int
    width: int
    hidden: tuple[int, ...]
    classes: int
    batch_size: int
    epochs: int
    min_roofline: float
    min_torch_ratio: float

    @property
    def outputs(self) -> int:
        """The number of outputs of the net."""
        return self.classes if self.classes > 2 else 1


CASES = {
    case.name: case
    for case in (
        Case("small-64", 100_000, 28, (64, 64), 2, 64, 3, 0.33, 6),
        Case("small-256", 100_000, 28, (64, 64), 2, 256, 4, 0.42, 3),
        Case("small-1024", 100_000, 28, (64, 64), 2, 1024, 4, 0.42, 1.6),
        Case("numbers-32", 20_640, 8, (64, 64), 0, 32, 6, 0.28, 8),
        Case("digits-64", 60_000, 784, (128,), 10, 64, 2, 0.28, 1.4),
        Case("digits-128", 60_000, 784, (512, 512), 10, 128, 1, 0.55, 1.0),
        Case("wide-1024", 500_000, 28, (300, 300, 300), 2, 1024, 1, 0.75, 1.0),
    )
}


def rows(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """Make rows (rows, width), and for each a class number or a number, that a net can learn, but not perfectly."""
    random = np.random.default_rng(0)
    x = random.standard_normal((case.rows, case.width), np.float32)
    scores = np.sin(x[:, :4]).sum(axis=1) + x[:, 4] * x[:, 5] + 0.5 * random.standard_normal(case.rows, np.float32)
    if not case.classes:
        return x, ((scores - scores.mean()) / scores.std()).astype(np.float32)
    borders = np.quantile(scores, np.arange(1, case.classes) / case.classes)
    return x, np.searchsorted(borders, scores).astype(np.int64)
