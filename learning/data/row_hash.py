"""Hashes of cells and rows, by which rows of one group and copies of a row are found in any number of chunks.

Two different rows have the same hash with a chance of 2^-64; then they are merely kept together.
"""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.frame import BooleanColumn, CategoricalColumn, Column, ImageColumn, TextColumn
from learning.image_features import FeaturesColumn

_MISSING: Final = b"\x00missing"


def mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Scramble the bits of each number, reversibly (the finalizer of SplitMix64, Steele, Lea & Flood 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def hash_columns(columns: Iterable[Column], rows: int) -> NDArray[np.uint64]:
    """The hash of each row (rows,) of these columns; it does not depend on the chunk that the row is in."""
    hashes = np.zeros(rows, np.uint64)
    for column in columns:
        hashes = mix(hashes * np.uint64(0x9E3779B97F4A7C15) + _hash_cells(column))
    return hashes


def find_missing(column: Column) -> NDArray[np.bool_]:
    """Whether each cell (rows,) is missing."""
    if isinstance(column, CategoricalColumn):
        return column.codes < 0
    if isinstance(column, BooleanColumn):
        return column.values < 0
    if isinstance(column, TextColumn):
        return np.array([text is None for text in column.values], np.bool_)
    if isinstance(column, ImageColumn | FeaturesColumn):
        return ~column.present
    return np.isnan(column.values)


def _hash_cells(column: Column) -> NDArray[np.uint64]:
    if isinstance(column, CategoricalColumn):
        return np.array([*map(_hash_text, column.categories), _hash_text(None)], np.uint64)[column.codes]
    if isinstance(column, TextColumn):
        return np.fromiter(map(_hash_text, column.values), np.uint64, len(column))
    if isinstance(column, BooleanColumn):
        return mix(column.values.astype(np.uint64) + np.uint64(1))
    if isinstance(column, ImageColumn | FeaturesColumn):
        rows = column.pixels if isinstance(column, ImageColumn) else column.values
        pictures = zip(rows, column.present, strict=True)
        return np.fromiter((_hash_bytes(row.tobytes() if there else _MISSING) for row, there in pictures), np.uint64)
    return mix(np.where(np.isnan(column.values), np.nan, column.values + 0.0).view(np.uint64))  # 0 of -0, one NaN


def _hash_text(text: str | None) -> int:
    return _hash_bytes(_MISSING if text is None else text.encode("utf-8", "surrogatepass"))


def _hash_bytes(data: bytes) -> int:
    return int.from_bytes(blake2b(data, digest_size=8).digest(), "little")
