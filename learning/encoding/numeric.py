"""Encoder of numeric columns: standardised robustly, logarithmic for outliers, with a flag for missing values.

A net learns fastest from inputs of about the same scale; a single 1e30 must not make all other values alike.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Annotated, Literal

import numpy as np
from annotated_types import Gt, MaxLen
from numpy.typing import NDArray

from learning.encoding.columns import InputColumn, WarningList, missing_flag_name
from learning.encoding.eligibility import (
    SkippedColumn,
    skip_constant,
    skip_empty,
)
from learning.encoding.piecewise_linear import PiecewiseLinearBlock, find_edges
from learning.frame import Column, NumericColumn
from learning.serialization import OPTIONAL

LINEAR_SPREADS = 3.0
"""Values within this many scales of the centre stay linear; beyond, they grow with the logarithm."""

CHUNK_ROWS = 2048
"""Rows encoded at once, so that a block of columns stays in the processor's cache."""

MAX_QUICK_ROWS = 16
"""The maximum number of rows that are first checked for ordinary values, whose encoding takes two operations."""

MAX_EDGES = 257
"""The maximum number of edges of the bins of a column."""

NumericValues = Sequence[NDArray[np.float64]] | NDArray[np.float64]
"""Numeric columns: separate arrays (rows,), or one matrix (columns, rows)."""

_MAX_ABS_VALUE = 1e300
_MAX_SPREADS = 1e30


@dataclass(frozen=True, kw_only=True)
class NumericEncoder:
    """Encodes a numeric column: (value - centre) / scale, logarithmic beyond three scales; NaN is the median.

    Attributes:
        flag: Whether training rows lacked a value; then there is a second input, 1 where the value is missing.
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
    edges: Annotated[tuple[float, ...], MaxLen(MAX_EDGES)] = field(default=(), metadata=OPTIONAL)

    def __post_init__(self) -> None:
        if len(self.edges) == 1 or any(low >= high for low, high in pairwise(self.edges)):
            raise ValueError(f"{self.name} has edges that do not ascend")

    @classmethod
    def fit(cls, name: str, values: NDArray[np.float64], bins: int = 0) -> "NumericEncoder | SkippedColumn":
        """Fit to the training rows' values (rows,), NaN where missing, with at most so many bins."""
        present = np.clip(values[~np.isnan(values)], -_MAX_ABS_VALUE, _MAX_ABS_VALUE)
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
            edges=edges,
        )

    def decode(self, encoded: NDArray[np.floating]) -> NDArray[np.float64]:
        """Decode values (rows,), clipped to the trained range."""
        size = np.abs(encoded, dtype=np.float64)
        far = LINEAR_SPREADS + np.expm1(np.clip(size - LINEAR_SPREADS, 0.0, math.log(_MAX_SPREADS)))
        spreads = np.copysign(np.where(size > LINEAR_SPREADS, far, size), encoded)
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

    @property
    def bin_names(self) -> list[str]:
        """The name of each bin."""
        return [f"{self.name}, {low:g} to {high:g}" for low, high in pairwise(self.edges)]

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


