"""Weights of an exported model, as text in its file and as numbers; NumPy, if it can be imported.

Each line of the text is a piece of the float32 vector, little-endian, compressed by zlib, in base64.
"""

import sys
import zlib
from array import array
from base64 import b64decode
from collections.abc import Iterable
from importlib import import_module
from typing import Any


def _import_numpy() -> Any:
    try:
        return import_module("numpy")
    except ImportError:
        return None


numpy: Any = _import_numpy()
"""NumPy; None where it is not, and the same is computed by Python's own numbers."""


def read_weights(lines: Iterable[str]) -> "array[float]":
    """Read the vector of all weights."""
    return read_array(b"".join([zlib.decompress(b64decode(line)) for line in lines]), "f")


def unpack_numbers(text: str, kind: str) -> "array[Any]":
    """Read the numbers of one text, of a type as `array` names it: `f`, `d` or `i`."""
    return read_array(zlib.decompress(b64decode(text)), kind)


def read_array(data: bytes, kind: str) -> "array[Any]":
    """Read numbers that lie in memory one after the other, little-endian."""
    numbers: array[Any] = array(kind)
    numbers.frombytes(data)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


class WeightReader:
    """Reads a vector of weights from its beginning on.

    Attributes:
        place: How many were read.
    """

    def __init__(self, weights: "array[float]") -> None:
        self.weights, self.place = weights, 0

    def take(self, count: int) -> "array[float]":
        """Take the next weights."""
        self.place += count
        return self.weights[self.place - count : self.place]

    def take_matrix(self, columns: int, rows: int) -> "list[array[float]]":
        """Take the next rows of a matrix."""
        return [self.take(columns) for _ in range(rows)]
