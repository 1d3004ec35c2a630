"""Numbers as people write them: with a point or a comma for decimals, in groups of thousands, with a sign for money.

`1.234` is one and a bit in London and over a thousand in Berlin; only the other cells of its column can tell.
"""

from functools import partial
from typing import Final, Literal

import polars as pl

from tables.types.reading import VALUE, Note, Reading, cells

Style = Literal["point", "comma"]

LEADING_ZERO: Final = "^[+-]?0[0-9]+$"
"""An integer that begins with a zero: as a rule an id."""

_MONEY: Final = "[$€£¥₹]"
_GROUP_BLANKS: Final = "[ '\u2019\u00a0\u2009\u202f]"
_BLANK_GROUPS: Final = rf"^[+-]?[0-9]{{1,3}}(?:{_GROUP_BLANKS}[0-9]{{3}})+(?:[.,][0-9]*)?$"
_COMMA_GROUPS: Final = r"^[+-]?[1-9][0-9]{0,2}(?:,[0-9]{2,3})*,[0-9]{3}(?:\.[0-9]*)?$"
_POINT_GROUPS: Final = r"^[+-]?[1-9][0-9]{0,2}(?:\.[0-9]{3})+(?:,[0-9]*)?$"
_TOO_LONG: Final = "^[+-]?[1-9][0-9]{16,}$"
_SIGNED: Final = f"{_MONEY}|%$"


def read_numbers(text: pl.Expr, style: Style = "point") -> pl.Expr:
    """The numbers that text without blanks around it means; null for what is none, infinity where it is too large.

    A percent or currency sign is left out: 12% is 12. `1 234`, `1'234` and, with a decimal point, `1,234` and the
    Indian `1,23,456` are read; with a decimal comma `1.234`. An id such as `007` is a number here.
    """
    bare = (
        text.str.replace("\N{MINUS SIGN}", "-", literal=True)
        .str.replace(rf"^([+-]?)\s*{_MONEY}\s*", "${1}")
        .str.replace(rf"\s*(?:%|{_MONEY})$", "")
    )
    bare = pl.when(bare.str.contains(_BLANK_GROUPS)).then(bare.str.replace_all(_GROUP_BLANKS, "")).otherwise(bare)
    if style == "point":
        grouped = bare.str.contains(_COMMA_GROUPS)
        plain = pl.when(grouped).then(bare.str.replace_all(",", "", literal=True)).otherwise(bare)
    else:
        grouped = bare.str.contains(_POINT_GROUPS)
        whole = pl.when(grouped).then(bare.str.replace_all(".", "", literal=True))
        plain = whole.when(~bare.str.contains(".", literal=True)).then(bare).str.replace(",", ".", literal=True)
    return plain.cast(pl.Float64, strict=False).fill_nan(None)


def as_numbers(real: pl.DataFrame, *, comma: bool) -> Reading:
    """Read distinct values as numbers, in the style that makes sense of more cells.

    Args:
        real: The distinct values (VALUE, COUNT) that are not missing.
        comma: Whether other columns of the file have a decimal comma, which settles a tie.
    """
    plain = real[VALUE].cast(pl.Float64, strict=False)
    if plain.null_count() or comma:
        read = _read(real)
    else:
        read = real.select(VALUE, point=plain.fill_nan(None), comma=pl.lit(None, pl.Float64))
    point, with_comma = (cells(real, read[style].is_not_null()) for style in ("point", "comma"))
    doubtful = read.filter((pl.col("point") != pl.col("comma")) & (pl.col(VALUE).str.contains(",") | comma))
    tie = point == with_comma and not doubtful.is_empty()
    style: Style = "comma" if with_comma > point or (tie and comma) else "point"
    numbers = read[style]
    notes: list[Note] = []
    if tie:
        means = "decimals" if style == "comma" else "thousands"
        if not doubtful[VALUE].str.contains(",")[0]:
            means = "thousands" if style == "comma" else "decimals"
        notes.append(Note("ambiguous_number", doubtful[VALUE][0], f"What follows the sign was read as {means}."))
    if (signed := real.filter(numbers.is_not_null() & read[VALUE].str.contains(_SIGNED))).height:
        notes.append(Note("sign_removed", signed[VALUE][0], "Predict from the number without the sign."))
    if (long := real.filter(read[VALUE].str.contains(_TOO_LONG))).height:
        notes.append(Note("digits_lost", long[VALUE][0], "If it is an id, set the column's type to categorical."))
    return Reading(
        "numeric",
        partial(_finite_numbers, style=style),
        faults=read[VALUE].filter(numbers.is_null()).to_list(),
        infinite=read[VALUE].filter(numbers.is_infinite().fill_null(value=False)).to_list(),
        notes=tuple(notes),
        plain=style == "point" and bool((numbers.is_null() == plain.fill_nan(None).is_null()).all()),
    )


def prefers_comma(real: pl.DataFrame) -> bool:
    """Whether most of these are numbers of which some make sense with a decimal comma only."""
    if not real[VALUE].str.contains("[0-9],[0-9]").any():
        return False
    read = _read(real)
    point, comma = (cells(real, read[style].is_not_null()) for style in ("point", "comma"))
    return comma > point and 2 * comma > cells(real)


def are_integers(real: pl.DataFrame, reading: Reading) -> bool:
    """Whether all numbers among the values are whole."""
    numbers = real.select(reading.cast(pl.col(VALUE))).to_series()
    return bool((numbers == numbers.floor()).all())


def _read(real: pl.DataFrame) -> pl.DataFrame:
    text = pl.col(VALUE)
    return real.select(VALUE, point=read_numbers(text), comma=read_numbers(text, "comma"))


def _finite_numbers(text: pl.Expr, style: Style) -> pl.Expr:
    numbers = read_numbers(text, style)
    return pl.when(numbers.is_finite()).then(numbers)


PLAIN_NUMBERS: Final = Reading("numeric", partial(_finite_numbers, style="point"), plain=True)
"""The reading of a column in which nothing but plain numbers was seen."""
