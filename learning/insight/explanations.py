"""Why a net says what it says of a row: how much of it each column brought about, compared with an average row.

The contributions add up to the whole difference, so that nothing is forgotten and nothing counted twice.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.data.prepare import Encoding
from learning.encoding.targets import RegressionTarget
from learning.insight.attribution import ScalarOutput
from learning.nn.net import NeuralNet

INTEGRATION_STEPS: Final = (64, 256, 1024)
MAX_COMPLETENESS_ERROR: Final = 2e-3
"""The way is cut into more steps where the contributions miss by more than this, in units of probability or spreads of
the target."""
MAX_MULTIPLICATIONS: Final = 2.0**29
"""More steps are taken only if they take no more multiplications than these, about: some hundredths of a second."""
CHUNK_VALUES: Final = 2**20


@dataclass(frozen=True)
class Explanation:
    """What moved a net's answer for a row, in units of the answer: a probability, or the target's.

    Attributes:
        output: What it says of the row.
        baseline_output: What it says of the average row.
        contributions: How much each column moved it from there, by name.
        misses_by: How far the sum of the contributions is from the difference.
    """

    output: float
    baseline_output: float
    contributions: dict[str, float]
    misses_by: float


def explain(
    net: NeuralNet,
    encoding: Encoding,
    x: NDArray[np.floating],
    mean: NDArray[np.floating],
    classes: NDArray[np.intp],
) -> list[Explanation]:
    """Explain a net's answer for each row by integrated gradients (Sundararajan, Taly & Yan 2017).

    On the straight way from the average row m to the row x, input i brings about (x_i - m_i) times the mean slope of
    the answer F in it. By the fundamental theorem of calculus these add up to F(x) - F(m). The mean is taken over the
    middles of equal steps; a column's contribution is the sum of its inputs'.

    Args:
        net: The net.
        encoding: How its columns and its target are encoded.
        x: The encoded rows (rows, width).
        mean: The mean of the encoded training rows (width,).
        classes: For each row the class whose probability is explained (rows,); for a number they are passed over.
    """
    answer, unit = ScalarOutput(net, encoding.output), 1.0
    if isinstance(encoding.output, RegressionTarget):
        unit = encoding.output.scale
    ends, starts = answer.evaluate(x, classes), answer.evaluate(np.repeat(mean[None], len(x), axis=0), classes)
    moved = np.zeros(x.shape, np.float64)
    missing = np.full(len(x), np.inf)
    for steps in INTEGRATION_STEPS:
        rows = np.flatnonzero(missing > MAX_COMPLETENESS_ERROR * unit)
        if steps > INTEGRATION_STEPS[0] and 3.0 * len(rows) * steps * net.parameter_count > MAX_MULTIPLICATIONS:
            break
        moved[rows] = _integrate_gradients(answer, x[rows], mean, classes[rows], steps)
        missing = np.abs(moved.sum(axis=1) - (ends - starts))
    slots = encoding.inputs.output_columns()
    return [
        Explanation(end, start, {name: float(row[places].sum()) for name, places in slots.items()}, miss)
        for end, start, row, miss in zip(ends.tolist(), starts.tolist(), moved, missing.tolist(), strict=True)
    ]


def _integrate_gradients(
    answer: ScalarOutput, x: NDArray[np.floating], mean: NDArray[np.floating], classes: NDArray[np.intp], steps: int
) -> NDArray[np.float64]:
    """How much each input of each row moved the answer (rows, width), some rows at a time."""
    net = answer.net
    moved = np.empty(x.shape, np.float64)
    shares = ((np.arange(steps) + 0.5) / steps).astype(net.dtype)[None, :, None]
    at_once = max(1, CHUNK_VALUES // (steps * max(net.inputs, *(layer.units for layer in net.dense_layers))))
    for start in range(0, len(x), at_once):
        away = x[start : start + at_once] - mean
        way = mean + shares * away[:, None, :]
        of = np.repeat(classes[start : start + at_once], steps)
        slopes = answer.input_gradients(way.reshape(-1, net.inputs), of).reshape(way.shape)
        moved[start : start + at_once] = away * slopes.mean(axis=1, dtype=np.float64)
    return moved
