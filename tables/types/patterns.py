"""Search for a regular expression in the texts of a column: in a loop where they are few, which is faster there."""

import polars as pl

from tables.types.missing import MAX_PYTHON_TEXTS
from tables.types.text_pattern import compile_pattern


def contains(text: pl.Series, pattern: str) -> pl.Series:
    """Whether each text has a part that matches; null for null."""
    if len(text) > MAX_PYTHON_TEXTS:
        return text.str.contains(pattern)
    search = compile_pattern(pattern).search
    found = [None if cell is None else search(cell) is not None for cell in text.to_list()]
    return pl.Series(text.name, found, pl.Boolean)
