"""Gradient-boosted trees as a baseline, by scikit-learn, which is an extra: often the best tool for a table.

They are bounded in rows, columns and trees, and use no random numbers, so the same rows always give the same metrics.
"""

from collections.abc import Iterator
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from learning.data.arrays import ArrayDataset
from learning.encoding.table import TableEncoder
from learning.insight.baselines import evenly_spaced_rows
from learning.insight.tree_inputs import MAX_COLUMNS, TreeInputs, choose_tree_columns, find_tree_terms, make_tree_inputs
from learning.tasks.classification import ClassTarget
from learning.tasks.regression import RegressionTarget
from learning.tasks.task import Target

MIN_TRAIN_ROWS: Final = 100
"""Of fewer rows there are hardly trees: each leaf has 20."""

MAX_CELLS: Final = 2**20
MAX_OUTPUTS_OF_ALL_CELLS: Final = 4
"""The most cells that trees learn from, and of how many classes or numbers; of more there are fewer, in proportion."""

MAX_READ_CELLS: Final = 2**24
"""The most encoded cells of the rows to learn from."""

MAX_OUTPUTS: Final = 30
"""Of more classes or numbers, each of which has trees of its own, there are too many trees."""

ITERATIONS: Final = 100
"""As is scikit-learn's default, with its learning rate of 0.1."""

ITERATIONS_OF_MANY_OUTPUTS: Final = 50
"""Of more than five classes or numbers there are so many, at twice the rate."""

PARTS: Final = 5
PARTS_OF_MANY_OUTPUTS: Final = 3
"""Into so many parts folds are joined, each of which is predicted by trees that learned from the others."""

MIN_PROBABILITY: Final = 1e-6


class Folds(NamedTuple):
    """The fold of each training row, and of each row to measure on, which are some of these (rows,)."""

    train: NDArray[np.integer]
    measured: NDArray[np.integer]


class TreePredictions(NamedTuple):
    """The logits of boosted trees (rows, outputs), and what they did not learn from, a sentence or nothing."""

    logits: NDArray[np.float64]
    note: str | None


class Part(NamedTuple):
    """Rows that trees learn from and rows that they predict, by their numbers (rows,)."""

    train: NDArray[np.intp]
    measured: NDArray[np.intp]


def is_installed() -> bool:
    """Whether scikit-learn is installed."""
    return find_spec("sklearn") is not None


class BoostedTrees:
    """Boosted trees beside a net: fitted when rows to measure on are first asked for, and kept for others.

    Args:
        encoder: The encoder of the rows.
        train: The training rows.
    """

    def __init__(self, encoder: TableEncoder, train: ArrayDataset) -> None:
        self.encoder = encoder
        self.train = train

    def predict(self, measured: ArrayDataset, folds: Folds | None = None) -> TreePredictions | None:
        """Predict rows that a net is measured on.

        Args:
            measured: The rows to predict, at least one.
            folds: Given where these are among the training rows: then each is predicted by trees that learned from
                others.

        Returns:
            None of rows that see pictures, of too few rows, or of too many classes or numbers.

        Raises:
            ImportError: scikit-learn is not installed.
        """
        encoder, train = self.encoder, self.train
        target = train.target
        if not isinstance(target, ClassTarget | RegressionTarget) or target.outputs > MAX_OUTPUTS:
            return None
        if encoder.picture is not None or len(train) < MIN_TRAIN_ROWS:
            return None
        if folds is None:
            return TreePredictions(self._of_all_rows.predict(encoder, measured), self._of_all_rows.note or None)
        logits, notes = np.empty((len(measured), target.outputs)), list[str]()
        for part in _divide(folds, target.outputs):
            trees = _fit(encoder, train, part.train)
            logits[part.measured] = trees.predict(encoder, measured.take(part.measured))
            notes.append(trees.note)
        return TreePredictions(logits, notes[0] or None)

    @cached_property
    def _of_all_rows(self) -> "_TreeModel":
        return _fit(self.encoder, self.train, np.arange(len(self.train)))


