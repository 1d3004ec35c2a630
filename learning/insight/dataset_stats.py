"""Facts of what a net is to learn from: how many rows, which classes, and what single columns already tell.

They are found once, before training, in next to no time, and much of what goes wrong later is seen in them already.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from learning.data.arrays import ArrayDataset
from learning.data.prepare import PreparedData
from learning.encoding.eligibility import is_id_name
from learning.encoding.table import TableEncoder
from learning.encoding.targets import ClassTarget
from learning.insight.baselines import subsample
from learning.training.trainer import Trainer

MAX_ROWS: Final = 1024
MAX_COLUMNS: Final = 256
MAX_TARGET_CELLS: Final = 2**16
MAX_COLUMN_INPUTS: Final = 64
"""No more rows, columns, answers (rows times classes) and inputs of a column are looked at."""

MAX_STRENGTHS: Final = 10
"""Of so many columns it is kept how much they tell by themselves."""

BINS: Final = 10
MIN_ROWS: Final = 20
MIN_ID_ROWS: Final = 20


@dataclass(frozen=True, kw_only=True)
class DatasetStats:
    """What is known before training.

    Attributes:
        train, validation, test: How many rows there are of each.
        inputs: How many numbers a row becomes.
        parameters: How many weights and biases the net has.
        guess_loss: The job's loss of a net that says the same of every training row.
        columns: The columns that are learned from.
        classes: How many training rows there are of each class; none for regression.
        strengths: How much the strongest columns tell of the target each by itself, strongest first: 0 for no more than
            guessing, 1 for all of it.
        ids: Columns of numbers that only seem to number the rows.
    """

    train: int
    validation: int
    test: int
    inputs: int
    parameters: int
    guess_loss: float
    columns: Sequence[str]
    classes: Mapping[str, int]
    strengths: Mapping[str, float]
    ids: Sequence[str]


def compute_dataset_stats(
    prepared: PreparedData, trainer: Trainer, profile: Iterable[Mapping[str, Any]], rows: int
) -> DatasetStats:
    """Find the facts of what a trainer is about to learn, given the profiles of the table's columns and its rows."""
    used = tuple([encoder.name for encoder in prepared.inputs.columns])
    output, train = prepared.output, prepared.train
    counts: dict[str, int] = {}
    if isinstance(output, ClassTarget):
        found = np.bincount(train.y.astype(np.intp), minlength=len(output.classes)).tolist()
        counts = dict(zip(output.classes, found, strict=True))
    strong = sorted(column_strengths(prepared.inputs, train), key=lambda item: -item[1])[:MAX_STRENGTHS]
    return DatasetStats(
        train=len(train),
        validation=len(prepared.validation),
        test=len(prepared.test),
        inputs=train.width,
        parameters=trainer.net.parameter_count,
        guess_loss=_constant_loss(trainer, train),
        columns=used,
        classes=counts,
        strengths=dict(strong),
        ids=tuple([column["name"] for column in profile if column["name"] in used and is_row_number(column, rows)]),
    )


def is_row_number(column: Mapping[str, Any], rows: int) -> bool:
    """Whether a column, given its profile, is one of whole numbers that only number the rows.

    They differ in every row, and either it is called like an id, or they fill nine tenths of the range from the least
    to the greatest.
    """
    low, high, distinct = column.get("min"), column.get("max"), column.get("distinct")
    if column["type"] != "numeric" or not isinstance(low, float) or not isinstance(high, float):
        return False
    if rows < MIN_ID_ROWS or distinct != rows or low % 1 or high % 1:
        return False
    return is_id_name(column["name"]) or rows >= 0.9 * (high - low + 1)