class NumericBlockEncoder:
    """Encodes all numeric columns of a table together: one row takes as many NumPy calls as thousands.

    The encoded block has one number for each column, then the flags, then the bins; `output_names` names them.

    Attributes:
        bins: The inputs that are bins.
    """

    def __init__(self, encoders: Sequence[NumericEncoder]) -> None:
        self.encoders = tuple(encoders)
        self.names = tuple([encoder.name for encoder in encoders])
        flags = [missing_flag_name(encoder.name) for encoder in encoders if encoder.flag]
        bins = [name for encoder in encoders for name in encoder.bin_names]
        self.output_names = [*self.names, *flags, *bins]
        self.width = len(self.output_names)
        self.bins = slice(self.width - len(bins), self.width)
        binned = [place for place, encoder in enumerate(encoders) if encoder.edges]

        def stacked(values: list[float]) -> NDArray[np.float64]:
            return np.array(values, dtype=np.float64)[:, None]

        self._centre = stacked([encoder.centre for encoder in encoders])
        self._scale = stacked([encoder.scale for encoder in encoders])
        self._median = stacked([encoder.median for encoder in encoders])
        # values are clipped to these bounds, so that neither difference nor quotient can overflow
        self._clip_low = stacked(
            [max(encoder.centre - _MAX_SPREADS * encoder.scale, -_MAX_ABS_VALUE) for encoder in encoders]
        )
        self._clip_high = stacked(
            [min(encoder.centre + _MAX_SPREADS * encoder.scale, _MAX_ABS_VALUE) for encoder in encoders]
        )
        edges = [
            (np.clip(encoders[place].edges, self._clip_low[place], self._clip_high[place]) - self._centre[place])
            / self._scale[place]
            for place in binned
        ]
        self._piecewise_linear = PiecewiseLinearBlock(edges, binned) if edges else None
        # within these bounds a value is linear and needs no warning; slightly less than three scales, for rounding
        near = LINEAR_SPREADS * (1 - 1e-9)
        self._ordinary_low = stacked(
            [max(encoder.centre - near * encoder.scale, encoder.minimum) for encoder in encoders]
        )
        self._ordinary_high = stacked(
            [min(encoder.centre + near * encoder.scale, encoder.maximum) for encoder in encoders]
        )
        self._minimum = stacked([encoder.minimum for encoder in encoders])
        self._maximum = stacked([encoder.maximum for encoder in encoders])
        self._with_flag = np.array([i for i, encoder in enumerate(encoders) if encoder.flag], dtype=np.intp)
        self._without_flag = np.array([i for i, encoder in enumerate(encoders) if not encoder.flag], dtype=np.intp)

    def output_columns(self) -> dict[str, list[int]]:
        """The columns of the encoded block that belong to each column."""
        columns = {name: [index] for index, name in enumerate(self.names)}
        for index, flagged in enumerate(self._with_flag.tolist(), start=len(self.names)):
            columns[self.names[flagged]].append(index)
        start = self.bins.start
        for encoder in self.encoders:
            columns[encoder.name] += range(start, start := start + len(encoder.bin_names))
        return columns

    def encode(
        self,
        columns: NumericValues,
        rows: NDArray[np.intp] | None,
        out: NDArray[np.float32],
        warnings: WarningList | None = None,
        format_value: Callable[[float], str] = "{:g}".format,
    ) -> None:
        """Encode these rows of the columns (None: all).

        Args:
            columns: The values of each column (rows,), NaN where missing.
            rows: Indices of rows.
            out: The buffer for the encoded rows (rows, width).
            warnings: Gets a warning for the first cells outside the trained range, and for those missing where no
                training row lacked a value.
            format_value: Formats a value for a warning.
        """
        reported = 0
        if not len(columns):
            return
        for start in range(0, len(out), CHUNK_ROWS):
            chunk = slice(start, start + CHUNK_ROWS)
            part = chunk if rows is None else rows[chunk]
            if isinstance(columns, np.ndarray):
                block = np.array(columns[:, part], order="C")
            else:
                block = np.concatenate([values[part] for values in columns]).reshape(len(columns), -1)
            if self._is_ordinary(block):
                np.subtract(block, self._centre, out=block)
                out[chunk, : len(block)] = np.divide(block, self._scale, out=block).T
                out[chunk, len(block) : self.bins.start] = 0
                if self._piecewise_linear is not None:
                    self._piecewise_linear.encode(block, out[chunk, self.bins])
                continue
            missing = np.isnan(block)
            if warnings is not None and reported < warnings.limit:
                reported += self._add_warnings(block, missing, start, warnings, format_value)
            self._encode_block(block, missing, out[chunk])

    def _is_ordinary(self, block: NDArray[np.float64]) -> bool:
        """Whether all values (columns, rows) of a few rows are ordinary; False for many rows, which rarely all are."""
        if block.shape[1] > MAX_QUICK_ROWS:
            return False
        return np.count_nonzero((block >= self._ordinary_low) & (block <= self._ordinary_high)) == block.size

    def _encode_block(self, block: NDArray[np.float64], missing: NDArray[np.bool_], out: NDArray[np.float32]) -> None:
        """Encode values (columns, rows), which are overwritten."""
        np.copyto(block, self._median, where=missing)
        np.maximum(block, self._clip_low, out=block)
        np.minimum(block, self._clip_high, out=block)
        np.subtract(block, self._centre, out=block)
        np.divide(block, self._scale, out=block)
        if self._piecewise_linear is not None:
            self._piecewise_linear.encode_open(block, out[:, self.bins])
        size = np.abs(block)
        if size.max() > LINEAR_SPREADS:
            values = block.reshape(-1)  # a view
            far = np.flatnonzero(size > LINEAR_SPREADS)
            compressed = LINEAR_SPREADS + np.log1p(size.reshape(-1)[far] - LINEAR_SPREADS)
            values[far] = np.copysign(compressed, values[far])
        out[:, : len(block)] = block.T
        if len(self._with_flag):
            out[:, len(block) : self.bins.start] = missing[self._with_flag].T

    def _add_warnings(
        self,
        block: NDArray[np.float64],
        missing: NDArray[np.bool_],
        start: int,
        warnings: WarningList,
        format_value: Callable[[float], str],
    ) -> int:
        """Warn of unusual cells of a block (columns, rows) that begins at row `start`; return their number."""
        is_unusual = (block < self._minimum) | (block > self._maximum)
        is_unusual[self._without_flag] |= missing[self._without_flag]
        cells = _first_cells(is_unusual.T, warnings.limit) if is_unusual.any() else []
        for row, i in cells:
            encoder, value = self.encoders[i], float(block[i, row])
            if math.isnan(value):
                treatment = f"{format_value(encoder.median)}, the median, is used"
                warnings.add_missing(np.array([start + row]), encoder.name, treatment)
            else:
                trained_range = f"{format_value(encoder.minimum)} to {format_value(encoder.maximum)}"
                detail = f"{format_value(value)} is outside the trained range, {trained_range}"
                warnings.add(start + row, encoder.name, "outside_trained_range", detail)
        return len(cells)


def _first_cells(where: NDArray[np.bool_], limit: int) -> list[tuple[int, int]]:
    """The first true cells of a matrix, as (row, column), row by row."""
    rows = np.flatnonzero(where.any(axis=1))[:limit]
    row_indices, columns = np.nonzero(where[rows])
    return list(zip(rows[row_indices[:limit]].tolist(), columns[:limit].tolist(), strict=True))
