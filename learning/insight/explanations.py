"""Attribution by integrated gradients: how much each column contributes to a net's output for a row.

The contributions add up to the difference from the output for the average training row.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.data.prepare import Encoding
from learning.insight.attribution import ScalarOutput
from learning.nn.net import NeuralNet
from learning.tasks.task import Capability

NEEDS: Final[frozenset[Capability]] = frozenset({"table_rows"})

INTEGRATION_STEPS: Final = (64, 256, 1024)
MAX_COMPLETENESS_ERROR: Final = 2e-3
"""Where the contributions miss by more than this, more steps are taken; in probability, or spreads of the target."""
MAX_MULTIPLICATIONS: Final = 2.0**29
"""About the most that more steps may take: some hundredths of a second."""
CHUNK_VALUES: Final = 2**20


@dataclass(frozen=True)
class Explanation:
    """The contribution of each column to the difference of a row's output from that of the average row.

    `misses_by` is the distance of their sum from the difference. All are probabilities, or in the target's units.
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
    """Explain a net's output for each row by integrated gradients (Sundararajan, Taly & Yan 2017).

    On the straight line from the average row m to the row x, input i contributes (x_i - m_i) times the mean of dF/dx_i.
    By the fundamental theorem of calculus these add up to F(x) - F(m). The mean is taken over the midpoints of equal
    steps; a column's contribution is the sum of its inputs'.

    Args:
        net: The net.
        encoding: How its columns and its target are encoded.
        x: The joined values of the rows (rows, net.inputs).
        mean: The mean of the encoded training rows (width,).
        classes: For each row the class whose probability is explained (rows,); unused for a number.
    """
    output = ScalarOutput(net, encoding.output)
    unit = encoding.output.scalar_units(classes)
    ends, starts = output.evaluate(x, classes), output.evaluate(np.repeat(mean[None], len(x), axis=0), classes)
    contributions = np.zeros(x.shape, np.float64)
    misses = np.full(len(x), np.inf)
    for steps in INTEGRATION_STEPS:
        rows = np.flatnonzero(misses > MAX_COMPLETENESS_ERROR * unit)
        if steps > INTEGRATION_STEPS[0] and 3.0 * len(rows) * steps * net.layer_parameter_count > MAX_MULTIPLICATIONS:
            break
        contributions[rows] = _integrate_gradients(output, x[rows], mean, classes[rows], steps)
        misses = np.abs(contributions.sum(axis=1) - (ends - starts))
    slots = encoding.inputs.output_columns(net.inputs)
    return [
        Explanation(end, start, {name: float(row[places].sum()) for name, places in slots.items()}, miss)
        for end, start, row, miss in zip(ends.tolist(), starts.tolist(), contributions, misses.tolist(), strict=True)
    ]


def _integrate_gradients(
    output: ScalarOutput, x: NDArray[np.floating], mean: NDArray[np.floating], classes: NDArray[np.intp], steps: int
) -> NDArray[np.float64]:
    """The contribution of each input of each row (rows, width), some rows at a time."""
    net = output.net
    contributions = np.empty(x.shape, np.float64)
    shares = ((np.arange(steps) + 0.5) / steps).astype(net.dtype)[None, :, None]
    chunk = max(1, CHUNK_VALUES // (steps * net.max_width))
    for start in range(0, len(x), chunk):
        difference = x[start : start + chunk] - mean
        line = mean + shares * difference[:, None, :]
        line_classes = np.repeat(classes[start : start + chunk], steps)
        gradients = output.input_gradients(line.reshape(-1, net.inputs), line_classes).reshape(line.shape)
        contributions[start : start + chunk] = difference * gradients.mean(axis=1, dtype=np.float64)
    return contributions
