"""Parser of numbers in many notations: decimal point or comma, thousands separators, percent and currency signs.

`1.234` is near one in London and over a thousand in Berlin; the other cells of its column decide.
"""

from typing import Final

import polars as pl

from learning.column_format import ColumnFormat, DecimalStyle
from tables.types.parse import VALUE, ParseNote, Parser, count_cells

STYLES: Final[tuple[DecimalStyle, ...]] = ("point", "comma")

LEADING_ZERO: Final = "^[+-]?0[0-9]+$"
"""An integer that begins with a zero: as a rule an id."""

_MONEY: Final = "[$€£¥₹]"
_GROUP_BLANKS: Final = "[ '\u2019\u00a0\u2009\u202f]"
_BLANK_GROUPS: Final = rf"^[+-]?[0-9]{{1,3}}(?:{_GROUP_BLANKS}[0-9]{{3}})+(?:[.,][0-9]*)?$"
_COMMA_GROUPS: Final = r"^[+-]?[1-9][0-9]{0,2}(?:,[0-9]{2,3})*,[0-9]{3}(?:\.[0-9]*)?$"
_POINT_GROUPS: Final = r"^[+-]?[1-9][0-9]{0,2}(?:\.[0-9]{3})+(?:,[0-9]*)?$"
_TOO_LONG: Final = "^[+-]?[1-9][0-9]{16,}$"
_SIGNED: Final = f"{_MONEY}|%$|\N{MINUS SIGN}"


_NUMBER_LETTERS: Final = r"(?i)^[0-9efintya.,'+%$\u20ac\u00a3\u00a5\u20b9\u2212\u2019\s-]+$"
"""The characters of numbers in all notations: digits, signs, blanks, the letters of `1e5`, `infinity` and `nan`."""


def may_be_numbers(text: pl.Series) -> pl.Series:
    """An expression for texts that may be numbers; no other is parsed as one. Far cheaper than parsing."""
    return text.str.contains(_NUMBER_LETTERS)


def parse_numbers(text: pl.Series, style: DecimalStyle = "point") -> pl.Series:
    """Parse text, stripped of blanks, as numbers; null where it is none, infinity where it is too large.

    A percent or currency sign is removed: 12% is 12. Thousands may be separated as in `1 234` and `1'234`, with a
    decimal point also as in `1,234` and the Indian `1,23,456`, with a decimal comma as in `1.234`. `007` is a number.
    """
    if text.str.contains(_SIGNED).any():
        text = text.str.replace("\N{MINUS SIGN}", "-", literal=True)
        text = text.str.replace(rf"^([+-]?)\s*{_MONEY}\s*", "${1}").str.replace(rf"\s*(?:%|{_MONEY})$", "")
    text = _remove_signs(text, _GROUP_BLANKS, text.str.contains(_BLANK_GROUPS))
    if style == "point":
        text = _remove_signs(text, ",", text.str.contains(_COMMA_GROUPS))
    else:
        text = _remove_signs(text, r"\.", text.str.contains(_POINT_GROUPS))
        text = text.set(text.str.contains(".", literal=True), None).str.replace(",", ".", literal=True)
    return text.cast(pl.Float64, strict=False).fill_nan(None)


def number_parser(present: pl.DataFrame, *, prefer_comma: bool) -> Parser:
    """A parser of distinct values (VALUE, COUNT) as numbers, in the style that parses more cells.

    `prefer_comma` decides a tie: whether other columns of the file have a decimal comma.
    """
    text, plain = present[VALUE], present[VALUE].cast(pl.Float64, strict=False).fill_nan(None)
    is_plain = not plain.null_count()
    point = plain if is_plain else parse_numbers(text)
    with_comma = pl.repeat(None, len(text), dtype=pl.Float64, eager=True)
    if prefer_comma or not is_plain:
        with_comma = parse_numbers(text, "comma")
    surplus = count_cells(present, with_comma.is_not_null()) - count_cells(present, point.is_not_null())
    ambiguous = text.filter((point != with_comma) & (text.str.contains(",", literal=True) | prefer_comma))
    is_tie = not surplus and not ambiguous.is_empty()
    style: DecimalStyle = "comma" if surplus > 0 or (is_tie and prefer_comma) else "point"
    numbers = point if style == "point" else with_comma
    notes: list[ParseNote] = []
    if is_tie:
        example = parse_numbers(ambiguous.head(1), style)[0]
        notes.append(
            ParseNote("ambiguous_number", ambiguous[0], f"Read as {example:.15g}. Write it without groups to be sure.")
        )
    if not is_plain and len(signed := text.filter(numbers.is_not_null() & text.str.contains(_SIGNED))):
        notes.append(ParseNote("sign_removed", signed[0], "Predict from the number without the sign."))
    if len(long := text.filter(text.str.contains(_TOO_LONG))):
        notes.append(ParseNote("digits_lost", long[0], "If it is an id, set the column's type to categorical."))
    return Parser(
        "numeric",
        ColumnFormat(decimal=style),
        faulty_values=text.filter(numbers.is_null()).to_list(),
        faulty_cells=count_cells(present, numbers.is_null()),
        infinite_values=text.filter(numbers.is_infinite().fill_null(value=False)).to_list(),
        notes=tuple(notes),
        is_plain=style == "point" and numbers.null_count() == plain.null_count(),
    )


def are_integers(present: pl.DataFrame, parser: Parser) -> bool:
    """Whether all numbers among the values are integers."""
    numbers = parse_finite_numbers(present[VALUE], parser.format)
    return bool((numbers == numbers.floor()).all())


def _remove_signs(text: pl.Series, signs: str, where: pl.Series) -> pl.Series:
    """Remove the signs from the texts selected by `where`."""
    return text.zip_with(~where, text.str.replace_all(signs, "")) if where.any() else text


def parse_finite_numbers(text: pl.Series, format_: ColumnFormat) -> pl.Series:
    """Parse text, stripped of blanks, as numbers of a format; null where it is none, or too large."""
    numbers = parse_numbers(text, format_.decimal)
    return numbers.set(numbers.is_infinite(), None)


PLAIN_NUMBER_PARSER: Final = Parser("numeric", is_plain=True)
"""The parser of a column of plain numbers only."""
