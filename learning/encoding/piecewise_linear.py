"""Piecewise-linear encoding of numbers: how far each has come through every bin of its column.

The sum of a bin's inputs times weights is a line with a bend at every edge, so the first layer of a net can learn
thresholds and curves of a single column at once (Gorishniy, Rubachev & Babenko 2022, "On Embeddings for Numerical
Features in Tabular Deep Learning").
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.encoding.numeric_spec import limit_edges

CHUNK_CELLS: Final = 2**16
"""Cells encoded at once, so that they stay in the processor's cache."""

MIN_WIDTH: Final = 1e-6
"""A bin narrower than this many scales of its column is encoded as if it were so wide, so that nothing overflows."""


def find_edges(values: NDArray[np.float64], bins: int) -> tuple[float, ...]:
    """The edges of about so many bins of training values (rows,), ascending; none where there is only one bin.

    Few different values, as `limit_edges` says, are all edges. Else these are quantiles, among them the least and the
    greatest value. A value that alone fills a bin is an edge, and the quantiles are those of the others: in a column
    that is mostly 0 they would else all be 0.
    """
    ordered = np.sort(values)
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    distinct = ordered[starts]
    edges = distinct
    if len(distinct) > limit_edges(bins):
        counts = np.diff(starts, append=len(ordered))
        mode = int(counts.argmax())
        start, count, own = int(starts[mode]), int(counts[mode]), list[float]()
        if count * bins > len(ordered):
            ordered, own = np.delete(ordered, slice(start, start + count)), [float(distinct[mode])]
        places = np.linspace(0, len(ordered) - 1, max(bins + 1 - len(own), 2)).round().astype(np.intp)
        edges = np.unique([*ordered[places], *own])
    return tuple(edges.tolist()) if bins > 1 and len(edges) > 2 else ()


def name_bins(name: str, edges: Sequence[float], format_value: Callable[[float], str] = "{:g}".format) -> list[str]:
    """The names of the bins of a column between these edges."""
    return [f"{name}, {format_value(low)} to {format_value(high)}" for low, high in pairwise(edges)]


class PiecewiseLinearBlock:
    """Encodes several columns together: a bin's input is 0 before the bin, 1 behind it, and linear within.

    The first and the last bin of a column are open: beyond them their inputs go on with the logarithm.

    Args:
        edges: The ascending edges of each column that has bins, in the units of the values.
        columns: The place of each of these columns among all.
    """

    def __init__(self, edges: Sequence[NDArray[np.float64]], columns: Sequence[int]) -> None:
        bins = [len(each) - 1 for each in edges]
        self.width = sum(bins)
        self._column_of_bin = np.repeat(np.array(columns, np.intp), bins)
        self._low = np.concatenate([each[:-1] for each in edges]).astype(np.float32)
        rounded = [each.astype(np.float32) for each in edges]
        widths = np.concatenate([np.diff(each) for each in rounded])
        self._per_width = 1.0 / np.maximum(widths, np.float32(MIN_WIDTH))
        self._columns = np.array(columns, np.intp)
        self._last_bins = np.cumsum(bins) - 1
        self._first_bins = self._last_bins - np.array(bins, np.intp) + 1
        self._least = np.array([each[0] for each in edges])[:, None]
        self._greatest = np.array([each[-1] for each in edges])[:, None]

    def encode(self, values: NDArray[np.float64], out: NDArray[np.float32]) -> None:
        """Encode values (all columns, rows) within the outer edges into `out` (rows, width); others get 0 or 1."""
        by_row = values.T.astype(np.float32)
        step = max(1, CHUNK_CELLS // self.width)
        for start in range(0, len(out), step):
            chunk = slice(start, start + step)
            cells = by_row[chunk].take(self._column_of_bin, axis=1)
            np.subtract(cells, self._low, out=cells)
            np.multiply(cells, self._per_width, out=cells)
            np.maximum(cells, 0.0, out=cells)
            np.minimum(cells, 1.0, out=out[chunk])

    def encode_open(self, values: NDArray[np.float64], out: NDArray[np.float32]) -> None:
        """Encode values (all columns, rows) that may lie beyond the outer edges into `out` (rows, width)."""
        own = values[self._columns]
        below, above = own < self._least, own > self._greatest
        self.encode(values, out)
        for is_beyond, edges, sign, offset, bins in (
            (below, self._least, -1.0, 0.0, self._first_bins),
            (above, self._greatest, 1.0, 1.0, self._last_bins),
        ):
            if is_beyond.any():
                places, rows = np.nonzero(is_beyond)
                beyond = np.abs(own[places, rows] - edges[places, 0]) * self._per_width[bins[places]]
                out[rows, bins[places]] = offset + sign * np.log1p(beyond)
