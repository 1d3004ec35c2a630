"""Formulas: text that a spreadsheet would run when it opens a CSV file, and its escape by an apostrophe."""

from typing import Final

import polars as pl

LONE_SIGNS: Final = frozenset({"+", "-"})
"""Such as classes; they are no formulas."""
PREFIXES: Final = (*"=+-@\t\r\n\0", *"\uff1d\uff0b\uff0d\uff20")
"""Those of OWASP, the full-width forms of the first four among them, and the zero byte, which programs leave out."""


def escape_formula(text: str) -> str:
    """The text, escaped if a spreadsheet would run it."""
    return f"'{text}" if text.startswith(PREFIXES) and text not in LONE_SIGNS else text


def escape_formulas(table: pl.DataFrame) -> pl.DataFrame:
    """The table with its columns of text, and their names, escaped."""
    texts = [name for name, kind in table.schema.items() if kind == pl.String]
    cells = [table[name].alias("text") for name in texts]
    escaped = [
        pl.select(
            pl.when(cell.str.slice(0, 1).is_in(PREFIXES) & ~cell.is_in(sorted(LONE_SIGNS)))
            .then(pl.lit("'") + pl.lit(cell))
            .otherwise(pl.lit(cell))
        ).to_series()
        for cell in cells
    ]
    for name, cell in zip(texts, escaped, strict=True):
        table = table.with_columns(cell.alias(name))
    return table.rename({name: escape_formula(name) for name in table.columns})
