"""Encoder of numeric columns: standardised robustly, logarithmic for outliers, with a flag for missing values.

A net learns fastest from inputs of about the same scale; a single 1e30 must not make all other values alike.
"""

import math
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge, Gt, MaxLen
from numpy.typing import NDArray

from learning.encoding.columns import InputColumn
from learning.encoding.eligibility import (
    SkippedColumn,
    skip_constant,
    skip_empty,
)
from learning.encoding.piecewise_linear import find_edges
from learning.frame import Column, NumericColumn
from learning.serialization import OPTIONAL

LINEAR_SPREADS = 3.0
"""Values within this many scales of the centre stay linear; beyond, they grow with the logarithm."""

LINEAR_SPREADS_WITH_BINS = 10.0
"""The same in a column with bins, which tell apart the values near the centre whatever the others are."""

MAX_EDGES = 257
"""The maximum number of edges of the bins of a column."""

MAX_ABS_VALUE = 1e300
MAX_SPREADS = 1e30


@dataclass(frozen=True, kw_only=True)
class NumericEncoder:
    """Encodes a numeric column: (value - centre) / scale, logarithmic far from the centre; NaN is the median.

    Attributes:
        flag: Whether training rows lacked a value; then there is a second input, 1 where the value is missing.
        linear_spreads: Up to so many scales from the centre a value is linear.
        edges: The ascending edges of its bins, each of which is one more input; none without bins.
    """

    type: Literal["numeric"] = "numeric"
    name: str
    centre: float
    scale: Annotated[float, Gt(0.0)]
    median: float
    minimum: float
    maximum: float
    flag: bool
    linear_spreads: Annotated[float, Ge(0.0)] = field(default=LINEAR_SPREADS, metadata=OPTIONAL)
    edges: Annotated[tuple[float, ...], MaxLen(MAX_EDGES)] = field(default=(), metadata=OPTIONAL)

    def __post_init__(self) -> None:
        if len(self.edges) == 1 or any(low >= high for low, high in pairwise(self.edges)):
            raise ValueError(f"{self.name} has edges that do not ascend")

    @classmethod
    def fit(cls, name: str, values: NDArray[np.float64], bins: int = 0) -> "NumericEncoder | SkippedColumn":
        """Fit to the training rows' values (rows,), NaN where missing, with about so many bins."""
        present = np.clip(values[~np.isnan(values)], -MAX_ABS_VALUE, MAX_ABS_VALUE)
        if not len(present):
            return skip_empty(name)
        minimum, maximum = float(present.min()), float(present.max())
        flag = len(present) < len(values)
        if minimum == maximum and not flag:
            return skip_constant(name, value=f"{minimum:g}")
        median, centre, scale = _robust_centre_and_scale(present)
        edges = find_edges(present, bins) if bins else ()
        return cls(
            name=name,
            centre=centre,
            scale=scale,
            median=median,
            minimum=minimum,
            maximum=maximum,
            flag=flag,
            linear_spreads=LINEAR_SPREADS_WITH_BINS if edges else LINEAR_SPREADS,
            edges=edges,
        )

    def decode(self, encoded: NDArray[np.floating]) -> NDArray[np.float64]:
        """Decode values (rows,), clipped to the trained range."""
        size, linear = np.abs(encoded, dtype=np.float64), self.linear_spreads
        far = linear + np.expm1(np.clip(size - linear, 0.0, math.log(MAX_SPREADS)))
        spreads = np.copysign(np.where(size > linear, far, size), encoded)
        return np.clip(self.centre + self.scale * spreads, self.minimum, self.maximum)

    def grid(self, encoded: NDArray[np.floating], points: int) -> tuple[list[float], Column]:
        """Values that divide encoded rows (rows, width) into parts of equal size, to vary the column over."""
        parts = np.quantile(self.decode(encoded[:, 0]), np.linspace(0.0, 1.0, points))
        values = list(dict.fromkeys(float(f"{value:.6g}") for value in parts.tolist()))
        return values, NumericColumn(np.array(values))

    @property
    def typical_value(self) -> float:
        """The median to four significant digits, or to a whole number, as far as the trained range has such a one."""
        rounded = float(f"{self.median:.4g}" if abs(self.median) < 1000 else round(self.median))
        value = rounded if self.minimum <= rounded <= self.maximum else self.median
        return int(value) if value.is_integer() and abs(value) < 2**53 else value

    def describe(self) -> InputColumn:
        """The description of the column for callers of predict."""
        return InputColumn(self.name, "numeric", minimum=self.minimum, maximum=self.maximum)


def _robust_centre_and_scale(values: NDArray[np.float64]) -> tuple[float, float, float]:
    """The median of values (rows,), and mean and standard deviation after clipping outliers (winsorising).

    The bounds are the 5th and the 95th percentile, extended by the distance between them on either side. The
    percentiles are those of the values that differ from the median, so that a column that is nearly always 0 still has
    a scale. For a normal distribution the bounds lie 4.9 standard deviations out, and the result is the plain mean and
    deviation.
    """
    middle = [(len(values) - 1) // 2, len(values) // 2]
    ordered = np.partition(values, middle)
    median = float(ordered[middle].mean())
    others = ordered[ordered != median]
    if not len(others):
        return median, median, 1.0
    trim = math.ceil(0.05 * len(others)) if len(others) > 4 else 0
    others.partition([trim, len(others) - 1 - trim])
    low, high = min(median, float(others[trim])), max(median, float(others[-1 - trim]))
    span = high - low
    shares = (np.clip(values, low - span, high + span) - low) / span  # within -1 … 2: no square can overflow
    return median, low + span * float(shares.mean()), max(span * float(shares.std()), np.finfo(np.float64).tiny)
