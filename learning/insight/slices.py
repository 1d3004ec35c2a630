"""Slices: the rows with one value of a column, or a range of its numbers, and how much worse the net is there.

A good score on all rows may hide that one kind of them is served badly. With enough slices one is bad by chance: the
intervals hold for all of them together, by Bonferroni's correction (Dunn 1961).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from learning.frame import BooleanColumn, CategoricalColumn, Column, DatetimeColumn, Frame, NumericColumn
from learning.insight.eval_sample import EvalSample
from learning.tasks.comparison import Result
from learning.tasks.intervals import (
    LEVEL,
    ConfidenceInterval,
    find_error_interval,
    find_share_interval,
    subtract,
)
from learning.tasks.task import Capability

NEEDS: Final[frozenset[Capability]] = frozenset({"table_rows"})

SliceKind = Literal["value", "range", "period", "missing"]
"""What a slice is of: a value of a column, a range of its numbers, or of its moments; or that its cell is missing."""

MIN_SLICE_ROWS: Final = 20
MAX_RANGES: Final = 5
"""The maximum number of ranges of a column of numbers; of at most so many values each is a slice."""
MIN_WEIGHT_SHARE: Final = 1e-9
"""Of all weight, how much a slice and the rest have at least."""
MAX_SLICES: Final = 2000
MAX_KEPT: Final = 100


@dataclass(frozen=True)
class Slice:
    """The rows with a value of a column, or with one in a range.

    Attributes:
        value: The value; None of a range, and where the cell is missing.
        start, stop: The range, both ends included; of a period in seconds since 1970; None of a value.
        score, interval: The metric on these rows.
        rest: The metric on all other rows.
        difference: The score minus that of the rest, with the interval that holds for all slices together.
    """

    column: str
    kind: SliceKind
    value: str | None
    start: float | None
    stop: float | None
    rows: int
    score: float
    interval: ConfidenceInterval
    rest: float
    difference: float
    low: float
    high: float
    result: Result


@dataclass(frozen=True)
class SliceReport:
    """The slices of a sample, the most surely worse one first, and how many were compared.

    `metric` is accuracy, or rmse: of several targets in standard deviations.
    """

    metric: Literal["accuracy", "rmse"]
    rows: int
    compared: int
    slices: tuple[Slice, ...]


@dataclass(frozen=True)
class _Part:
    """What makes up a slice, and its rows (rows,)."""

    column: str
    kind: SliceKind
    value: str | None
    start: float | None
    stop: float | None
    members: NDArray[np.intp]


@dataclass(frozen=True)
class _Sums:
    """Weighted sums over rows, from which a score follows."""

    weight: float
    squared_weight: float
    value: float
    squares: float

    def __sub__(self, other: "_Sums") -> "_Sums":
        return _Sums(
            self.weight - other.weight,
            self.squared_weight - other.squared_weight,
            self.value - other.value,
            self.squares - other.squares,
        )

    def score(self, metric: Literal["accuracy", "rmse"], level: float) -> tuple[float, ConfidenceInterval]:
        """The score and its interval."""
        mean = self.value / self.weight
        rows = self.weight**2 / self.squared_weight
        if metric == "accuracy":
            share = min(max(mean, 0.0), 1.0)
            return share, find_share_interval(share, rows, level)
        root = math.sqrt(max(mean, 0.0))
        variance = max(self.squares / self.weight - mean * mean, 0.0)
        error = math.sqrt(variance / rows) / (2 * root) if root else 0.0
        return root, find_error_interval(root, error, rows, level)


def find_slices(sample: EvalSample, frame: Frame) -> SliceReport:
    """Compare the score in each slice of at least twenty rows with that in all others.

    Args:
        sample: Rows with a net's predictions.
        frame: The columns to slice by, with the same rows.
    """
    metric, values = sample.data.target.score_rows(sample.logits, sample.data.y)
    weights = np.ones(len(sample)) if sample.data.weights is None else sample.data.weights.astype(np.float64)

    def sum_up(rows: NDArray[np.intp] | slice) -> _Sums:
        own, value = weights[rows], values[rows]
        return _Sums(*(float(part.sum()) for part in (own, own * own, own * value, own * value * value)))

    total = sum_up(slice(None))
    parts: list[_Part] = []
    for name in frame:
        parts += _divide(name, frame.column(name))
        if len(parts) >= MAX_SLICES:
            break
    parts = parts[:MAX_SLICES]
    level = 1 - (1 - LEVEL) / max(len(parts), 1)
    sums = [sum_up(part.members) for part in parts]
    found = [
        _compare(part, own, total, metric, level)
        for part, own in zip(parts, sums, strict=True)
        if min(own.weight, total.weight - own.weight) > MIN_WEIGHT_SHARE * total.weight
    ]
    found.sort(key=lambda one: -one.low if metric == "rmse" else one.high)
    return SliceReport(metric, len(sample), len(found), tuple(found[:MAX_KEPT]))


def _compare(part: _Part, sums: _Sums, total: _Sums, metric: Literal["accuracy", "rmse"], level: float) -> Slice:
    """A slice beside the rest; the interval of the difference holds with this certainty."""
    score, interval = sums.score(metric, LEVEL)
    rest, _ = (total - sums).score(metric, LEVEL)
    between = subtract(score, sums.score(metric, level)[1], rest, (total - sums).score(metric, level)[1])
    result: Result = "tie"
    if not between.low <= 0 <= between.high:
        result = "worse" if (between.low > 0) == (metric == "rmse") else "better"
    return Slice(
        column=part.column,
        kind=part.kind,
        value=part.value,
        start=part.start,
        stop=part.stop,
        rows=len(part.members),
        score=score,
        interval=interval,
        rest=rest,
        difference=score - rest,
        low=between.low,
        high=between.high,
        result=result,
    )


def _divide(name: str, column: Column) -> Iterator[_Part]:
    """The slices of a column with enough rows in them and outside; of texts and pictures none."""
    if isinstance(column, NumericColumn | DatetimeColumn):
        yield from _keep_large(_divide_numbers(name, column.values, is_date=isinstance(column, DatetimeColumn)), column)
    elif isinstance(column, CategoricalColumn):
        yield from _keep_large(_divide_codes(name, column.codes, column.categories), column)
    elif isinstance(column, BooleanColumn):
        yield from _keep_large(_divide_codes(name, column.values, column.labels), column)


def _keep_large(parts: Iterator[_Part], column: Column) -> Iterator[_Part]:
    return (part for part in parts if MIN_SLICE_ROWS <= len(part.members) <= len(column) - MIN_SLICE_ROWS)


def _divide_codes(name: str, codes: NDArray[np.signedinteger], labels: tuple[str, ...]) -> Iterator[_Part]:
    order = np.argsort(codes, kind="stable")
    ends = np.searchsorted(codes[order], np.arange(-1, len(labels)), "right")
    if ends[0] >= MIN_SLICE_ROWS:
        yield _Part(name, "missing", None, None, None, order[: ends[0]])
    for code in np.flatnonzero(np.diff(ends) >= MIN_SLICE_ROWS).tolist():
        yield _Part(name, "value", labels[code], None, None, order[ends[code] : ends[code + 1]])


def _divide_numbers(name: str, values: NDArray[np.float64], *, is_date: bool) -> Iterator[_Part]:
    missing = np.flatnonzero(np.isnan(values))
    if len(missing):
        yield _Part(name, "missing", None, None, None, missing)
    order = np.argsort(values, kind="stable")[: len(values) - len(missing)]  # NaN comes last
    ordered = values[order]
    starts = np.flatnonzero(np.append(True, np.diff(ordered) > 0)) if len(order) else np.empty(0, np.intp)
    if len(starts) > MAX_RANGES:
        wanted = np.linspace(0, len(order), MAX_RANGES + 1)[:-1]
        starts = np.unique(starts[np.minimum(np.searchsorted(starts, wanted), len(starts) - 1)])
    elif not is_date:
        for start, stop in zip(starts, [*starts[1:], len(order)], strict=True):
            yield _Part(name, "value", f"{ordered[start]:.12g}", None, None, order[start:stop])
        return
    for start, stop in zip(starts, [*starts[1:], len(order)], strict=True):
        yield _Part(
            name,
            "period" if is_date else "range",
            None,
            float(ordered[start]),
            float(ordered[stop - 1]),
            order[start:stop],
        )
