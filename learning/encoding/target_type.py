"""What is to be learned of the target column: a number, or which of the classes that occur in it.

A table in pieces tells only when all of them were seen; after that each piece can be read by itself.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from learning.encoding.targets import Task, check_numbers, class_numbers, classes_among, labels_of, numbers_of, task_of
from learning.frame import Frame, NumericColumn, Table


@dataclass(frozen=True)
class Aim:
    """What is to be learned.

    Attributes:
        target: The name of the column.
        classes: The classes that occur in it; none if a number is learned.
        known: How many rows have a target.
    """

    target: str
    classes: tuple[str, ...]
    known: int

    def read(self, frame: Frame) -> NDArray[np.float64] | NDArray[np.int64]:
        """The target of each row of a frame (rows,): numbers with NaN where missing, or class numbers with -1."""
        column = frame.column(self.target)
        return class_numbers(*labels_of(column), self.classes) if self.classes else numbers_of(self.target, column)

    def strata(self, values: NDArray[np.float64] | NDArray[np.int64]) -> NDArray[np.int64]:
        """The stratum of each row (rows,), for what `read` says of it: its class, or 0; -1 where it has no target."""
        return values.astype(np.int64, copy=False) if self.classes else np.where(np.isnan(values), -1, 0)


def aim_of(table: Table, target: str, task: Literal["auto", "regression", "classification"]) -> Aim:
    """Find out what is to be learned of a column.

    Raises:
        UnusableColumn: if it is not there.
        ImpossibleTarget: if nothing can be learned of it.
    """
    chosen: Task = "classification"
    numeric, known, least, most = False, 0, np.nan, np.nan
    counts: Counter[str] = Counter()
    for frame in table.chunks([target]):
        column = frame.column(target)
        chosen, numeric = task_of(target, column, task), isinstance(column, NumericColumn)
        if chosen == "regression":
            values = numbers_of(target, column)
            known += len(values) - int(np.isnan(values).sum())
            least, most = np.fmin.reduce(values, initial=least), np.fmax.reduce(values, initial=most)
        else:
            codes, labels = labels_of(column)
            found = np.bincount(codes[codes >= 0], minlength=len(labels)).tolist()
            counts.update(dict(zip(labels, found, strict=True)))
    if chosen == "regression":
        check_numbers(target, float(least), float(most))
        return Aim(target, (), known)
    return Aim(target, classes_among(target, counts, numeric=numeric), counts.total())
