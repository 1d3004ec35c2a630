"""Encoder of numeric columns: standardised, with the logarithm of outliers, and a flag for missing values.

A net learns fastest from inputs of about the same size; one mistyped 1e30 must not flatten all the others.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from annotated_types import Gt
from numpy.typing import NDArray

from learning.encoding.columns import InputColumn, WarningList, missing_flag_name
from learning.encoding.eligibility import (
    SkippedColumn,
    skip_constant,
    skip_empty,
)
from learning.frame import Column, NumericColumn

LINEAR_SPREADS = 3.0
"""Values within this many spreads of the mean stay linear; beyond, only the logarithm grows."""

CHUNK_ROWS = 2048
"""Rows encoded at once: few enough that a block of columns stays in the processor's cache."""

MAX_QUICK_ROWS = 16
"""So few rows are looked at first, whether they are ordinary: then most of the work on them is none."""

NumericValues = Sequence[NDArray[np.float64]] | NDArray[np.float64]
"""Columns of numbers, each (rows,), apart or in one matrix (columns, rows)."""

_MAX_ABS_VALUE = 1e300
_MAX_SPREADS = 1e30


@dataclass(frozen=True, kw_only=True)
class NumericEncoder:
    """Encodes a numeric column: (value - centre) / scale, logarithmic beyond three spreads; NaN is the median.

    Attributes:
        flag: Whether training rows lacked a value; then a second number says for each row whether its value is missing.
    """

    type: Literal["numeric"] = "numeric"
    name: str
    centre: float
    scale: Annotated[float, Gt(0.0)]
    median: float
    minimum: float
    maximum: float
    flag: bool

    @classmethod
    def fit(cls, name: str, values: NDArray[np.float64]) -> "NumericEncoder | SkippedColumn":
        """Fit to the training rows' values (rows,), NaN where missing."""
        ordered = np.sort(values)  # NaN comes last
        ordered = np.clip(
            ordered[: len(ordered) - np.count_nonzero(np.isnan(ordered))], -_MAX_ABS_VALUE, _MAX_ABS_VALUE
        )
        if not len(ordered):
            return skip_empty(name)
        minimum, maximum = float(ordered[0]), float(ordered[-1])
        flag = len(ordered) < len(values)
        if minimum == maximum and not flag:
            return skip_constant(name, value=f"{minimum:g}")
        median = (float(ordered[(len(ordered) - 1) // 2]) + float(ordered[len(ordered) // 2])) / 2
        centre, scale = _robust_centre_and_scale(ordered, median)
        return cls(name=name, centre=centre, scale=scale, median=median, minimum=minimum, maximum=maximum, flag=flag)

    def decode(self, encoded: NDArray[np.floating]) -> NDArray[np.float64]:
        """The numbers that are encoded so (rows,), none beyond those seen in training."""
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
        """The median."""
        return int(self.median) if self.median.is_integer() and abs(self.median) < 2**53 else self.median

    def describe(self) -> InputColumn:
        """The column as a caller of predict sees it."""
        return InputColumn(self.name, "numeric", minimum=self.minimum, maximum=self.maximum)


def _robust_centre_and_scale(ordered: NDArray[np.float64], median: float) -> tuple[float, float]:
    """Mean and standard deviation of the values, those beyond a generous fence counted as standing at the fence.

    The fence reaches as far again as the middle nine tenths do, on either side. Those nine tenths are taken of the
    values that differ from the median, so that a column that is nearly always 0 still has a spread. For a normal
    distribution the fence stands 4.9 standard deviations out, and the result is the plain mean and deviation.
    """
    others = np.concatenate(
        (ordered[: np.searchsorted(ordered, median, "left")], ordered[np.searchsorted(ordered, median, "right") :])
    )
    if not len(others):
        return median, 1.0
    trim = math.ceil(0.05 * len(others)) if len(others) > 4 else 0
    low, high = min(median, float(others[trim])), max(median, float(others[-1 - trim]))
    span = high - low
    shares = (np.clip(ordered, low - span, high + span) - low) / span  # within -1 … 2: no square can overflow
    return low + span * float(shares.mean()), max(span * float(shares.std()), np.finfo(np.float64).tiny)


class NumericBlockEncoder:
    """Encodes all numeric columns of a table together: one row costs as many NumPy calls as thousands.

    The encoded block has one number for each column, then one flag for each column that needs it; `inputs` names them.
    """

    def __init__(self, encoders: Sequence[NumericEncoder]) -> None:
        self.encoders = tuple(encoders)
        self.names = tuple([encoder.name for encoder in encoders])
        self.output_names = [*self.names, *(missing_flag_name(encoder.name) for encoder in encoders if encoder.flag)]
        self.width = len(self.output_names)

        def stacked(values: list[float]) -> NDArray[np.float64]:
            return np.array(values, dtype=np.float64)[:, None]

        self._centre = stacked([encoder.centre for encoder in encoders])
        self._scale = stacked([encoder.scale for encoder in encoders])
        self._median = stacked([encoder.median for encoder in encoders])
        # beyond these the encoded value stays the same: neither a difference nor a quotient can overflow
        self._clip_low = stacked(
            [max(encoder.centre - _MAX_SPREADS * encoder.scale, -_MAX_ABS_VALUE) for encoder in encoders]
        )
        self._clip_high = stacked(
            [min(encoder.centre + _MAX_SPREADS * encoder.scale, _MAX_ABS_VALUE) for encoder in encoders]
        )
        # between these a value is neither drawn near nor worth a warning; a hair less than three spreads, for rounding
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
        """In which columns of the encoded block each column stands."""
        found = {name: [place] for place, name in enumerate(self.names)}
        for place, flagged in enumerate(self._with_flag.tolist(), start=len(self.names)):
            found[self.names[flagged]].append(place)
        return found

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
            columns: Of each column its values (rows,), NaN where missing.
            rows: Indices of rows.
            out: Where the encoded rows go (rows, width).
            warnings: Where to add what is odd about them: the first cells outside the trained range, and those missing
                where training missed none.
            format_value: How a value is shown in a warning.
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
                out[chunk, len(block) :] = 0
                continue
            missing = np.isnan(block)
            if warnings is not None and reported < warnings.limit:
                reported += self._add_warnings(block, missing, start, warnings, format_value)
            self._encode_block(block, missing, out[chunk])

    def _is_ordinary(self, block: NDArray[np.float64]) -> bool:
        """Whether a few rows (columns, rows) hold only values as most are; of many rows, some never are."""
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
        size = np.abs(block)
        if size.max() > LINEAR_SPREADS:
            values = block.reshape(-1)  # uncopied
            far = np.flatnonzero(size > LINEAR_SPREADS)
            drawn_near = LINEAR_SPREADS + np.log1p(size.reshape(-1)[far] - LINEAR_SPREADS)
            values[far] = np.copysign(drawn_near, values[far])
        out[:, : len(block)] = block.T
        if len(self._with_flag):
            out[:, len(block) :] = missing[self._with_flag].T

    def _add_warnings(
        self,
        block: NDArray[np.float64],
        missing: NDArray[np.bool_],
        start: int,
        warnings: WarningList,
        format_value: Callable[[float], str],
    ) -> int:
        """Warn of odd cells of a block (columns, rows) that begins at row `start`; return how many there were."""
        odd = (block < self._minimum) | (block > self._maximum)
        odd[self._without_flag] |= missing[self._without_flag]
        cells = _first_cells(odd.T, warnings.limit) if odd.any() else []
        for row, i in cells:
            encoder, value = self.encoders[i], float(block[i, row])
            if math.isnan(value):
                treatment = f"{format_value(encoder.median)}, the median, was used"
                warnings.add_missing([start + row], encoder.name, treatment)
            else:
                trained = f"{format_value(encoder.minimum)} to {format_value(encoder.maximum)}"
                detail = f"{format_value(value)} is outside the trained range, {trained}"
                warnings.add(start + row, encoder.name, "outside_trained_range", detail)
        return len(cells)


def _first_cells(where: NDArray[np.bool_], limit: int) -> list[tuple[int, int]]:
    """The first true places of a matrix, as (row, column), row by row."""
    rows = np.flatnonzero(where.any(axis=1))[:limit]
    among, columns = np.nonzero(where[rows])
    return list(zip(rows[among[:limit]].tolist(), columns[:limit].tolist(), strict=True))
