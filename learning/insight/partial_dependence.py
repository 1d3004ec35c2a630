"""How a net's answer changes with one column, all else left as it is in many rows.

An average hides those for whom it is the other way round, so the spread over the rows is told with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.data.prepare import Encoding
from learning.encoding.boolean import BooleanEncoder
from learning.encoding.categorical import CategoricalEncoder
from learning.encoding.datetime import DatetimeEncoder
from learning.encoding.numeric import NumericEncoder
from learning.encoding.table import ColumnEncoder, TableEncoder
from learning.errors import UnusableColumn
from learning.frame import (
    BooleanColumn,
    CategoricalColumn,
    Column,
    DatetimeColumn,
    Frame,
    NumericColumn,
    create_unknown_column_error,
)
from learning.insight.attribution import ScalarOutput
from learning.insight.eval_sample import evenly_spaced
from learning.nn.net import NeuralNet

MAX_POINTS: Final = 25
MAX_CATEGORIES: Final = 50
LOW, HIGH = 0.1, 0.9
MIN_ROWS: Final = 100
MAX_MULTIPLICATIONS: Final = 2.0**30
"""How many multiplications it may take, about: some tenths of a second at most."""


@dataclass(frozen=True)
class DependencePoint:
    """What the net says when the column has this value in every row: the mean, and the 10th and 90th percentile.

    Attributes:
        value: As JSON; for a moment seconds since 1970 UTC.
    """

    value: float | str | bool
    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class PartialDependence:
    """How the answer changes with a column, over so many rows."""

    rows: int
    points: tuple[DependencePoint, ...]


def compute_partial_dependence(
    net: NeuralNet, encoding: Encoding, x: NDArray[np.floating], column: str, class_index: int
) -> PartialDependence:
    """Partial dependence on a column (Friedman 2001), in the target's units or as a probability.

    Args:
        net: The net.
        encoding: How its columns and its target are encoded.
        x: Encoded rows, one or more (rows, width).
        column: The column that is varied.
        class_index: The class whose probability is told; passed over for a number.

    Raises:
        UnusableColumn: if the net does not look at such a column, or it holds free text.
    """
    encoder = next((encoder for encoder in encoding.inputs.columns if encoder.name == column), None)
    if encoder is None:
        raise create_unknown_column_error(column, [encoder.name for encoder in encoding.inputs.columns])
    slots = encoding.inputs.output_columns()[column]
    values, varied = _grid(encoder, x[:, slots])
    vectors = TableEncoder((encoder,)).encode(Frame({column: varied}, len(varied)))
    most = MAX_MULTIPLICATIONS / (len(values) * net.parameter_count)
    rows = x[evenly_spaced(len(x), max(MIN_ROWS, int(most)))]
    answer, points = ScalarOutput(net, encoding.output), list[DependencePoint]()
    for value, vector in zip(values, vectors, strict=True):
        rows[:, slots] = vector
        said = answer.evaluate(rows, np.full(len(rows), class_index))
        low, high = np.quantile(said, (LOW, HIGH)).tolist()
        points.append(DependencePoint(value, float(said.mean()), low, high))
    return PartialDependence(len(rows), tuple(points))


def _grid(encoder: ColumnEncoder, encoded: NDArray[np.floating]) -> tuple[Sequence[float | str | bool], Column]:
    """The values that a column is given in turn, and they as a column.

    Numbers divide the rows into equal parts, moments are equally far apart, categories are the most frequent.
    """
    match encoder:
        case NumericEncoder():
            parts = np.quantile(encoder.decode(encoded[:, 0]), np.linspace(0.0, 1.0, MAX_POINTS))
            numbers = list(dict.fromkeys(float(f"{value:.6g}") for value in parts.tolist()))
            return numbers, NumericColumn(np.array(numbers))
        case DatetimeEncoder():
            moments = np.linspace(encoder.trend.minimum, encoder.trend.maximum, MAX_POINTS)
            return moments.tolist(), DatetimeColumn(moments)
        case BooleanEncoder():
            return [False, True], BooleanColumn(np.array([0, 1], np.int8))
        case CategoricalEncoder():
            words = (encoder.kept + encoder.pooled)[:MAX_CATEGORIES]
            return words, CategoricalColumn(np.arange(len(words), dtype=np.int32), words)
        case _:
            raise UnusableColumn(
                f"Column '{encoder.name}' holds free text, which has no values to go through.",
                "Choose another column.",
            )
