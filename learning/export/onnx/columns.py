"""Encoding of a table's columns as a graph: an input for each, and the joined values that a net's dense layers read."""

import math
from collections.abc import Sequence
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from learning.encoding.boolean import BooleanEncoder
from learning.encoding.categorical import CategoricalEncoder
from learning.encoding.column_encoders import ColumnEncoder
from learning.encoding.datetime import DatetimeEncoder
from learning.encoding.embedding import EmbeddingEncoder
from learning.encoding.image import ImageEncoder
from learning.encoding.image_features import ImageFeaturesEncoder
from learning.encoding.numeric import NumericEncoder
from learning.encoding.table import TableEncoder
from learning.errors import NotExportable
from learning.export.onnx.numbers import encode_numbers
from learning.export.onnx.operators import Operators, Tensor

DAY_SECONDS: Final = 86_400.0
FIRST_SECONDS, LAST_SECONDS = -62_135_596_800.0, 253_402_214_400.0
"""The first days of the years 1 and 9999."""
DAYS_BEFORE_1970: Final = 719_468
"""The days from 1 March of the year 0, with which civil calendars are computed."""
OTHER_FORMATS: Final = "Export the model as python or mlflow, or its weights as safetensors or npz."
MAX_WHOLE: Final = 2.0**53
CYCLE_LENGTHS: Final = {"month": 12, "weekday": 7, "hour": 24, "time of day": 24}


class FeatureGraph(Protocol):
    """A net that makes features of pictures, as a part of a graph."""

    def add_features(self, ops: Operators, pixels: Tensor, size: int) -> Tensor:
        """The features, float32 (rows, features), of pictures, uint8 (rows, 3, size, size)."""
        ...


class ColumnGraph:
    """The inputs of a graph, and what is encoded of them.

    Attributes:
        inputs: The inputs by the names of the columns: float64 (rows, 1), NaN where missing, of numbers, of booleans as
            1 and 0, and of moments as seconds since 1970; strings (rows, 1), empty where missing, of categories; and
            pixels of pictures, uint8 (rows, channels, height, width).
        joined: The numbers, and the vectors of ids, float32 (rows, values).
        pixels: The pixels, if there are any.
    """

    def __init__(
        self,
        ops: Operators,
        encoder: TableEncoder,
        tables: Sequence[NDArray[np.floating]],
        feature_graph: FeatureGraph | None,
    ) -> None:
        self._ops, self._feature_graph, self.inputs, self.pixels = ops, feature_graph, dict[str, Tensor](), None
        for column in encoder.columns:
            self.inputs[column.name] = self._create_input(column)
        numeric = [each for each in encoder.columns if isinstance(each, NumericEncoder)]
        parts: list[Tensor] = []
        if numeric:
            numbers, others = encode_numbers(ops, ops.concat([self.inputs[each.name] for each in numeric]), numeric)
            parts += [numbers, *others]
        for column in encoder.columns:
            parts += self._encode_other(column)
        for column, table in zip(encoder.id_encoders, tables, strict=True):
            parts.append(self._look_up_vectors(column, table))
        self.joined = ops.concat(parts) if parts else None

    def _create_input(self, column: ColumnEncoder) -> Tensor:
        match column:
            case ImageEncoder():
                return self._ops.argument(np.uint8, ("rows", *column.shape))
            case ImageFeaturesEncoder() if self._feature_graph is not None:
                return self._ops.argument(np.uint8, ("rows", *column.feature_net.image_shape))
            case NumericEncoder() | BooleanEncoder() | DatetimeEncoder():
                return self._ops.argument(np.float64, ("rows", 1))
            case EmbeddingEncoder() if column.kind == "numeric":
                return self._ops.argument(np.float64, ("rows", 1))
            case CategoricalEncoder() | EmbeddingEncoder():
                return self._ops.argument(np.str_, ("rows", 1))
            case _:
                raise NotExportable(_name_obstacle(column), OTHER_FORMATS)

    def _encode_other(self, column: ColumnEncoder) -> list[Tensor]:
        """The inputs of a net from a column that is not of numbers alone."""
        ops, x = self._ops, self.inputs[column.name]
        match column:
            case BooleanEncoder():
                place = ops.op.where(
                    ops.op.isnan(x), ops.const(2.0, np.float64), ops.op.min([x, ops.const(1.0, np.float64)])
                )
                vectors = [[-1.0, 0.0], [1.0, 0.0], [column.mean, 1.0]]
                return [self._take_vectors(np.array(vectors)[:, : column.width], ops.cast(place, np.int64))]
            case CategoricalEncoder():
                lines, vectors = list_category_vectors(column)
                return [self._take_vectors(vectors, ops.look_up(x, lines, len(vectors) - 2))]
            case DatetimeEncoder():
                return self._encode_moment(column, x)
            case ImageEncoder():
                self.pixels = ops.cast(x, np.float32)
                return [self._create_zeros(self.pixels)] * column.flag
            case ImageFeaturesEncoder() if self._feature_graph is not None:
                features = self._feature_graph.add_features(ops, x, column.size)
                means, deviations = (ops.const(each, np.float32) for each in (column.means, column.deviations))
                scaled = ops.op.div(ops.op.sub(features, means), deviations)
                return [scaled, *[self._create_zeros(ops.cast(x, np.float32))] * column.flag]
            case _:
                return []

    def _create_zeros(self, pixels: Tensor) -> Tensor:
        """0 for each row (rows, 1), as no picture is missing."""
        op = self._ops.op
        largest = op.reduce_max(pixels, axes=[1, 2, 3], keepdims=0)
        return self._ops.reshape(op.mul(largest, self._ops.const(0.0, np.float32)), [-1, 1])

    def _take_vectors(self, vectors: NDArray[np.floating], places: Tensor) -> Tensor:
        """The vector of each row (rows, length) by its place (rows, 1)."""
        ops = self._ops
        taken = ops.op.gather(ops.const(vectors, np.float32), ops.reshape(places, [-1]), axis=0)
        return ops.reshape(taken, [-1, vectors.shape[1]])

    def _look_up_vectors(self, column: EmbeddingEncoder, table: NDArray[np.floating]) -> Tensor:
        """The vector of each row's id."""
        ops, x, ids = self._ops, self.inputs[column.name], list_ids(column)
        last = len(table) - 1
        if column.kind == "categorical":
            return self._take_vectors(table, ops.look_up(x, ids, last))
        missing = ids.pop("", last)
        numbers = {int(name): place for name, place in ids.items() if abs(int(name)) < MAX_WHOLE}
        op, is_missing = ops.op, ops.op.isnan(x)
        filled = op.where(is_missing, ops.const(0.5, np.float64), x)
        is_whole = op.and_(
            op.equal(op.floor(filled), filled), op.less(op.abs(filled), ops.const(MAX_WHOLE, np.float64))
        )
        found = ops.look_up(ops.cast(op.where(is_whole, filled, ops.const(0.0, np.float64)), np.int64), numbers, last)
        known = op.where(is_whole, found, ops.const(last, np.int64))
        return self._take_vectors(table, op.where(is_missing, ops.const(missing, np.int64), known))

    def _encode_moment(self, column: DatetimeEncoder, x: Tensor) -> list[Tensor]:
        """The trend of moments, and sine and cosine of each cycle, 0 where a moment is missing."""
        ops, op = self._ops, self._ops.op
        is_time = "time of day" in column.cycles
        day_seconds = ops.const(DAY_SECONDS, np.float64)
        if is_time:
            x = op.sub(x, op.mul(op.floor(op.div(x, day_seconds)), day_seconds))
        trend, others = encode_numbers(ops, x, [column.trend])
        parts = [*([] if is_time else [trend]), *others]
        missing, zero = op.isnan(x), ops.const(0.0, np.float64)
        seconds = op.where(missing, zero, x)
        seconds = op.max([op.min([seconds, ops.const(LAST_SECONDS, np.float64)]), ops.const(FIRST_SECONDS, np.float64)])
        day = op.floor(op.div(seconds, day_seconds))
        for cycle in column.cycles:
            place = _find_position(ops, cycle, seconds, day)
            angle = op.mul(place, ops.const(2.0 * math.pi / CYCLE_LENGTHS[cycle], np.float64))
            quarter = op.add(angle, ops.const(math.pi / 2, np.float64))  # where the sine is the cosine
            waves = [op.where(missing, zero, op.sin(turned)) for turned in (angle, quarter)]
            parts += [ops.cast(wave, np.float32) for wave in waves]
        return parts