def column_strengths(inputs: TableEncoder, data: ArrayDataset) -> Iterator[tuple[str, float]]:
    """How much each column tells of the target by itself, learned from every other row and measured on the rest.

    It is the share of the variance of a number that is explained, or of the wrong guesses of a class that are avoided;
    by weighing the column's inputs, by the part of its range, or by the two nearest rows, whichever tells most.
    """
    data = subsample(data, min(MAX_ROWS, MAX_TARGET_CELLS // max(data.classes, 1)))
    if len(data) < MIN_ROWS:
        return
    y = np.eye(data.classes)[data.y.astype(np.intp)] if data.classes else data.y.astype(np.float64)
    learn, check = slice(0, None, 2), slice(1, None, 2)
    guess = y[learn].mean(axis=0)
    for name, places in islice(inputs.output_columns().items(), MAX_COLUMNS):
        x = data.x[:, places[:MAX_COLUMN_INPUTS]].astype(np.float64)
        said = [_predict_linear(x[learn], y[learn], x[check])]
        if len(places) <= 2:  # a number, perhaps with a flag
            said += [way(x[learn, 0], y[learn], x[check, 0]) for way in (_predict_binned, _predict_interpolated)]
        yield name, max(_explained_share(each, y[check], guess) for each in said)


def _predict_linear(x: NDArray[np.float64], y: NDArray[np.float64], asked: NDArray[np.float64]) -> NDArray[np.float64]:
    """What the sums of least squared error over x (rows, inputs) say, learned from y (rows, outputs)."""
    x, asked = (np.hstack([part, np.ones((len(part), 1))]) for part in (x, asked))
    return asked @ (np.linalg.inv(x.T @ x + 1e-3 * np.eye(x.shape[1])) @ (x.T @ y))


def _predict_binned(x: NDArray[np.float64], y: NDArray[np.float64], asked: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean y (rows, outputs) in each of up to PARTS parts of the range of x (rows,) with as many rows each."""
    edges = np.unique(np.sort(x)[np.linspace(0, len(x) - 1, BINS + 1).astype(np.intp)[1:]])
    rows = np.eye(len(edges) + 1)[np.searchsorted(edges, x)]
    means = (rows.T @ y + y.mean(axis=0)) / (rows.sum(axis=0)[:, None] + 1)  # a part without rows says the mean of all
    return means[np.searchsorted(edges, asked)]


def _predict_interpolated(
    x: NDArray[np.float64], y: NDArray[np.float64], asked: NDArray[np.float64]
) -> NDArray[np.float64]:
    """What lies on the straight line between the y (rows, outputs) of the nearest x (rows,) below and above."""
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order]
    above = np.clip(np.searchsorted(x, asked), 1, len(x) - 1)
    span = x[above] - x[above - 1]
    part = np.clip((asked - x[above - 1]) / np.where(span > 0, span, 1), 0, 1)[:, None]
    return y[above - 1] * (1 - part) + y[above] * part


def _explained_share(said: NDArray[np.float64], y: NDArray[np.float64], guess: NDArray[np.float64]) -> float:
    """How much better than always `guess` what was `said` is."""
    if y.shape[1] == 1:
        wrong, naive = float(np.square(y - said).sum()), float(np.square(y - guess).sum())
    else:
        right = y.argmax(axis=1)
        wrong = float((said.argmax(axis=1) != right).sum())
        naive = float((right != guess.argmax()).sum())
    return max(0.0, 1 - wrong / naive) if naive else 0.0


def _constant_loss(trainer: Trainer, train: ArrayDataset) -> float:
    """The mean loss of a net that says of every training row how they are on average."""
    rows = np.linspace(0, len(train) - 1, min(len(train), MAX_ROWS)).astype(np.intp)
    targets, weights = trainer.rows.targets[rows], trainer.rows.weights
    weights = None if weights is None else weights[rows]
    logits = np.zeros((len(rows), train.outputs))
    if train.classes:
        counts = np.bincount(
            train.y[rows].astype(np.intp),
            weights=None if weights is None else weights[:, 0],
            minlength=train.classes,
        )
        shares = np.log(counts + 0.5)
        logits += shares if train.outputs > 1 else shares[1] - shares[0]
    return trainer.loss.total(logits, targets, weights) / len(rows)
