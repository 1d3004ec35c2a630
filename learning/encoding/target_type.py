"""The type of the target: a number, or one of the classes that occur in its column.

Of a table in chunks it is known after all of them were read; then the targets of each chunk can be read by themselves.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from learning.encoding.targets import (
    check_range,
    check_target_type,
    encode_labels,
    infer_classes,
    infer_task,
    read_labels,
    read_numbers,
)
from learning.frame import Frame, NumericColumn, Table


@dataclass(frozen=True)
class TargetKind:
    """The type of a target.

    Attributes:
        target: The name of the column.
        classes: The classes that occur in it; empty for regression.
        labelled_rows: The number of rows that have a target.
    """

    target: str
    classes: tuple[str, ...]
    labelled_rows: int

    def read_values(self, frame: Frame) -> NDArray[np.float64] | NDArray[np.int64]:
        """The target of each row of a frame (rows,): numbers with NaN where missing, or class numbers with -1."""
        column = frame.column(self.target)
        return encode_labels(*read_labels(column), self.classes) if self.classes else read_numbers(self.target, column)

    def strata(self, values: NDArray[np.float64] | NDArray[np.int64]) -> NDArray[np.int64]:
        """The stratum of each row (rows,), from `read_values`: its class, or 0; -1 where it has no target."""
        return values.astype(np.int64, copy=False) if self.classes else np.where(np.isnan(values), -1, 0)


def infer_target(table: Table, target: str, task: Literal["auto", "regression", "classification"]) -> TargetKind:
    """Infer the type of a target from its column.

    Raises:
        UnusableColumn: the column does not exist.
        ImpossibleTarget: the column cannot be predicted.
    """
    chosen = infer_task(frame.column(target) for frame in table.chunks([target])) if task == "auto" else task
    numeric, labelled_rows, minimum, maximum = False, 0, np.nan, np.nan
    counts: Counter[str] = Counter()
    for frame in table.chunks([target]):
        column = frame.column(target)
        check_target_type(target, column)
        numeric = isinstance(column, NumericColumn)
        if chosen == "regression":
            values = read_numbers(target, column)
            labelled_rows += len(values) - int(np.isnan(values).sum())
            minimum, maximum = np.fmin.reduce(values, initial=minimum), np.fmax.reduce(values, initial=maximum)
        else:
            codes, labels = read_labels(column)
            label_counts = np.bincount(codes[codes >= 0], minlength=len(labels)).tolist()
            counts.update(dict(zip(labels, label_counts, strict=True)))
    if chosen == "regression":
        check_range(target, float(minimum), float(maximum))
        return TargetKind(target, (), labelled_rows)
    return TargetKind(target, infer_classes(target, counts, numeric=numeric), counts.total())
