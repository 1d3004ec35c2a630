"""Statistics of the training data: rows, classes, how well single columns predict the target, columns of row numbers.

They are computed once, before training, within milliseconds, and many problems of a training show in them already.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from learning.data.arrays import ArrayDataset
from learning.data.prepare import PreparedData
from learning.data.term_matrix import find_frequent_terms, write_term_matrix
from learning.encoding.eligibility import is_id_name
from learning.encoding.table import TableEncoder
from learning.frame import Frame
from learning.insight.baselines import evenly_spaced_rows
from learning.insight.related_rows import find_related_rows
from learning.insight.target_outlier import find_target_outlier
from learning.training.trainer import Trainer

MAX_ROWS: Final = 1024
MAX_COLUMNS: Final = 256
MAX_TARGET_CELLS: Final = 2**16
MAX_COLUMN_INPUTS: Final = 64
"""Bounds of the cost: rows, columns, target values (rows times classes), inputs of a column."""

MAX_STRENGTHS: Final = 10
BINS: Final = 10
MIN_ROWS: Final = 20
MIN_ID_ROWS: Final = 20


@dataclass(frozen=True, kw_only=True)
class DatasetStats:
    """Statistics of the prepared rows before training.

    Attributes:
        train, validation, test: Numbers of rows.
        guess_loss: The job's loss of the best constant prediction on training rows.
        columns: The columns that are inputs.
        classes: Training rows of each class; none for regression.
        strengths: The share of the target that each of the strongest columns explains alone, strongest first.
        ids: Numeric columns that only number the rows.
        target_outlier: The figures of a `TargetOutlier`, if a number is predicted and one value of it is too far.
        related_rows: The figures of `RelatedRows` among the first rows; None where they were not looked at.
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
    target_outlier: Mapping[str, float] | None = None
    related_rows: Mapping[str, Any] | None = None


def compute_dataset_stats(
    prepared: PreparedData,
    trainer: Trainer,
    profile: Iterable[Mapping[str, Any]],
    rows: int,
    first_rows: Frame | None = None,
) -> DatasetStats:
    """The statistics, given the profiles of the table's columns, its number of rows and the first of them."""
    train = prepared.train
    if not isinstance(prepared.inputs, TableEncoder):
        return DatasetStats(
            train=len(train),
            validation=len(prepared.validation),
            test=len(prepared.test),
            inputs=train.width,
            parameters=trainer.net.parameter_count,
            guess_loss=_constant_loss(trainer, train),
            columns=tuple([column.name for column in prepared.inputs.describe()]),
            classes={},
            strengths={},
            ids=(),
        )
    profiles = {column["name"]: column for column in profile}
    used = tuple([encoder.name for encoder in prepared.inputs.columns])
    output = prepared.output
    counts = output.count_labels(train.y)
    related, relations = None, None
    if first_rows is not None:
        target, *others = prepared.targets  # of several the first stands for all
        frame = Frame({name: first_rows[name] for name in first_rows if name not in others}, first_rows.rows)
        found, numbers = find_related_rows(frame, target, prepared.rows, are_classes=bool(counts))
        train_rows = prepared.rows.train
        related, relations = asdict(found), np.full(len(train_rows), -1, np.int64)
        among_first = train_rows < first_rows.rows
        relations[among_first] = numbers[train_rows[among_first]]
    strengths = sorted(column_strengths(prepared.inputs, train, relations), key=lambda item: -item[1])[:MAX_STRENGTHS]
    return DatasetStats(
        train=len(train),
        validation=len(prepared.validation),
        test=len(prepared.test),
        inputs=trainer.net.inputs,
        parameters=trainer.net.parameter_count,
        guess_loss=_constant_loss(trainer, train),
        columns=used,
        classes=counts,
        strengths=dict(strengths),
        related_rows=related,
        target_outlier=None if counts else _find_first_outlier([profiles.get(name) for name in prepared.targets], rows),
        ids=tuple(
            [column["name"] for column in profiles.values() if column["name"] in used and is_row_number(column, rows)]
        ),
    )


def _find_first_outlier(targets: Iterable[Mapping[str, Any] | None], rows: int) -> Mapping[str, float] | None:
    found = [find_target_outlier(target, rows) for target in targets if target is not None]
    return next((asdict(outlier) for outlier in found if outlier is not None), None)


def is_row_number(column: Mapping[str, Any], rows: int) -> bool:
    """Whether a column, given its profile, only numbers the rows.

    Its values are whole and distinct, and it is named like an id or they fill nine tenths of its range.
    """
    low, high, distinct = column.get("min"), column.get("max"), column.get("distinct")
    if column["type"] != "numeric" or not isinstance(low, float) or not isinstance(high, float):
        return False
    if rows < MIN_ID_ROWS or distinct != rows or low % 1 or high % 1:
        return False
    return is_id_name(column["name"]) or rows >= 0.9 * (high - low + 1)


