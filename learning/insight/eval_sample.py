"""A sample of rows with a net's predictions, from which every insight is computed; bounded, so that their time is."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from learning.data.arrays import ArrayDataset
from learning.data.prepare import Encoding
from learning.frame import Frame
from learning.nn.losses import Loss
from learning.nn.net import NeuralNet
from learning.tasks.comparison import estimate_intervals
from learning.tasks.evaluation import Evaluation

SplitName = Literal["validation", "test", "train"]

MAX_ROWS: Final = 100_000
MAX_CELLS: Final = 2**24


@dataclass(frozen=True)
class EvalSample:
    """A sample of a split's encoded rows, with their indices in it (rows,), ascending, and logits (rows, outputs).

    The rows of `data` are the joined values of the net. With `are_trained` the indices are those of training rows, too.
    """

    split: SplitName
    indices: NDArray[np.intp]
    data: ArrayDataset
    logits: NDArray[np.floating]
    are_trained: bool = False

    def __len__(self) -> int:
        return len(self.indices)

    @cached_property
    def losses(self) -> NDArray[np.float64]:
        """The reference loss of each row (rows,)."""
        loss = reference_loss(self.data)
        values = loss.values(self.logits, loss.targets(self.data.y, self.logits.dtype))
        return np.nan_to_num(values.astype(np.float64))

    def evaluate(self, naive: NDArray[np.float64] | None) -> Evaluation:
        """The evaluation of at least one row; `naive` is what its target's `describe_naive` said of training rows."""
        data = self.data
        found = data.target.evaluate(self.logits, data.y, self.losses, data.weights, naive)
        influences = data.target.compute_influences(self.logits, data.y, data.weights)
        return replace(found, intervals=estimate_intervals(found.metrics, influences))

    def subsample(self, max_rows: int) -> "EvalSample":
        """At most this many of the rows, evenly spaced."""
        rows = evenly_spaced(len(self), max_rows)
        return EvalSample(self.split, self.indices[rows], self.data.take(rows), self.logits[rows], self.are_trained)


def draw_sample(net: NeuralNet, split: SplitName, data: ArrayDataset, max_rows: int = MAX_ROWS) -> EvalSample:
    """Predict rows of a split, evenly spaced: at most `max_rows`, and at most 16 million cells."""
    rows = choose_sample(net, len(data), max_rows)
    if len(rows) < len(data):
        data = data.take(rows)
    data = join_vectors(net, data)
    return EvalSample(split, rows, data, net.forward(*data.arrays), split == "train")


def choose_sample(net: NeuralNet, rows: int, max_rows: int = MAX_ROWS) -> NDArray[np.intp]:
    """The numbers of the rows that are sampled of so many, evenly spaced."""
    return evenly_spaced(rows, min(max_rows, MAX_ROWS, max(1, MAX_CELLS // max(net.inputs, 1))))


def join_vectors(net: NeuralNet, data: ArrayDataset) -> ArrayDataset:
    """The rows with the joined values of a net in place of ids, pictures and texts; the same rows if there are none."""
    if data.ids is None and data.images is None and data.terms is None:
        return data
    return replace(data, x=net.join(*data.arrays), ids=None, images=None, terms=None)


def encode_labelled_rows(frame: Frame, targets: tuple[str, ...], encoding: Encoding) -> ArrayDataset:
    """The rows of a frame that have all targets, as the encoding knows them, encoded.

    Raises:
        UnusableColumn: if a column is not there, or is of another type than in training.
        ImpossibleTarget: if the target is of another type.
    """
    reader = encoding.output.create_reader(targets, frame.rows)
    values = reader.read_values(frame)
    rows = np.flatnonzero(reader.strata(values) >= 0)
    x, ids, images, _, terms = encoding.inputs.encode_arrays(frame, rows=rows)
    x = x.astype(np.float32, copy=False)
    return ArrayDataset(x, encoding.output.encode(values[rows]), encoding.output, ids=ids, images=images, terms=terms)


def evenly_spaced(rows: int, count: int) -> NDArray[np.intp]:
    """At most `count` indices of rows, evenly spaced."""
    count = min(rows, count)
    return ((np.arange(count) + 0.5) * (rows / max(count, 1))).astype(np.intp)


def reference_loss(data: ArrayDataset) -> Loss:
    """Cross-entropy, or the squared error of the standardised target, whatever loss the net was trained with."""
    return data.target.create_loss("auto")