class _TreeModel(NamedTuple):
    """Trees that learned, the terms and columns that they know, and what they left out."""

    target: Target
    ensembles: list[Any]
    """One that tells classes apart, or one for each number and quantile; none where there is one class."""
    classes: NDArray[np.intp]
    terms: NDArray[np.int32]
    columns: NDArray[np.intp]
    note: str

    def predict(self, encoder: TableEncoder, rows: ArrayDataset) -> NDArray[np.float64]:
        """The logits (rows, outputs)."""
        asked = make_tree_inputs(encoder, rows, self.terms).take_columns(self.columns).values
        if not isinstance(self.target, ClassTarget):
            return np.stack([trees.predict(asked) for trees in self.ensembles], axis=1)
        probabilities = np.full((len(asked), len(self.target.classes)), MIN_PROBABILITY)
        probabilities[:, self.classes] = 1
        for trees in self.ensembles:
            probabilities[:, self.classes] = np.maximum(trees.predict_proba(asked), MIN_PROBABILITY)
        logs = np.log(probabilities)
        return logs if self.target.outputs > 1 else logs[:, 1:] - logs[:, :1]


def _divide(folds: Folds, outputs: int) -> Iterator[Part]:
    """The parts of the rows to measure on, each with the training rows of other folds."""
    numbers = np.unique(folds.train)
    count = min(PARTS if outputs == 1 else PARTS_OF_MANY_OUTPUTS, len(numbers))
    own, asked = (np.searchsorted(numbers, each) % count for each in folds)
    for part in range(count):
        yield Part(np.flatnonzero(own != part), np.flatnonzero(asked == part))


def _fit(encoder: TableEncoder, train: ArrayDataset, rows: NDArray[np.intp]) -> _TreeModel:
    """Trees that learned from these training rows."""
    no_terms = np.arange(0 if train.terms is None else MAX_COLUMNS, dtype=np.int32)
    width = min(max(make_tree_inputs(encoder, train.take(rows[:1]), no_terms).values.shape[1], 1), MAX_COLUMNS)
    cells = MAX_CELLS * MAX_OUTPUTS_OF_ALL_CELLS // max(train.outputs, MAX_OUTPUTS_OF_ALL_CELLS)
    most = min(cells // width, MAX_READ_CELLS // max(train.width, 1))
    some = rows[evenly_spaced_rows(len(rows), max(most, MIN_TRAIN_ROWS))]
    known = train.take(some)
    terms = find_tree_terms(known)
    inputs = make_tree_inputs(encoder, known, terms)
    columns = choose_tree_columns(inputs, known.target.spread(known.y))
    note = ""
    if len(some) < len(rows):
        note = f"Learned from {len(some):,} of {len(rows):,} training rows."
    if len(columns) < inputs.values.shape[1]:
        of = f"{len(columns):,} of {inputs.values.shape[1]:,} columns, those that go with the target most."
        note = f"{note[:-1]}, and from {of}" if note else f"Learned from {of}"
    target, inputs = known.target, inputs.take_columns(columns)
    if isinstance(target, ClassTarget):
        classes: NDArray[np.intp] = np.unique(known.y)
        trees = _create_trees(inputs, "classifier", len(classes) if len(classes) > 2 else 1)
        ensembles = [trees.fit(inputs.values, known.y, known.weights)] if len(classes) > 1 else []
    else:
        classes = np.empty(0, np.intp)
        losses = [{"loss": "quantile", "quantile": quantile} for quantile in target.quantiles] or [{}]
        ensembles = [
            _create_trees(inputs, "regressor", target.outputs, **loss).fit(inputs.values, number, known.weights)
            for number in known.y.astype(np.float64).T
            for loss in losses
        ]
    return _TreeModel(target, ensembles, classes, terms, columns, note)


def _create_trees(inputs: TreeInputs, kind: str, outputs: int, **options: Any) -> Any:
    """Boosted trees of scikit-learn, one set of them for each of so many outputs."""
    ensemble: Any = import_module("sklearn.ensemble")  # an extra, which takes a second
    iterations = ITERATIONS if outputs <= 5 else ITERATIONS_OF_MANY_OUTPUTS
    create = ensemble.HistGradientBoostingClassifier if kind == "classifier" else ensemble.HistGradientBoostingRegressor
    return create(
        max_iter=iterations,
        learning_rate=10 / iterations,
        categorical_features=inputs.is_category,
        early_stopping=False,
        random_state=0,
        **options,
    )
