"""Attribution by integrated gradients: how much each column contributes to a net's output for a row, and each pixel.

The contributions add up to the difference from the output for the average training row, in the place of whose picture
stands one of the mean colour.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from learning.data.prepare import Encoding
from learning.encoding.table import TableEncoder
from learning.insight.attribution import PictureOutput, ScalarOutput
from learning.nn.layers.embedding_bag import list_terms
from learning.nn.layers.inputs import RowArrays
from learning.nn.net import NeuralNet
from learning.tasks.task import Capability

NEEDS: Final[frozenset[Capability]] = frozenset({"table_rows"})

INTEGRATION_STEPS: Final = (64, 256, 1024)
PICTURE_STEPS: Final = (16, 64, 256)
"""How many steps a path is divided into, the fewest first; with a picture each takes many more multiplications."""
MIN_STEPS: Final = 4
"""The fewest steps for the largest nets that see pictures, for which even 16 would take seconds."""
MAX_COMPLETENESS_ERROR: Final = 2e-3
"""Where the contributions miss by more than this, more steps are taken; in probability, or spreads of the target."""
MAX_MULTIPLICATIONS: Final = 2.0**29
MAX_PICTURE_MULTIPLICATIONS: Final = 2.0**32
"""About the most that more steps may take: some hundredths of a second, or with pictures some tenths."""
CHUNK_VALUES: Final = 2**20


@dataclass(frozen=True)
class Explanation:
    """The contribution of each column to the difference of a row's output from that of the average row.

    All are probabilities, or in the target's units.

    Attributes:
        output: The output for the row.
        baseline_output: That for the average row.
        contributions: The contribution of each column, by its name.
        misses_by: The distance of their sum from the difference.
        terms: The contribution of each known term of the row's texts, by the names of column and term. Their sum is
            that of the column, but for what an average text contributes, and for the flag of missing texts.
        saliency: The contribution of each pixel (height, width) of the picture, all channels together; the sum is that
            of its column, but for the flag of missing pictures. None without a picture.
    """

    output: float
    baseline_output: float
    contributions: dict[str, float]
    misses_by: float
    terms: dict[str, dict[str, float]]
    saliency: NDArray[np.float64] | None = None


def explain(
    net: NeuralNet,
    encoding: Encoding,
    rows: RowArrays,
    mean: NDArray[np.floating],
    classes: NDArray[np.intp],
) -> list[Explanation]:
    """Explain a net's output for each row by integrated gradients (Sundararajan, Taly & Yan 2017).

    On the straight line from the average row m to the row x, input i contributes (x_i - m_i) times the mean of dF/dx_i.
    By the fundamental theorem of calculus these add up to F(x) - F(m). The mean is taken over the midpoints of equal
    steps; a column's contribution is the sum of its inputs'. The inputs of a picture are its pixels.

    Args:
        net: The net.
        encoding: How its columns and its target are encoded.
        rows: The rows as the net takes them.
        mean: The mean joined values of training rows (net.inputs,).
        classes: For each row the class whose probability is explained (rows,); unused for a number.
    """
    image = net.net_inputs.image
    output = ScalarOutput(net, encoding.output) if image is None else PictureOutput(net, encoding.output)
    counts, most = INTEGRATION_STEPS, MAX_MULTIPLICATIONS
    if image is not None:
        counts, most = PICTURE_STEPS, MAX_PICTURE_MULTIPLICATIONS
        fitting = int(most / (3.0 * max(len(classes), 1) * output.products))
        counts = (min(max(fitting, MIN_STEPS), counts[0]), *counts[1:])
    x, baseline = output.join(rows), output.baseline(mean)
    unit = encoding.output.scalar_units(classes)
    ends, starts = output.evaluate(x, classes), output.evaluate(np.repeat(baseline[None], len(x), axis=0), classes)
    contributions, gradients = np.zeros(x.shape, np.float64), np.zeros(x.shape, np.float64)
    misses = np.full(len(x), np.inf)
    for steps in counts:
        again = np.flatnonzero(misses > MAX_COMPLETENESS_ERROR * unit)
        if steps > counts[0] and 3.0 * len(again) * steps * output.products > most:
            break
        gradients[again] = _integrate_gradients(output, x[again], baseline, classes[again], steps)
        contributions[again] = (x[again] - baseline) * gradients[again]
        misses = np.abs(contributions.sum(axis=1) - (ends - starts))
    slots = encoding.inputs.output_columns(output.inputs)
    explanations: list[Explanation] = []
    for row, (end, start, miss) in enumerate(zip(ends.tolist(), starts.tolist(), misses.tolist(), strict=True)):
        parts = {name: float(contributions[row, places].sum()) for name, places in slots.items()}
        saliency = None
        if image is not None:
            saliency = contributions[row, net.net_inputs.width :].reshape(image.shape).sum(axis=0)
        terms = {} if rows.terms is None else _attribute_terms(net, encoding.inputs, rows.terms[row], gradients[row])
        explanations.append(Explanation(end, start, parts, miss, terms, saliency))
    return explanations


def _attribute_terms(
    net: NeuralNet, inputs: TableEncoder, terms: NDArray[Any], gradients: NDArray[np.float64]
) -> dict[str, dict[str, float]]:
    """The contribution of each term of a row (slots,): its part of the sum of vectors times the mean gradient."""
    found: dict[str, dict[str, float]] = {}
    for encoder, placed in zip(inputs.terms_encoders, net.bag_tables, strict=True):
        ids, weights, _ = list_terms(terms[None, placed.slots])
        own = ids - np.int32(placed.first)
        parts = weights * (placed.view(net.parameters)[own] @ gradients[placed.part])
        names = [encoder.terms[int(number)] for number in own.tolist()]
        found[encoder.name] = dict(zip(names, parts.tolist(), strict=True))
    return found


def _integrate_gradients(
    output: ScalarOutput | PictureOutput,
    x: NDArray[np.floating],
    start: NDArray[np.floating],
    classes: NDArray[np.intp],
    steps: int,
) -> NDArray[np.float64]:
    """The mean gradient by each input of each row (rows, inputs), some rows and steps at a time."""
    gradients_by_row = np.empty(x.shape, np.float64)
    shares = ((np.arange(steps) + 0.5) / steps).astype(output.net.dtype)
    most = max(1, CHUNK_VALUES // output.width)
    chunk = max(1, most // steps)
    for first in range(0, len(x), chunk):
        rows = slice(first, first + chunk)
        difference, total = x[rows] - start, np.zeros(x[rows].shape, np.float64)
        for part in np.split(shares, range(most, steps, most)):
            line = start + part[None, :, None] * difference[:, None, :]
            line_classes = np.repeat(classes[rows], len(part))
            gradients = output.input_gradients(line.reshape(-1, output.inputs), line_classes).reshape(line.shape)
            total += gradients.sum(axis=1, dtype=np.float64)
        gradients_by_row[rows] = total / steps
    return gradients_by_row
