"""Partial dependence: how a net's predictions change with one column, all others left as they are in many rows.

An average hides the rows that go the other way, so percentiles over the rows come with it.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.data.prepare import Encoding
from learning.encoding.table import TableEncoder
from learning.errors import UnusableColumn
from learning.frame import (
    Frame,
    create_unknown_column_error,
)
from learning.insight.attribution import ScalarOutput
from learning.insight.eval_sample import evenly_spaced
from learning.nn.net import NeuralNet
from learning.tasks.task import Capability

NEEDS: Final[frozenset[Capability]] = frozenset({"table_rows"})

GRID_POINTS: Final = 25
LOW, HIGH = 0.1, 0.9
MIN_ROWS: Final = 100
MAX_MULTIPLICATIONS: Final = 2.0**30
"""About how many multiplications one computation may take: some tenths of a second."""


@dataclass(frozen=True)
class DependencePoint:
    """The prediction when the column has this value in every row: its mean, and the 10th and 90th percentile.

    Attributes:
        value: As JSON; for a moment seconds since 1970 UTC.
        centred_low: The 10th percentile when each row's curve is moved to the mean of all (centred ICE, Goldstein et
            al. 2015), so that it shows how much the effect of the column differs, and not the level of the rows.
        centred_high: The 90th percentile of the same.
    """

    value: float | str | bool
    mean: float
    low: float
    high: float
    centred_low: float
    centred_high: float


@dataclass(frozen=True)
class PartialDependence:
    """The change of the prediction with a column, averaged over this number of rows."""

    rows: int
    points: tuple[DependencePoint, ...]


def compute_partial_dependence(
    net: NeuralNet, encoding: Encoding, x: NDArray[np.floating], column: str, choice: int
) -> PartialDependence:
    """Partial dependence on a column (Friedman 2001), in the target's units or as a probability.

    Args:
        net: The net.
        encoding: The encoding of its columns and its target.
        x: The joined values of one or more rows (rows, net.inputs).
        column: The column that is varied.
        choice: The class whose probability is predicted, or the number of the target column.

    Raises:
        UnusableColumn: if the column is not an input of the net, or holds free text or pictures.
    """
    encoder = next((encoder for encoder in encoding.inputs.columns if encoder.name == column), None)
    if encoder is None:
        raise create_unknown_column_error(column, [encoder.name for encoder in encoding.inputs.columns])
    input_indices = encoding.inputs.output_columns(net.inputs)[column]
    if (grid := encoder.grid(x[:, input_indices], GRID_POINTS)) is None:
        raise UnusableColumn(
            f"Column '{column}' holds free text or pictures, which have no values to go through.",
            "Choose another column.",
        )
    values, varied = grid
    encoded_values, ids, *_ = TableEncoder((encoder,)).encode_arrays(Frame({column: varied}, len(varied)))
    if ids is not None:
        embedded = [each.name for each in encoding.inputs.id_encoders]
        encoded_values = net.tables[embedded.index(column)].take(ids[:, 0], 0)
    max_rows = MAX_MULTIPLICATIONS / (len(values) * net.layer_parameter_count)
    rows = x[evenly_spaced(len(x), max(MIN_ROWS, int(max_rows)))]
    scalar_output = ScalarOutput(net, encoding.output)
    predictions = np.empty((len(values), len(rows)))
    for place, encoded_value in enumerate(encoded_values):
        rows[:, input_indices] = encoded_value
        predictions[place] = scalar_output.evaluate(rows, np.full(len(rows), choice))
    centred = predictions - predictions.mean(axis=0) + predictions.mean()
    means = predictions.mean(axis=1).tolist()
    percentiles = np.concatenate([np.quantile(part, (LOW, HIGH), axis=1) for part in (predictions, centred)]).T.tolist()
    points = [
        DependencePoint(value, mean, *bands) for value, mean, bands in zip(values, means, percentiles, strict=True)
    ]
    return PartialDependence(len(rows), tuple(points))
