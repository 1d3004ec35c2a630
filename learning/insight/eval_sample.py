"""Rows that are looked at, some of many, with what a net says of them: all that is found out about a net begins here.

How many rows there are may be anybody's guess; how long looking may take is not.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from learning.data.arrays import ArrayDataset
from learning.data.prepare import Encoding
from learning.encoding.target_type import TargetKind
from learning.encoding.targets import ClassTarget
from learning.frame import Frame
from learning.nn.losses import Loss, compute_probabilities, create_loss
from learning.nn.net import NeuralNet

SplitName = Literal["validation", "test", "train"]

MAX_ROWS: Final = 100_000
MAX_CELLS: Final = 2**24


@dataclass(frozen=True)
class EvalSample:
    """Some rows of a part of a table, and what a net says of them.

    Attributes:
        part: What the rows are for.
        places: Which rows of the part they are (rows,), ascending.
        data: The rows, encoded.
        logits: What the net says of them (rows, outputs).
    """

    split: SplitName
    indices: NDArray[np.intp]
    data: ArrayDataset
    logits: NDArray[np.floating]

    def __len__(self) -> int:
        return len(self.indices)

    @cached_property
    def losses(self) -> NDArray[np.float64]:
        """The loss of each row (rows,), as `plain_loss` counts it."""
        loss = reference_loss(self.data)
        values = loss.values(self.logits, loss.targets(self.data.y, self.logits.dtype))
        return np.nan_to_num(values.astype(np.float64))

    @cached_property
    def probabilities(self) -> NDArray[np.float64]:
        """The probability of each class (rows, classes); for classes only."""
        return compute_probabilities(self.logits)

    def subsample(self, max_rows: int) -> "EvalSample":
        """No more of these rows than so many, evenly spaced."""
        chosen = evenly_spaced(len(self), max_rows)
        data = replace(self.data, x=self.data.x[chosen], y=self.data.y[chosen])
        return EvalSample(self.split, self.indices[chosen], data, self.logits[chosen])


def draw_sample(net: NeuralNet, split: SplitName, data: ArrayDataset, max_rows: int = MAX_ROWS) -> EvalSample:
    """Look at some rows of a part, evenly spaced: no more than `most`, and no more than 16 million cells of them."""
    places = evenly_spaced(len(data), min(max_rows, MAX_ROWS, max(1, MAX_CELLS // max(data.width, 1))))
    if len(places) < len(data):
        data = replace(data, x=data.x[places], y=data.y[places])
    return EvalSample(split, places, data, net.forward(data.x))


def encode_labelled_rows(frame: Frame, target: str, encoding: Encoding) -> ArrayDataset:
    """The rows of a frame whose target is known, and is one that the encoding knows, encoded.

    Raises:
        UnusableColumn: if a column is not there, or is of another type than in training.
        ImpossibleTarget: if the target is of another type.
    """
    output = encoding.output
    aim = TargetKind(target, output.classes if isinstance(output, ClassTarget) else (), frame.rows)
    values = aim.read_values(frame)
    rows = np.flatnonzero(aim.strata(values) >= 0)
    x = encoding.inputs.encode(frame, rows)
    if isinstance(output, ClassTarget):
        return ArrayDataset(x, values[rows].astype(np.int64), classes=len(output.classes))
    return ArrayDataset(x, output.encode(values[rows].astype(np.float64)), mean=output.mean, scale=output.scale)


def evenly_spaced(rows: int, count: int) -> NDArray[np.intp]:
    """The numbers of no more than `most` of the rows, evenly spaced."""
    count = min(rows, count)
    return ((np.arange(count) + 0.5) * (rows / max(count, 1))).astype(np.intp)


def reference_loss(data: ArrayDataset) -> Loss:
    """What errors are counted by, whatever the net was trained with: cross-entropy, or the squared error.

    The latter is of the standardised target: 1 is a whole standard deviation of the training rows' targets.
    """
    return create_loss("auto", data.classes)
