"""The outputs of a graph: numbers in their units, quantiles in order, or the label and probabilities of classes."""

import numpy as np

from learning.export.onnx.operators import Operators, Tensor
from learning.tasks.classification import ClassTarget
from learning.tasks.numbers import MAX_ABS_TARGET
from learning.tasks.regression import RegressionTarget


def add_class_answers(ops: Operators, logits: Tensor, target: ClassTarget) -> dict[str, Tensor]:
    """`label`, strings (rows,), and `probabilities`, float64 (rows, classes), from logits (rows, outputs)."""
    op, z = ops.op, ops.cast(logits, np.float64)
    if target.outputs == 1:
        z = op.mul(z, ops.const([-0.5, 0.5], np.float64))  # so that their difference is the logit
    rest = op.exp(op.sub(z, op.reduce_max(z, axes=[1], keepdims=1)))
    probabilities = op.div(rest, op.reduce_sum(rest, ops.const([1], np.int64), keepdims=1))
    best = op.arg_max(probabilities, axis=1, keepdims=0)
    return {"label": op.gather(ops.const(np.array(target.labels)), best, axis=0), "probabilities": probabilities}


def add_number_answers(ops: Operators, logits: Tensor, target: RegressionTarget) -> dict[str, Tensor]:
    """An output for each value and each quantile, float64 (rows, 1), as the columns of predictions are named."""
    op, columns, quantiles = ops.op, target.columns, len(target.quantiles) or 1
    z = ops.reshape(ops.cast(logits, np.float64), [-1, columns, quantiles])
    if quantiles > 1:
        z, _ = op.top_k(z, ops.const([quantiles], np.int64), axis=2, largest=0, sorted=1)
    scale, mean = (ops.const(each[:, None], np.float64) for each in (target.scales, target.means))
    most = ops.const(MAX_ABS_TARGET, np.float64)
    numbers = op.max([op.min([op.add(op.mul(z, scale), mean), most]), op.neg(most)])
    flat = ops.reshape(numbers, [-1, columns * quantiles])
    places = [column * quantiles + target.middle for column in range(columns)]
    if target.quantiles:
        places += range(columns * quantiles)
    names = target.decode(np.zeros((1, target.outputs), np.float32)).columns
    return {name: ops.take(flat, [place]) for name, place in zip(names, places, strict=True)}
