"""Strengths of columns: the share of the target that each explains alone, by models of one column.

Before any net is trained they tell which columns are worth a look, and which knows the target too well.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from learning.data.arrays import ArrayDataset
from learning.data.prepare import prepare
from learning.data.split_spec import SplitSpec
from learning.data.term_matrix import find_frequent_terms, write_term_matrix
from learning.encoding.table import TableEncoder
from learning.frame import Frame
from learning.insight.baselines import evenly_spaced_rows

MAX_ROWS: Final = 1024
MAX_COLUMNS: Final = 256
MAX_TARGET_CELLS: Final = 2**16
MAX_COLUMN_INPUTS: Final = 64
"""Bounds of the cost: rows, columns, target values (rows times classes), inputs of a column."""

BINS: Final = 10
MIN_ROWS: Final = 20


def measure_frame(
    frame: Frame,
    target: str,
    features: Sequence[str],
    task: Literal["auto", "regression", "classification"],
    max_columns: int,
) -> dict[str, float]:
    """The strengths of columns of a frame whose rows are a sample of a table; none of those that tell no rows apart.

    Raises:
        LearningError: the target cannot be predicted from these rows, or by no column.
    """
    whole = SplitSpec(validation=0.0)
    prepared = prepare(frame, target=target, features=features, task=task, split=whole)
    if not isinstance(prepared.inputs, TableEncoder):
        return {}
    return dict(column_strengths(prepared.inputs, prepared.train, max_columns=max_columns))


def column_strengths(
    inputs: TableEncoder,
    data: ArrayDataset,
    relations: NDArray[np.int64] | None = None,
    *,
    max_columns: int = MAX_COLUMNS,
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
    for name, slots in islice(inputs.output_columns().items(), max_columns):
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
