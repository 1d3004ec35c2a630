"""Encoding of targets for a net, and decoding of its outputs into the target's units or class names.

A net's outputs are near 0. A number is standardised by its mean and standard deviation; each class has an output of its
own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge, Gt, Le, MaxLen
from numpy.typing import NDArray

from learning.encoding.task_guess import Task, guess_task_of
from learning.errors import ImpossibleTarget, LearningError
from learning.frame import BooleanColumn, CategoricalColumn, Column, DatetimeColumn, NumericColumn, TextColumn
from learning.nn.losses import balance_class_weights, compute_probabilities

MAX_CLASSES = 1000
FEW_CLASSES = 20
"""As many classes are possible in any number of rows."""
_MAX_STANDARDISED = 1e12
_MAX_ABS_TARGET = 1e150


@dataclass(frozen=True, kw_only=True)
class RegressionTarget:
    """A number to predict; the net learns (value - mean) / scale."""

    task: Literal["regression"] = "regression"
    mean: Annotated[float, Ge(-_MAX_ABS_TARGET), Le(_MAX_ABS_TARGET)]
    scale: Annotated[float, Gt(0.0), Le(_MAX_ABS_TARGET)]

    @classmethod
    def fit(cls, values: NDArray[np.float64]) -> "RegressionTarget":
        """Mean and standard deviation of the training rows' values; a constant gets the scale 1."""
        return cls(mean=float(values.mean()), scale=float(values.std()) or 1.0)

    @property
    def outputs(self) -> int:
        """The number of outputs of the net."""
        return 1

    def encode(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Encode values (rows,) in the target's units (rows, 1), with all digits, for the metrics."""
        # training rows are at most √rows from 0; a held-out row may be farther, and its square must stay finite
        standardised = np.clip((values / self.scale) - (self.mean / self.scale), -_MAX_STANDARDISED, _MAX_STANDARDISED)
        return standardised[:, None]

    def decode(self, outputs: NDArray[np.floating]) -> NDArray[np.float64]:
        """Decode a net's outputs (rows, 1) into float64 values (rows,) in the target's units."""
        values = outputs[:, 0] * np.float64(self.scale) + self.mean
        return np.fmax(np.fmin(values, _MAX_ABS_TARGET), -_MAX_ABS_TARGET)  # finite even if the net overflows


@dataclass(frozen=True, kw_only=True)
class ClassTarget:
    """One of several classes to predict; `classes` has the name of each class number."""

    task: Literal["classification"] = "classification"
    classes: Annotated[tuple[str, ...], MaxLen(MAX_CLASSES)]

    def __post_init__(self) -> None:
        if len(self.classes) < 2 or len(set(self.classes)) < len(self.classes):
            raise ValueError("there must be two classes or more, each with another name")

    @property
    def outputs(self) -> int:
        """The number of outputs of the net: one for two classes."""
        return len(self.classes) if len(self.classes) > 2 else 1

    def check_labels(self, name: str, labels: Sequence[str]) -> None:
        """Check that all labels of a target are among these classes.

        Raises:
            ImpossibleTarget: a label is not.
        """
        if unknown := [label for label in labels if label not in self.classes]:
            raise ImpossibleTarget(
                f"The target '{name}' holds '{unknown[0]}', which is not a class of the model to start from.",
                f"Leave such rows out, or train from the beginning. Its classes are: {', '.join(self.classes)}.",
            )

    def decode(self, logits: NDArray[np.floating]) -> NDArray[np.float64]:
        """The probability of each class, float64 (rows, classes), from the net's logits (rows, outputs)."""
        return compute_probabilities(logits)


Target = RegressionTarget | ClassTarget


def infer_task(columns: Iterator[Column]) -> Task:
    """The task that a target, given in parts, is for: classification, unless it holds numbers that are not classes."""
    first = next(columns, None)
    if first is None or not isinstance(first, NumericColumn):
        return "classification"
    return guess_task_of(column.values for column in chain([first], columns) if isinstance(column, NumericColumn))


def check_target_type(name: str, column: Column) -> None:
    """Check that a target is of a type that can be predicted.

    Raises:
        ImpossibleTarget: the column holds datetimes.
    """
    if isinstance(column, DatetimeColumn):
        raise ImpossibleTarget(
            f"The target '{name}' holds dates; choose a numeric or categorical column.",
            "Choose another target, or upload a column with the number of days that is to be predicted.",
        )


def read_numbers(name: str, column: Column) -> NDArray[np.float64]:
    """The values of a numeric target (rows,), NaN where missing or beyond 1e150, whose square is still finite.

    Raises:
        ImpossibleTarget: the column holds no numbers.
    """
    if not isinstance(column, NumericColumn):
        raise ImpossibleTarget(
            f"The target '{name}' does not hold numbers, so regression cannot learn it.",
            "Set task to classification, or give the column the type numeric when uploading.",
        )
    return np.where(np.abs(column.values) <= _MAX_ABS_TARGET, column.values, np.nan)


def check_range(name: str, minimum: float, maximum: float) -> None:
    """Check that a numeric target is not constant; minimum and maximum are NaN if it has no value.

    Raises:
        ImpossibleTarget: there are no two different values.
    """
    if not minimum < maximum:
        raise _constant_target(name, None if np.isnan(minimum) else f"{minimum:g}")


def read_labels(column: Column) -> tuple[NDArray[np.signedinteger], list[str]]:
    """The label codes (rows,), -1 where missing, and the list of labels that they index."""
    if isinstance(column, CategoricalColumn):
        return column.codes, list(column.categories)
    if isinstance(column, BooleanColumn):
        return column.values, list(column.labels)
    if isinstance(column, TextColumn):
        index = {text: i for i, text in enumerate(dict.fromkeys(text for text in column.values if text is not None))}
        return np.array([index.get(text, -1) for text in column.values], dtype=np.int64), list(index)
    distinct, codes = np.unique(column.values, return_inverse=True)  # NaN comes last
    codes[np.isnan(column.values)] = -1
    distinct += 0.0  # makes 0 of -0
    return codes, [f"{value:.0f}" if value.is_integer() else repr(value) for value in distinct.tolist()]


def max_classes(rows: int) -> int:
    """The maximum number of classes in rows: each is in two on average, unless there are few."""
    return min(MAX_CLASSES, max(FEW_CLASSES, rows // 2))


def infer_classes(name: str, counts: Mapping[str, int], *, numeric: bool) -> tuple[str, ...]:
    """The classes of a target, from the count of each label.

    Texts are in alphabetical order, numbers in ascending order, and false comes before true.

    Raises:
        ImpossibleTarget: there are fewer than two labels, or too many to be classes.
    """
    labels = [label for label, count in counts.items() if count]
    rows = sum(counts.values())
    if len(labels) < 2:
        raise _constant_target(name, f"'{labels[0]}'" if labels else None)
    if len(labels) > (limit := max_classes(rows)):
        raise ImpossibleTarget(
            f"The target '{name}' has {len(labels):,} different values in {rows:,} rows, too many to be classes: "
            f"of so many rows there may be {limit:,}.",
            "Set task to regression." if numeric else "Choose a target with fewer values.",
        )
    return tuple(sorted(labels, key=float) if numeric else sorted(labels))


def encode_labels(codes: NDArray[np.signedinteger], labels: Sequence[str], classes: Sequence[str]) -> NDArray[np.int64]:
    """The class number of each row (rows,), -1 where it is missing, from the result of `read_labels`."""
    numbers = {label: number for number, label in enumerate(classes)}
    return np.array([*(numbers.get(label, -1) for label in labels), -1], dtype=np.int64)[codes]  # -1 points to the last


def _constant_target(name: str, only: str | None) -> ImpossibleTarget:
    description = (
        "has no value in any row" if only is None else f"is {only} in every row, so there is nothing to tell apart"
    )
    return ImpossibleTarget(
        f"The target '{name}' {description}.", "Choose another target, or upload rows that differ in it."
    )


def resolve_class_weights(
    spec: Literal["balanced"] | Mapping[str, float] | None, target: Target, y: NDArray[np.int64]
) -> NDArray[np.float64] | None:
    """The weight of each class in the loss (classes,); None if all weigh the same.

    "balanced" weighs each class inversely to its frequency in y; a class that a mapping does not name weighs 1.

    Raises:
        LearningError: the mapping names an unknown class, or the target is a number.
    """
    if spec is None:
        return None
    if isinstance(target, RegressionTarget):
        raise LearningError("class_weights are for classes, and the target is a number.", "Leave class_weights out.")
    if spec == "balanced":
        return balance_class_weights(y, len(target.classes))
    if unknown := sorted(spec.keys() - set(target.classes)):
        raise LearningError(
            f"class_weights names '{unknown[0]}', which is not a class of the target.",
            f"The classes are: {', '.join(target.classes)}.",
        )
    return np.array([spec.get(label, 1.0) for label in target.classes])
