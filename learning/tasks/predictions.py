"""Predictions of rows as a task makes them, whatever it predicts: numbers, and the form in which they are told."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class RowPrediction:
    """A predicted class with its probability and those of the twenty most probable, or a number in its units."""

    predicted: str | float
    confidence: float | None = None
    probabilities: dict[str, float] | None = None


@dataclass(frozen=True)
class Predictions(ABC):
    """A model's predictions of rows: finite numbers, and for each row the form in which they are told.

    Attributes:
        numbers: All numbers of each row, float64 (rows, numbers).
        labels: The predicted labels that there may be, in the order of their numbers; empty for numbers.
        typicality: Of each row's picture the share of held-out pictures that are at least as unusual, float64 (rows,);
            NaN where there is none; None if the model does not tell it.
        bounds: Where conformal prediction was asked for: the lower and the upper bound of each number, side by side,
            float64 (rows, 2 numbers), or whether each class is in the set, bool (rows, classes).
    """

    numbers: NDArray[np.float64]
    labels: tuple[str, ...] = ()
    typicality: NDArray[np.float64] | None = field(default=None, kw_only=True)
    bounds: NDArray[Any] | None = field(default=None, kw_only=True)

    @property
    @abstractmethod
    def columns(self) -> tuple[str, ...]:
        """The names of these numbers, as columns of a table."""

    @property
    def bound_columns(self) -> tuple[str, ...]:
        """The names of the bounds, as columns of a table; there are none of what has no intervals."""
        return ()

    def describe_bounds(self, bounds: Sequence[Any]) -> dict[str, Any]:
        """The interval or set of a row as JSON, from its bounds."""
        return {}

    def __len__(self) -> int:
        return len(self.numbers)

    @cached_property
    def choices(self) -> NDArray[np.intp]:
        """The number of the label of each row (rows,); 0 where there are no labels."""
        return np.zeros(len(self), np.intp)

    def choose(self, column: int) -> NDArray[np.intp]:
        """What is of interest in each row (rows,), for `Target.scalar_values`: its label, or a target column."""
        return self.choices if self.labels else np.full(len(self), column)

    @abstractmethod
    def describe_row(self, choice: int, numbers: Sequence[Any]) -> dict[str, Any]:
        """The prediction of a row as JSON, from the number of its label and its numbers, or what takes their place."""

    @abstractmethod
    def list_predicted(self, column: int = 0) -> Sequence[str | float]:
        """What is predicted of each row, in one value: a label, or the number of a target column."""

    def list_rows(self) -> list[dict[str, Any]]:
        """The prediction of each row as JSON."""
        return [self.describe_row(*row) for row in zip(self.choices.tolist(), self.numbers.tolist(), strict=True)]
