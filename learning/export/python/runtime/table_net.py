"""The net of an exported model of a table: from the values of a row's cells to numbers and classes."""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from learning.export.python.runtime.answers import ClassAnswers, NumberAnswers
from learning.export.python.runtime.encoders import (
    Encode,
    NumberEncoder,
    create_boolean_encode,
    create_category_encode,
    create_date_encode,
    create_id_encode,
)
from learning.export.python.runtime.fast_arithmetic import FastArithmetic
from learning.export.python.runtime.net import build_net
from learning.export.python.runtime.plain_arithmetic import PlainArithmetic
from learning.export.python.runtime.text_encoders import Terms, create_old_text_encode, create_terms_encode
from learning.export.python.runtime.weights import WeightReader, numpy

CHUNK_ROWS: Final = 2048
"""Rows that are encoded and pass the net at a time."""

Cells = Mapping[str, Any]
"""The values of a row's cells, by the names of their columns; None is missing."""


class TableNet:
    """The net of a table, with the encoding of its inputs and the meaning of its outputs.

    Args:
        header: What the model's file says of it.
        weights: All its weights.
        pictures: How it sees pictures, if it does: by layers of its own, or by features that another net makes.

    Attributes:
        columns: What the header says of each input column.
        answers: What outputs mean.
    """

    def __init__(self, header: dict[str, Any], weights: "array[float]", pictures: Any = None) -> None:
        self.columns: list[dict[str, Any]] = header["inputs"]["columns"]
        self.numbers = [(each["name"], NumberEncoder(each)) for each in self.list_of("numeric")]
        others = {"boolean": create_boolean_encode, "categorical": create_category_encode}
        others |= {"datetime": create_date_encode, "text": create_old_text_encode}
        self.others: list[tuple[str, Encode]] = []
        for column in self.columns:
            if column["type"] in others:
                self.others.append((column["name"], others[column["type"]](column)))
            elif column["type"] == "image_features":
                self.others.append((column["name"], pictures.create_encode(column)))
            elif column["type"] in {"terms", "image"} and column["flag"]:
                self.others.append((column["name"], lambda cell: [float(cell is None)]))
        self.ids = [(each["name"], create_id_encode(each)) for each in self.list_of("embedding")]
        self.texts = [(each["name"], create_terms_encode(each)) for each in self.list_of("terms")]
        target = header["output"]
        self.answers = ClassAnswers(target) if target["task"] == "classification" else NumberAnswers(target)
        output = {"type": "dense", "units": self.answers.outputs, "activation": "linear"}
        blank = dict.fromkeys([each["name"] for each in self.columns])
        vectors = sum(each["dimensions"] for each in (*self.list_of("embedding"), *self.list_of("terms")))
        arithmetic, reader = PlainArithmetic() if numpy is None else FastArithmetic(), WeightReader(weights)
        inputs, layers = len(self._encode_numbers(blank)) + vectors, [*header["layers"], output]
        self.pictures: Any = None
        if images := self.list_of("image"):
            first = next(number for number, layer in enumerate(layers) if has_dense(layer))
            self.pictures, self.picture = pictures.create_net(images[0], layers[:first], reader), images[0]["name"]
            inputs, layers = inputs + self.pictures.features, layers[first:]
        self.run, _ = build_net(layers, inputs, reader, arithmetic)
        self.id_tables = [
            reader.take_matrix(each["dimensions"], len(each["kept"]) + each["rare"] + each["missing"] + 1)
            for each in self.list_of("embedding")
        ]
        self.text_tables = [
            reader.take_matrix(each["dimensions"], len(each["terms"])) for each in self.list_of("terms")
        ]
        if numpy is not None:
            self.text_tables = [numpy.asarray(table) for table in self.text_tables]

    def list_of(self, kind: str) -> list[dict[str, Any]]:
        """The columns with an encoder of a kind."""
        return [each for each in self.columns if each["type"] == kind]

    def predict(self, rows: Iterable[Cells]) -> "Iterable[list[float]]":
        """The numbers of each row, as `answers` describes them."""
        remaining = iter(rows)
        while chunk := [*islice(remaining, CHUNK_ROWS)]:
            yield from map(self.answers.decode, self._find_logits(chunk))

    def _find_logits(self, rows: Sequence[Cells]) -> Iterable[Sequence[float]]:
        """The outputs of the net for rows."""
        encoded = map(self.encode, rows)
        if numpy is None:
            return map(self.run, encoded)
        with numpy.errstate(all="ignore"):
            values = numpy.array([*encoded], numpy.float32)
            if self.pictures is not None:
                seen = self.pictures.compute_features([row[self.picture] for row in rows])
                values = numpy.hstack([values, seen])
            return self.run(values).tolist()

    def encode(self, row: Cells) -> "array[float]":
        """The inputs of the net for a row: numbers, then the vectors of ids, then those of texts."""
        values = self._encode_numbers(row)
        for (name, encode), table in zip(self.ids, self.id_tables, strict=True):
            values.extend(table[encode(row[name])])
        for (name, encode), table in zip(self.texts, self.text_tables, strict=True):
            values.extend(sum_vectors(table, encode(row[name])))
        return values

    def _encode_numbers(self, row: Cells) -> "array[float]":
        """The standardised numbers, their flags, their bins, and what other columns have for inputs."""
        values, flags, bins = array("f"), list[float](), list[float]()
        for name, encoder in self.numbers:
            value, own_flag, own_bins = encoder.encode(row[name])
            values.append(value)
            flags += own_flag
            bins += own_bins
        values.extend(flags)
        values.extend(bins)
        for name, encode in self.others:
            values.extend(encode(row[name]))
        return values


def sum_vectors(table: Sequence[Sequence[float]], terms: Terms) -> Sequence[float]:
    """The weighted sum of the vectors of terms."""
    if numpy is not None:
        vectors: Any = table
        if not terms:
            return [0.0] * vectors.shape[1]
        ids, weights = zip(*terms, strict=True)
        return (numpy.array(weights, numpy.float32) @ vectors[[*ids]]).tolist()
    sums = [0.0] * len(table[0])
    for number, weight in terms:
        sums = [total + weight * value for total, value in zip(sums, table[number], strict=True)]
    return sums


def has_dense(layer: dict[str, Any]) -> bool:
    """Whether a layer is dense, or has dense layers within it."""
    return layer["type"] == "dense" or any(map(has_dense, layer.get("layers", ())))
