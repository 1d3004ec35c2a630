"""Distributions of columns and predictions in a few bins: what is kept of rows to tell whether others are like them.

A row becomes a byte for each column, its bin, so that what is kept of predictions is small and tells no cell.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Final, Literal

import numpy as np
from annotated_types import Ge, MaxLen
from numpy.typing import NDArray

from learning.frame import BooleanColumn, CategoricalColumn, Column, NumericColumn, TextColumn

QUANTILE_BINS: Final = 10
MAX_LABELS: Final = 20
"""The most labels with a bin of their own; all others share one."""
MAX_LABEL_CHARS: Final = 200

Statistic = Literal["value", "length", "typicality", "prediction"]
"""What is counted: the cells; the characters of texts; how usual pictures are; or what is predicted."""
Count = Annotated[int, Ge(0)]


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """How many rows are in each bin of a column, or of what is predicted.

    Attributes:
        name: The column, or the target.
        type: The type of its cells.
        statistic: What of them is counted.
        edges: Of numbers the upper edges of all bins but the last, ascending; each belongs to the bin below it.
        labels: Of others the labels that have a bin of their own; the next bin is of all others.
        counts: The rows of each bin; at the end those where it is missing.
    """

    name: str
    type: Literal["numeric", "categorical", "boolean", "text", "image"]
    statistic: Statistic
    edges: Annotated[tuple[float, ...], MaxLen(QUANTILE_BINS)] = ()
    labels: Annotated[tuple[str, ...], MaxLen(MAX_LABELS)] | None = None
    counts: Annotated[tuple[Count, ...], MaxLen(MAX_LABELS + 2)]

    def __post_init__(self) -> None:
        bins = len(self.edges) + 1 if self.labels is None else len(self.labels) + 1
        if len(self.counts) != bins + 1 or list(self.edges) != sorted(self.edges):
            raise ValueError(f"{len(self.counts)} counts of {bins} bins")

    @property
    def missing_bin(self) -> int:
        """The number of the bin of missing cells."""
        return len(self.counts) - 1

    @cached_property
    def _number_of_label(self) -> dict[str, int]:
        return {label: number for number, label in enumerate(self.labels or ())}

    def assign_numbers(self, values: NDArray[np.float64]) -> NDArray[np.uint8]:
        """The bin of each number (rows,); NaN is missing."""
        bins = np.searchsorted(np.array(self.edges), values, side="left")
        return np.where(np.isnan(values), self.missing_bin, bins).astype(np.uint8)

    def assign_labels(self, labels: Sequence[str | None]) -> NDArray[np.uint8]:
        """The bin of each label (rows,); None is missing."""
        numbers, others = self._number_of_label, self.missing_bin - 1
        bins = [self.missing_bin if label is None else numbers.get(_shorten(label), others) for label in labels]
        return np.array(bins, np.uint8)

    def assign(self, column: Column) -> NDArray[np.uint8]:
        """The bin of each cell of a column (rows,) of this type; of what cannot be counted all are missing."""
        if self.labels is not None and isinstance(column, CategoricalColumn):
            return np.append(self.assign_labels(column.categories), np.uint8(self.missing_bin))[column.codes]
        if self.labels is not None and isinstance(column, BooleanColumn):
            return np.array([0, 1, self.missing_bin], np.uint8)[column.values]
        if self.labels is None and isinstance(column, NumericColumn | TextColumn):
            return self.assign_numbers(_measure(column))
        return np.full(len(column), self.missing_bin, np.uint8)


def describe_column(name: str, column: Column) -> Distribution | None:
    """The distribution of a column's cells; None of dates, which always go on, and of pictures."""
    match column:
        case NumericColumn():
            return describe_numbers(name, "numeric", "value", column.values)
        case TextColumn():
            return describe_numbers(name, "text", "length", _measure(column))
        case BooleanColumn():
            counts: list[int] = np.bincount(column.values + 1, minlength=3).tolist()
            labels = (column.labels[0], column.labels[1])
            return Distribution(
                name=name, type="boolean", statistic="value", labels=labels, counts=(counts[1], counts[2], 0, counts[0])
            )
        case CategoricalColumn():
            known = np.bincount(column.codes[column.codes >= 0], minlength=len(column.categories)).tolist()
            counted = dict(zip(column.categories, known, strict=True))
            return describe_labels(name, "value", counted, int((column.codes < 0).sum()))
        case _:
            return None


def describe_numbers(
    name: str, kind: Literal["numeric", "text"], statistic: Statistic, values: NDArray[np.float64]
) -> Distribution:
    """The distribution of numbers (rows,) in ten bins between quantiles, fewer if many are equal; NaN is missing."""
    known = values[~np.isnan(values)]
    inner = np.linspace(0, 1, QUANTILE_BINS + 1)[1:-1]
    edges: list[float] = np.unique(np.quantile(known, inner, method="lower")).tolist() if len(known) else []
    if edges and edges[-1] == known.max():  # nothing is above it
        edges.pop()
    counts = np.bincount(np.searchsorted(edges, known, side="left"), minlength=len(edges) + 1).tolist()
    missing = len(values) - len(known)
    return Distribution(
        name=name, type=kind, statistic=statistic, edges=tuple(edges), counts=(*map(int, counts), missing)
    )


def describe_labels(name: str, statistic: Statistic, counts: dict[str, int], missing: int = 0) -> Distribution:
    """The distribution of labels, by how many rows have each: the most frequent ones, and all others."""
    merged = Counter[str]()
    for label, count in counts.items():
        merged[_shorten(label)] += count
    frequent = [(label, count) for label, count in merged.most_common(MAX_LABELS) if count]
    others = merged.total() - sum(count for _, count in frequent)
    return Distribution(
        name=name,
        type="categorical",
        statistic=statistic,
        labels=tuple([label for label, _ in frequent]),
        counts=(*(count for _, count in frequent), others, missing),
    )


def describe_typicality(name: str, pictures: int) -> Distribution:
    """The distribution of the typicality of a column's pictures, so many of which were held out: every one is alike.

    It is a conformal p-value, so that of pictures like these any tenth of its range has a tenth of them.
    """
    edges = [number / QUANTILE_BINS for number in range(1, QUANTILE_BINS)]
    shares = np.diff(np.round(np.linspace(0, pictures, QUANTILE_BINS + 1)).astype(int)).tolist()
    return Distribution(
        name=name, type="image", statistic="typicality", edges=tuple(edges), counts=(*map(int, shares), 0)
    )


def count_bins(codes: NDArray[np.uint8], bins: int) -> NDArray[np.int64]:
    """How many of the codes (rows,) are of each bin (bins,); what is no bin of these is left out."""
    return np.bincount(codes[codes < bins], minlength=bins)


def _measure(column: NumericColumn | TextColumn) -> NDArray[np.float64]:
    """The numbers of a column, of texts their length in characters (rows,); NaN where it is missing."""
    if not isinstance(column, TextColumn):
        return column.values
    values: Sequence[Any] = column.values.tolist()
    return np.array([np.nan if text is None else len(text) for text in values], np.float64)


def _shorten(label: str) -> str:
    return label[:MAX_LABEL_CHARS]
