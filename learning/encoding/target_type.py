"""What is to be learned of the target column: a number, or which of the classes that occur in it.

A table in pieces tells only when all of them were seen; after that each piece can be read by itself.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from learning.encoding.targets import (
    Task,
    check_range,
    encode_labels,
    infer_classes,
    infer_task,
    read_labels,
    read_numbers,
)
from learning.frame import Frame, NumericColumn, Table


@dataclass(frozen=True)
class TargetKind:
    """What is to be learned.

    Attributes:
        target: The name of the column.
        classes: The classes that occur in it; none if a number is learned.
        known: How many rows have a target.
    """

    target: str
    classes: tuple[str, ...]
    labelled_rows: int

    def read_values(self, frame: Frame) -> NDArray[np.float64] | NDArray[np.int64]:
        """The target of each row of a frame (rows,): numbers with NaN where missing, or class numbers with -1."""
        column = frame.column(self.target)
        return encode_labels(*read_labels(column), self.classes) if self.classes else read_numbers(self.target, column)

    def strata(self, values: NDArray[np.float64] | NDArray[np.int64]) -> NDArray[np.int64]:
        """The stratum of each row (rows,), for what `read` says of it: its class, or 0; -1 where it has no target."""
        return values.astype(np.int64, copy=False) if self.classes else np.where(np.isnan(values), -1, 0)


def infer_target(table: Table, target: str, task: Literal["auto", "regression", "classification"]) -> TargetKind:
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
        chosen, numeric = infer_task(target, column, task), isinstance(column, NumericColumn)
        if chosen == "regression":
            values = read_numbers(target, column)
            known += len(values) - int(np.isnan(values).sum())
            least, most = np.fmin.reduce(values, initial=least), np.fmax.reduce(values, initial=most)
        else:
            codes, labels = read_labels(column)
            found = np.bincount(codes[codes >= 0], minlength=len(labels)).tolist()
            counts.update(dict(zip(labels, found, strict=True)))
    if chosen == "regression":
        check_range(target, float(least), float(most))
        return TargetKind(target, (), known)
    return TargetKind(target, infer_classes(target, counts, numeric=numeric), counts.total())