def column_strengths(
    inputs: TableEncoder, data: ArrayDataset, relations: NDArray[np.int64] | None = None
) -> Iterator[tuple[str, float]]:
    """The share of the target that each column explains alone, fitted to every other row and measured on the rest.

    Rows of the same number from 0 on in `relations` (rows,), copies or groups, are all fitted to or all measured on.

    It is R² of a number, or the share of a constant prediction's errors avoided of a class, by the best of a linear
    model, the mean of a bin, and linear interpolation.
    """
    max_rows = min(MAX_ROWS, MAX_TARGET_CELLS // max(len(data.target.labels), 1))
    rows = evenly_spaced_rows(len(data), max_rows)
    data = data.take(rows)
    if len(data) < MIN_ROWS:
        return
    y = data.target.spread(data.y)
    learn, check = _halve(len(data), None if relations is None else relations[rows])
    if not (len(y[learn]) and len(y[check])):
        return
    guess = y[learn].mean(axis=0)
    embedded, texts = [encoder.name for encoder in inputs.id_encoders], inputs.slots_by_column
    for name, slots in islice(inputs.output_columns().items(), MAX_COLUMNS):
        places = np.setdiff1d(slots, inputs.bins)
        if data.ids is not None and name in embedded:
            ids = data.ids[:, embedded.index(name)]
            yield name, data.target.explained_share(_predict_by_id(ids[learn], y[learn], ids[check]), y[check], guess)
            continue
        if data.terms is not None and name in texts:
            terms = data.terms[:, texts[name]]
            matrix = write_term_matrix(terms, find_frequent_terms(terms[learn], MAX_COLUMN_INPUTS)).astype(np.float64)
            fitted = _predict_linear(matrix[learn], y[learn], matrix[check])
            yield name, data.target.explained_share(fitted, y[check], guess)
            continue
        if not len(places):  # a picture says nothing that a line through its pixels could
            continue
        x = data.x[:, places[:MAX_COLUMN_INPUTS]].astype(np.float64)
        predictions = [_predict_linear(x[learn], y[learn], x[check])]
        if len(places) <= 2:  # a number, perhaps with a flag
            predictions.append(_predict_binned(x[learn, 0], y[learn], x[check, 0]))
            predictions.append(_predict_interpolated(x[learn, 0], y[learn], x[check, 0]))
        yield name, max(data.target.explained_share(each, y[check], guess) for each in predictions)


def _halve(
    rows: int, relations: NDArray[np.int64] | None
) -> tuple[slice, slice] | tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Two halves of rows: every other one, but related rows in the same half."""
    if relations is None or (relations < 0).all():
        return slice(0, None, 2), slice(1, None, 2)
    numbers = np.unique(np.where(relations < 0, -1 - np.arange(rows), relations), return_inverse=True)[1]
    return np.flatnonzero(numbers % 2 == 0), np.flatnonzero(numbers % 2 == 1)


def _predict_linear(x: NDArray[np.float64], y: NDArray[np.float64], new: NDArray[np.float64]) -> NDArray[np.float64]:
    """Least squares of y (rows, outputs) on x (rows, inputs), at new rows."""
    x, new = (np.hstack([part, np.ones((len(part), 1))]) for part in (x, new))
    return new @ (np.linalg.inv(x.T @ x + 1e-3 * np.eye(x.shape[1])) @ (x.T @ y))


def _predict_by_id(ids: NDArray[np.int32], y: NDArray[np.float64], new: NDArray[np.int32]) -> NDArray[np.float64]:
    """The mean y (rows, outputs) of the rows with each new row's id, and one more with the mean of all."""
    known, places = np.unique(np.concatenate((ids, new)), return_inverse=True)
    sums, counts = np.zeros((len(known), y.shape[1])), np.ones(len(known))
    np.add.at(sums, places[: len(ids)], y)
    np.add.at(counts, places[: len(ids)], 1)
    return ((sums + y.mean(axis=0)) / counts[:, None])[places[len(ids) :]]


def _predict_binned(x: NDArray[np.float64], y: NDArray[np.float64], new: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean y (rows, outputs) of the quantile bin of x (rows,) that a new value falls into."""
    edges = np.unique(np.sort(x)[np.linspace(0, len(x) - 1, BINS + 1).astype(np.intp)[1:]])
    rows = np.eye(len(edges) + 1)[np.searchsorted(edges, x)]
    means = (rows.T @ y + y.mean(axis=0)) / (rows.sum(axis=0)[:, None] + 1)  # the mean of all where a bin is empty
    return means[np.searchsorted(edges, new)]


def _predict_interpolated(
    x: NDArray[np.float64], y: NDArray[np.float64], new: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Linear interpolation of y (rows, outputs) between the nearest x (rows,) below and above."""
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order]
    above = np.clip(np.searchsorted(x, new), 1, len(x) - 1)
    span = x[above] - x[above - 1]
    part = np.clip((new - x[above - 1]) / np.where(span > 0, span, 1), 0, 1)[:, None]
    return y[above - 1] * (1 - part) + y[above] * part


def _constant_loss(trainer: Trainer, train: ArrayDataset) -> float:
    """The mean loss of the best constant prediction on training rows, with their weights."""
    rows = np.linspace(0, len(train) - 1, min(len(train), MAX_ROWS)).astype(np.intp)
    targets, weights = trainer.rows.targets[rows], trainer.rows.weights
    weights = None if weights is None else weights[rows]
    constant = train.target.constant_logits(train.y[rows], None if weights is None else weights[:, 0])
    logits = np.broadcast_to(constant, (len(rows), len(constant)))
    return trainer.loss.total(logits, targets, weights) / len(rows)
