"""The protocol by which a task reads the targets of a table's rows."""

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

from learning.frame import Frame
from learning.tasks.task_guess import TaskName

Values = NDArray[np.float64] | NDArray[np.int64]
"""The targets of rows: numbers (rows, columns) with NaN where missing, or class numbers (rows,) with -1."""


class TargetReader(ABC):
    """How the target of each row is read from its columns; made by looking at all of them.

    Attributes:
        task: The task.
        names: The names of the columns; only numbers may have several.
        labels: The labels that occur in it, sorted; empty for numbers.
        labelled_rows: The number of rows that have a target in each of them.
    """

    task: TaskName
    names: tuple[str, ...]
    labels: tuple[str, ...]
    labelled_rows: int

    @abstractmethod
    def read_values(self, frame: Frame) -> Values:
        """The targets of each row of a frame."""

    @abstractmethod
    def strata(self, values: Values) -> NDArray[np.int64]:
        """The stratum of each row (rows,), by which a split is stratified; -1 where it has no target."""

    @abstractmethod
    def find_learned(self, train_values: Values) -> NDArray[np.bool_]:
        """Which labels have a training row (labels,)."""
