"""Encoder of all numeric columns of a table: one row takes as many NumPy calls as thousands, and as one column.

Columns lie side by side in one matrix, of which a part at a time is encoded in the processor's cache.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from learning.encoding.columns import WarningList, missing_flag_name
from learning.encoding.numeric import MAX_ABS_VALUE, MAX_SPREADS, NumericEncoder
from learning.encoding.piecewise_linear import PiecewiseLinearBlock, name_bins

CHUNK_ROWS = 2048
"""Rows encoded at once, so that a block of columns stays in the processor's cache."""

MAX_QUICK_ROWS = 16
"""The maximum number of rows that are first checked for ordinary values, whose encoding takes two operations."""

NumericValues = Sequence[NDArray[np.float64]] | NDArray[np.float64]
"""Numeric columns: separate arrays (rows,), or one matrix (columns, rows)."""


class NumericBlockEncoder:
    """Encodes all numeric columns of a table together: one row takes as many NumPy calls as thousands.

    The encoded block has one number for each column, then the flags, then the bins; `output_names` names them.

    Args:
        encoders: Those of the columns.
        format_value: Formats a value for names of bins and for warnings.

    Attributes:
        bins: The inputs that are bins.
    """

    def __init__(
        self, encoders: Sequence[NumericEncoder], format_value: Callable[[float], str] = "{:g}".format
    ) -> None:
        self.encoders, self._format_value = tuple(encoders), format_value
        self.names = tuple([encoder.name for encoder in encoders])
        flags = [missing_flag_name(encoder.name) for encoder in encoders if encoder.flag]
        bins = [name for encoder in encoders for name in name_bins(encoder.name, encoder.edges, format_value)]
        self.output_names = [*self.names, *flags, *bins]
        self.width = len(self.output_names)
        self.bins = slice(self.width - len(bins), self.width)
        binned = [place for place, encoder in enumerate(encoders) if encoder.edges]

        def stack(values: list[float]) -> NDArray[np.float64]:
            return np.array(values, dtype=np.float64)[:, None]

        self._centre = stack([encoder.centre for encoder in encoders])
        self._scale = stack([encoder.scale for encoder in encoders])
        self._median = stack([encoder.median for encoder in encoders])
        # values are clipped to these bounds, so that neither difference nor quotient can overflow
        self._clip_low = stack(
            [max(encoder.centre - MAX_SPREADS * encoder.scale, -MAX_ABS_VALUE) for encoder in encoders]
        )
        self._clip_high = stack(
            [min(encoder.centre + MAX_SPREADS * encoder.scale, MAX_ABS_VALUE) for encoder in encoders]
        )
        edges = [
            (np.clip(encoders[place].edges, self._clip_low[place], self._clip_high[place]) - self._centre[place])
            / self._scale[place]
            for place in binned
        ]
        self._piecewise_linear = PiecewiseLinearBlock(edges, binned) if edges else None
        # within these bounds a value is linear and needs no warning; slightly less than so many scales, for rounding
        self._linear = stack([encoder.linear_spreads for encoder in encoders])
        self._minimum = stack([encoder.minimum for encoder in encoders])
        self._maximum = stack([encoder.maximum for encoder in encoders])
        near = self._linear * (1 - 1e-9) * self._scale
        self._ordinary_low = np.maximum(self._centre - near, self._minimum)
        self._ordinary_high = np.minimum(self._centre + near, self._maximum)
        self._with_flag = np.array([i for i, encoder in enumerate(encoders) if encoder.flag], dtype=np.intp)
        self._without_flag = np.array([i for i, encoder in enumerate(encoders) if not encoder.flag], dtype=np.intp)

    def output_columns(self) -> dict[str, list[int]]:
        """The columns of the encoded block that belong to each column."""
        columns = {name: [index] for index, name in enumerate(self.names)}
        for index, flagged in enumerate(self._with_flag.tolist(), start=len(self.names)):
            columns[self.names[flagged]].append(index)
        start = self.bins.start
        for encoder in self.encoders:
            columns[encoder.name] += range(start, start := start + max(len(encoder.edges) - 1, 0))
        return columns

    def encode(
        self,
        columns: NumericValues,
        rows: NDArray[np.intp] | None,
        out: NDArray[np.float32],
        warnings: WarningList | None = None,
    ) -> None:
        """Encode these rows of the columns (None: all).

        Args:
            columns: The values of each column (rows,), NaN where missing.
            rows: Indices of rows.
            out: The buffer for the encoded rows (rows, width).
            warnings: Gets a warning for the first cells outside the trained range, and for those missing where no
                training row lacked a value.
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
                reported += self._add_warnings(block, missing, start, warnings)
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
        is_far = size > self._linear
        if is_far.any():
            values = block.reshape(-1)  # a view
            far = np.flatnonzero(is_far)
            linear = self._linear[far // block.shape[1], 0]
            compressed = linear + np.log1p(size.reshape(-1)[far] - linear)
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
    ) -> int:
        """Warn of unusual cells of a block (columns, rows) that begins at row `start`; return their number."""
        format_value = self._format_value
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
