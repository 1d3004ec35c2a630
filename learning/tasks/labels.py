"""Labels of columns: what the cells of a column that are classes are called, and how many classes there may be."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from learning.errors import ImpossibleTarget
from learning.frame import BooleanColumn, CategoricalColumn, Column, DatetimeColumn, ImageColumn, TextColumn
from learning.image_features import FeaturesColumn

MAX_CLASSES = 1000
FEW_CLASSES = 20
"""As many classes are possible in any number of rows."""


def read_labels(column: Column) -> tuple[NDArray[np.signedinteger], list[str]]:
    """The label codes (rows,), -1 where missing, and the list of labels that they index.

    Raises:
        ImpossibleTarget: the column holds pictures, which have no labels.
    """
    if isinstance(column, CategoricalColumn):
        return column.codes, list(column.categories)
    if isinstance(column, BooleanColumn):
        return column.values, list(column.labels)
    if isinstance(column, TextColumn):
        index = {text: i for i, text in enumerate(dict.fromkeys(text for text in column.values if text is not None))}
        return np.array([index.get(text, -1) for text in column.values], dtype=np.int64), list(index)
    if isinstance(column, ImageColumn | FeaturesColumn):
        raise ImpossibleTarget("A column of pictures has no labels.", "Choose a column of words or numbers.")
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
        raise create_constant_error(name, f"'{labels[0]}'" if labels else None)
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


def create_constant_error(name: str, only: str | None) -> ImpossibleTarget:
    """The error that a target has no two different values, but none or only this one."""
    description = (
        "has no value in any row" if only is None else f"is {only} in every row, so there is nothing to tell apart"
    )
    return ImpossibleTarget(
        f"The target '{name}' {description}.", "Choose another target, or upload rows that differ in it."
    )


def check_no_dates(name: str, column: Column) -> None:
    """Check that a target is of a type that can be predicted.

    Raises:
        ImpossibleTarget: the column holds datetimes.
    """
    if isinstance(column, DatetimeColumn):
        raise ImpossibleTarget(
            f"The target '{name}' holds dates; choose a numeric or categorical column.",
            "Choose another target, or upload a column with the number of days that is to be predicted.",
        )
