"""The outputs of a graph: numbers in their units, quantiles in order, or the label and probabilities of classes.

With a threshold for each target there are intervals or sets beside them.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from learning.export.onnx.operators import Operators, Tensor
from learning.tasks.classification import ClassTarget
from learning.tasks.numbers import MAX_ABS_TARGET
from learning.tasks.regression import RegressionTarget

Thresholds = NDArray[np.float64] | None
"""The conformal threshold of each target (targets,), if there are any."""


def add_class_answers(ops: Operators, logits: Tensor, target: ClassTarget, thresholds: Thresholds) -> dict[str, Tensor]:
    """`label`, strings (rows,), and `probabilities`, float64 (rows, classes), from logits (rows, outputs).

    With a threshold also `set`, booleans (rows, classes), in which the most probable class always is.
    """
    op, z = ops.op, ops.cast(logits, np.float64)
    if target.outputs == 1:
        z = op.mul(z, ops.const([-0.5, 0.5], np.float64))  # so that their difference is the logit
    rest = op.exp(op.sub(z, op.reduce_max(z, axes=[1], keepdims=1)))
    probabilities = op.div(rest, op.reduce_sum(rest, ops.const([1], np.int64), keepdims=1))
    best = op.arg_max(probabilities, axis=1, keepdims=0)
    answers = {"label": op.gather(ops.const(np.array(target.labels)), best, axis=0), "probabilities": probabilities}
    if thresholds is not None:
        rest = op.sub(ops.const(1.0, np.float64), probabilities)
        is_near = op.not_(op.greater(rest, ops.const(thresholds[0], np.float64)))
        is_best = op.equal(ops.const(range(len(target.labels)), np.int64), ops.reshape(best, [-1, 1]))
        answers["set"] = op.or_(is_near, is_best)
    return answers


def add_number_answers(
    ops: Operators, logits: Tensor, target: RegressionTarget, thresholds: Thresholds
) -> dict[str, Tensor]:
    """An output for each value and each quantile, float64 (rows, 1), as the columns of predictions are named.

    With thresholds there are the bounds of an interval for each target, too.
    """
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
    told = target.decode(np.zeros((1, target.outputs), np.float32))
    answers = {name: ops.take(flat, [place]) for name, place in zip(told.columns, places, strict=True)}
    if thresholds is not None:
        names = iter(replace(told, bounds=np.zeros((1, 2 * columns))).bound_columns)
        for column, reach in enumerate(thresholds * target.scales):
            own = [ops.take(flat, [column * quantiles + place]) for place in range(quantiles)]
            value, far = own[target.middle], ops.const(reach, np.float64)
            answers[next(names)] = op.max([op.min([op.sub(own[0], far), value]), op.neg(most)])
            answers[next(names)] = op.min([op.max([op.add(own[-1], far), value]), most])
    return answers
