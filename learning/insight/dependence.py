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
from learning.insight.attribution import Answer
from learning.insight.eval_sample import evenly
from learning.nn.net import NeuralNet

POINTS: Final = 25
MOST_CATEGORIES: Final = 50
LOW, HIGH = 0.1, 0.9
FEWEST_ROWS: Final = 100
EFFORT: Final = 2.0**30
"""How many multiplications it may take, about: some tenths of a second at most."""


@dataclass(frozen=True)
class Point:
    """What the net says when the column has this value in every row: the mean, and the 10th and 90th percentile.

    Attributes:
        value: As JSON; for a moment seconds since 1970 UTC.
    """

    value: float | str | bool
    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Dependence:
    """How the answer changes with a column, over so many rows."""

    rows: int
    points: tuple[Point, ...]


def dependence(net: NeuralNet, encoding: Encoding, x: NDArray[np.floating], column: str, number: int) -> Dependence:
    """Partial dependence on a column (Friedman 2001), in the target's units or as a probability.

    Args:
        net: The net.
        encoding: How its columns and its target are encoded.
        x: Encoded rows, one or more (rows, width).
        column: The column that is varied.
        number: The class whose probability is told; passed over for a number.

    Raises:
        UnusableColumn: if the net does not look at such a column, or it holds free text.
    """
    encoder = next((encoder for encoder in encoding.inputs.columns if encoder.name == column), None)
    if encoder is None:
        raise create_unknown_column_error(column, [encoder.name for encoder in encoding.inputs.columns])
    slots = encoding.inputs.slots()[column]
    values, varied = _values(encoder, x[:, slots])
    vectors = TableEncoder((encoder,)).encode(Frame({column: varied}, len(varied)))
    most = EFFORT / (len(values) * net.parameter_count)
    rows = x[evenly(len(x), max(FEWEST_ROWS, int(most)))]
    answer, points = Answer(net, encoding.output), list[Point]()
    for value, vector in zip(values, vectors, strict=True):
        rows[:, slots] = vector
        said = answer.of(rows, np.full(len(rows), number))
        low, high = np.quantile(said, (LOW, HIGH)).tolist()
        points.append(Point(value, float(said.mean()), low, high))
    return Dependence(len(rows), tuple(points))


def _values(encoder: ColumnEncoder, encoded: NDArray[np.floating]) -> tuple[Sequence[float | str | bool], Column]:
    """The values that a column is given in turn, and they as a column.

    Numbers divide the rows into equal parts, moments are equally far apart, categories are the most frequent.
    """
    match encoder:
        case NumericEncoder():
            parts = np.quantile(encoder.decode(encoded[:, 0]), np.linspace(0.0, 1.0, POINTS))
            numbers = list(dict.fromkeys(float(f"{value:.6g}") for value in parts.tolist()))
            return numbers, NumericColumn(np.array(numbers))
        case DatetimeEncoder():
            moments = np.linspace(encoder.trend.minimum, encoder.trend.maximum, POINTS)
            return moments.tolist(), DatetimeColumn(moments)
        case BooleanEncoder():
            return [False, True], BooleanColumn(np.array([0, 1], np.int8))
        case CategoricalEncoder():
            words = (encoder.kept + encoder.pooled)[:MOST_CATEGORIES]
            return words, CategoricalColumn(np.arange(len(words), dtype=np.int32), words)
        case _:
            raise UnusableColumn(
                f"Column '{encoder.name}' holds free text, which has no values to go through.",
                "Choose another column.",
            )