def _name_obstacle(column: ColumnEncoder) -> str:
    """Why a column cannot be in a graph."""
    if isinstance(column, ImageFeaturesEncoder):
        return f"The features of pictures in the column '{column.name}' are made by a net that is not in a graph here."
    return (
        f"The column '{column.name}' holds texts, and no standard operator of ONNX cuts a text into words as training "
        "did."
    )


def _find_position(ops: Operators, cycle: str, seconds: Tensor, day: Tensor) -> Tensor:
    """The position of moments in a cycle: month 0 … 11, weekday 0 (Monday) … 6, hour of the day 0 … 24, UTC."""
    op = ops.op
    if cycle in {"hour", "time of day"}:
        within = op.sub(seconds, op.mul(day, ops.const(DAY_SECONDS, np.float64)))
        return op.div(within, ops.const(3600.0, np.float64))

    def whole(value: int) -> Tensor:
        return ops.const(value, np.int64)

    number = ops.cast(day, np.int64)
    if cycle == "weekday":
        return ops.cast(op.mod(op.add(number, whole(3)), whole(7)), np.float64)
    # the civil calendar: https://howardhinnant.github.io/date_algorithms.html#civil_from_days
    of_era = op.mod(op.add(number, whole(DAYS_BEFORE_1970)), whole(146_097))
    years = op.sub(of_era, op.div(of_era, whole(1_460)))
    years = op.sub(op.add(years, op.div(of_era, whole(36_524))), op.div(of_era, whole(146_096)))
    year = op.div(years, whole(365))
    before = op.sub(op.add(op.mul(year, whole(365)), op.div(year, whole(4))), op.div(year, whole(100)))
    month = op.div(op.add(op.mul(op.sub(of_era, before), whole(5)), whole(2)), whole(153))
    return ops.cast(op.mod(op.add(month, whole(2)), whole(12)), np.float64)


def list_category_vectors(column: CategoricalEncoder) -> tuple[dict[str, int], NDArray[np.float32]]:
    """The line of each category among the vectors, "" being a missing one; and these, unseen ones last but one."""
    kept, one_hot, mean = len(column.kept), np.eye(column.width, dtype=np.float32), np.array(column.shares, np.float32)
    rare = one_hot[kept] if column.rare else mean
    vectors = np.vstack([one_hot[:kept], rare, rare, one_hot[-1] if column.missing else mean])
    lines = {name: min(line, kept) for line, name in enumerate(column.kept + column.pooled)}
    return {**lines, "": kept + 2}, vectors


def list_ids(column: EmbeddingEncoder) -> dict[str, int]:
    """The id of each value that training saw, and of "", a missing one."""
    kept, last = len(column.kept), column.table.ids - 1
    rare = kept if column.rare else last
    ids = {name: line if line < kept else rare for line, name in enumerate(column.kept + column.pooled)}
    return {**ids, "": kept + column.rare if column.missing else last}
