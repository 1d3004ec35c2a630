"""Shapes of a column of texts that may be datetimes, from which `date_layouts` tells their formats."""

import polars as pl

from tables.types.date_layouts import MAX_DATE_CHARS, find_shape
from tables.types.missing import MAX_PYTHON_TEXTS


def find_shapes(text: pl.Series) -> pl.Series:
    """The shapes of texts that may be datetimes; null for all others."""
    if len(text) <= MAX_PYTHON_TEXTS:
        return pl.Series(text.name, list(map(find_shape, text.to_list())), pl.String)
    shapes = text.str.replace_all(r"\s+", " ").str.replace_all("[0-9]", "0")
    possible = shapes.str.contains("0", literal=True) & (text.str.len_chars() <= MAX_DATE_CHARS)
    return shapes.set(~possible, None)
