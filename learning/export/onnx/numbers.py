"""Encoding of numbers as a graph: standardised, logarithmic far from the centre, with flags and bins."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from learning.encoding.numeric import MAX_ABS_VALUE, MAX_SPREADS, NumericEncoder
from learning.encoding.piecewise_linear import MIN_WIDTH
from learning.export.onnx.operators import Operators, Tensor


def encode_numbers(ops: Operators, x: Tensor, encoders: Sequence[NumericEncoder]) -> tuple[Tensor, list[Tensor]]:
    """The standardised numbers, float32 (rows, columns), and then the flags and the bins, if there are any.

    `x` are the numbers, float64 (rows, columns), NaN where missing.
    """
    op, double = ops.op, np.float64
    centre, scale, median, linear = (
        ops.const([getattr(each, name) for each in encoders], double)
        for name in ("centre", "scale", "median", "linear_spreads")
    )
    low, high = ([bound(each) for each in encoders] for bound in (_lower_bound, _upper_bound))
    missing = op.isnan(x)
    filled = op.max([op.min([op.where(missing, median, x), ops.const(high, double)]), ops.const(low, double)])
    z = op.div(op.sub(filled, centre), scale)
    size, zero = op.abs(z), ops.const(0.0, double)
    far = op.add(linear, ops.log1p(op.max([op.sub(size, linear), zero])))
    signed = op.where(op.less(z, zero), op.neg(far), far)
    encoded = ops.cast(op.where(op.greater(size, linear), signed, z), np.float32)
    others: list[Tensor] = []
    if flagged := [place for place, each in enumerate(encoders) if each.flag]:
        others.append(ops.cast(ops.take(missing, flagged), np.float32))
    if binned := [place for place, each in enumerate(encoders) if each.edges]:
        edges = [
            (np.clip(encoders[place].edges, low[place], high[place]) - encoders[place].centre) / encoders[place].scale
            for place in binned
        ]
        others.append(_encode_bins(ops, ops.take(z, binned), edges))
    return encoded, others


def _lower_bound(encoder: NumericEncoder) -> float:
    return max(encoder.centre - MAX_SPREADS * encoder.scale, -MAX_ABS_VALUE)


def _upper_bound(encoder: NumericEncoder) -> float:
    return min(encoder.centre + MAX_SPREADS * encoder.scale, MAX_ABS_VALUE)


def _encode_bins(ops: Operators, z: Tensor, edges: Sequence[NDArray[np.float64]]) -> Tensor:
    """How far each of the numbers (rows, columns) has come through each bin; beyond the outer ones by the logarithm."""
    op, double, single = ops.op, np.float64, np.float32
    counts = [len(each) - 1 for each in edges]
    column_of_bin = np.repeat(np.arange(len(edges)), counts)
    rounded = [each.astype(single) for each in edges]
    low = np.concatenate([each[:-1] for each in rounded])
    per_width = 1.0 / np.maximum(np.concatenate([np.diff(each) for each in rounded]), single(MIN_WIDTH))
    cells = ops.take(ops.cast(z, single), column_of_bin)
    inside = op.mul(op.sub(cells, ops.const(low, single)), ops.const(per_width, single))
    inside = op.min([op.max([inside, ops.const(0.0, single)]), ops.const(1.0, single)])
    last = np.cumsum(counts) - 1
    first = last - np.array(counts) + 1
    least, greatest = (ops.const([each[place] for each in edges], double) for place in (0, -1))

    def go_on(distance: Tensor, bins: NDArray[np.intp]) -> Tensor:
        beyond = op.mul(op.max([distance, ops.const(0.0, double)]), ops.const(per_width[bins], double))
        return ops.cast(ops.log1p(beyond), single)

    below, above = op.neg(go_on(op.sub(least, z), first)), go_on(op.sub(z, greatest), last)
    nothing = op.mul(ops.take(below, [0]), ops.const(0.0, single))
    places = np.full(len(low), 2 * len(edges))
    places[first], places[last] = np.arange(len(edges)), np.arange(len(edges), 2 * len(edges))
    return op.add(inside, ops.take(ops.concat([below, above, nothing]), places))
