"""Classes as targets: how they are read from their column, and predictions of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning.frame import Frame, NumericColumn, Table
from learning.tasks.labels import check_no_dates, encode_labels, infer_classes, read_labels
from learning.tasks.predictions import Predictions
from learning.tasks.reader import TargetReader, Values
from learning.tasks.task_guess import TaskName


@dataclass(frozen=True)
class ClassReader(TargetReader):
    """Reads the class number of each row, -1 where it is missing; `labels` are the classes that occur."""

    names: tuple[str, ...]
    labels: tuple[str, ...]
    labelled_rows: int
    task: TaskName = "classification"

    @classmethod
    def infer(cls, table: Table, name: str) -> "ClassReader":
        """A reader of all labels of a column.

        Raises:
            ImpossibleTarget: these are dates, fewer than two labels, or too many to be classes.
        """
        numeric = False
        counts: Counter[str] = Counter()
        for frame in table.chunks([name]):
            column = frame.column(name)
            check_no_dates(name, column)
            numeric = isinstance(column, NumericColumn)
            codes, labels = read_labels(column)
            label_counts = np.bincount(codes[codes >= 0], minlength=len(labels)).tolist()
            counts.update(dict(zip(labels, label_counts, strict=True)))
        return cls((name,), infer_classes(name, counts, numeric=numeric), counts.total())

    def read_values(self, frame: Frame) -> NDArray[np.int64]:
        """The class number of each row of a frame (rows,), -1 where it is missing."""
        return encode_labels(*read_labels(frame.column(self.names[0])), self.labels)

    def strata(self, values: Values) -> NDArray[np.int64]:
        """The class of each row (rows,)."""
        return values.astype(np.int64, copy=False)

    def find_learned(self, train_values: Values) -> NDArray[np.bool_]:
        """Which classes have a training row (classes,)."""
        return np.bincount(train_values.astype(np.int64, copy=False), minlength=len(self.labels)) > 0


@dataclass(frozen=True)
class ClassPredictions(Predictions):
    """The probability of each class, float64 (rows, classes), each row with the sum 1."""

    @property
    def columns(self) -> tuple[str, ...]:
        """A column for the probability of each class."""
        return tuple([f"probability_{label}" for label in self.labels])

    @property
    def bound_columns(self) -> tuple[str, ...]:
        """A column for each class, whether it is in the set."""
        return tuple([f"in_set_{label}" for label in self.labels])

    def describe_bounds(self, bounds: Sequence[Any]) -> dict[str, Any]:
        """`{"set": ["no", "yes"]}`: the classes in the set, in the order of all classes."""
        return {"set": [label for label, is_in in zip(self.labels, bounds, strict=True) if is_in]}

    @cached_property
    def choices(self) -> NDArray[np.intp]:
        """The most probable class of each row (rows,)."""
        return self.numbers.argmax(axis=1)

    def describe_row(self, choice: int, numbers: Sequence[Any]) -> dict[str, Any]:
        """`{"label": "no", "probabilities": {"no": 0.93, "yes": 0.07}}`."""
        return {"label": self.labels[choice], "probabilities": dict(zip(self.labels, numbers, strict=True))}

    def list_rows(self) -> list[dict[str, Any]]:
        """The prediction of each row as JSON; faster for few rows than to find all choices first."""
        rows: list[list[float]] = self.numbers.tolist()
        return [self.describe_row(row.index(max(row)), row) for row in rows]

    def list_predicted(self, column: int = 0) -> list[str]:
        """The most probable class of each row."""
        return [self.labels[number] for number in self.choices.tolist()]
