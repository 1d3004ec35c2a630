"""Reader of numbers in a column's format: decimal point or comma, thousands separators, units, marks."""

import re
from typing import Final

import polars as pl

from learning.column_format import ColumnFormat, DecimalStyle
from tables.types.affixes import (
    CORE,
    EXPONENT,
    HEAD,
    IS_NEGATIVE,
    PLACE,
    TAIL,
    find_affixes_of,
    join_affixes,
    parse_affixes,
    read_affixes,
    split_affixes,
)
from tables.types.missing import MAX_PYTHON_TEXTS, missing_numbers
from tables.types.parse import PointGroups
from tables.types.units import fold_unit

STYLES: Final[tuple[DecimalStyle, ...]] = ("point", "comma")

LEADING_ZERO: Final = "^[+-]?0[0-9]+$"
"""An integer that begins with a zero: as a rule an id."""

_GROUP_BLANKS: Final = "[ '\u2019\u00a0\u2009\u202f]"
_BLANK_GROUPS: Final = rf"^[+-]?[0-9]{{1,3}}(?:{_GROUP_BLANKS}[0-9]{{3}})+(?:[.,][0-9]*)?$"
_COMMA_GROUPS: Final = r"^[+-]?[1-9][0-9]{0,2}(?:,[0-9]{2,3})*,[0-9]{3}(?:\.[0-9]*)?$"
_POINT_GROUPS: Final = r"^[+-]?[1-9][0-9]{0,2}(?:\.[0-9]{3})+(?:,[0-9]*)?$"
MAYBE_GROUPED: Final = re.compile(r"^[+-]?(?:[0-9]{1,3}|[1-9][0-9]{0,2}(?:\.[0-9]{3})+)$")
"""A number whose points may separate thousands."""
_MINUS: Final = "^[\N{MINUS SIGN}\N{EN DASH}]|\N{MINUS SIGN}"
_MINUS_OF_TEXT, _GROUP_BLANKS_OF_TEXT, _BLANK_GROUPS_OF_TEXT, _COMMA_GROUPS_OF_TEXT, _POINT_GROUPS_OF_TEXT = (
    re.compile(re.sub(r"\$$", r"\\Z", pattern))
    for pattern in (_MINUS, _GROUP_BLANKS, _BLANK_GROUPS, _COMMA_GROUPS, _POINT_GROUPS)
)
"""The same for one text; only `\\Z` is the very end of it."""
_SAMPLE_VALUES: Final = 100


def parse_numbers(text: pl.Series, style: DecimalStyle = "point") -> pl.Series:
    """Parse text, stripped of blanks, as numbers without anything around them; null where it is none.

    Thousands may be separated as in `1 234` and `1'234`, with a decimal point also as in `1,234` and the Indian
    `1,23,456`, with a decimal comma as in `1.234`. `007` is a number; one that is too large is infinite.
    """
    return _remove_groups(text, style).cast(pl.Float64, strict=False).fill_nan(None)


def parse_parts(parts: pl.DataFrame, style: DecimalStyle) -> pl.Series:
    """The numbers of CORE, EXPONENT and IS_NEGATIVE; null where a core is none."""
    cores = _remove_groups(parts[CORE], style)
    exponents = "e" + parts[EXPONENT].cast(pl.String)
    scaled = cores.zip_with(parts[EXPONENT] == 0, cores + exponents)
    numbers = scaled.cast(pl.Float64, strict=False)
    return numbers.zip_with(~parts[IS_NEGATIVE], -numbers)


def parse_finite_numbers(text: pl.Series, format_: ColumnFormat) -> pl.Series:
    """Parse text, stripped of blanks, as numbers of a format; null where it is none, too large, or missing."""
    numbers = text.cast(pl.Float64, strict=False).fill_nan(None) if format_.decimal == "point" else None
    if numbers is None or numbers.null_count() > text.null_count():
        rest = (text.is_not_null() if numbers is None else text.is_not_null() & numbers.is_null()).arg_true()
        distinct = text.gather(rest).unique()
        table = pl.DataFrame({"text": distinct, "number": _parse_distinct(distinct, format_)})
        found = pl.DataFrame({"text": text.gather(rest)}).join(table, on="text", how="left", maintain_order="left")
        numbers = pl.repeat(None, len(text), dtype=pl.Float64, eager=True) if numbers is None else numbers
        numbers = numbers.scatter(rest, found["number"])
    numbers = numbers.set(numbers.is_infinite(), None)
    if missing := missing_numbers(format_.missing_values):
        numbers = numbers.set(numbers.is_in(list(missing)), None)
    return numbers.alias(text.name)


def are_plain_numbers_read(format_: ColumnFormat | None) -> bool:
    """Whether a column of a format, or of a model that has none, reads a plain number as a cast does."""
    return format_ is None or (format_.decimal == "point" and not missing_numbers(format_.missing_values))


def find_other_units(text: str, format_: ColumnFormat) -> tuple[str, ...]:
    """The units of a text that is a number but for them, as the format has others."""
    parts = split_affixes(pl.Series([text], dtype=pl.String))
    known = frozenset(map(fold_unit, format_.units))
    for head, tail in parts.select(HEAD, TAIL).iter_rows():
        affixes = parse_affixes(head, tail, known, with_magnitudes="magnitude" in format_.marks)
        if affixes is not None:
            return tuple([spelled for folded, spelled in affixes.units if folded not in known])
    return ()


def scan_point_groups(text: pl.Series) -> PointGroups:
    """Whether the points of texts that are numbers may separate thousands; the first ones mostly decide."""
    if not all(bool(part.str.contains(MAYBE_GROUPED.pattern).all()) for part in (text.head(_SAMPLE_VALUES), text)):
        return PointGroups(are_possible=False, has_points=True)
    has_point = text.str.contains(".", literal=True)
    zero = (has_point & text.str.ends_with("0")).any()
    return PointGroups(has_points=bool(has_point.any()), has_last_zero=bool(zero), has_bare=bool((~has_point).any()))


def _parse_distinct(text: pl.Series, format_: ColumnFormat) -> pl.Series:
    """Parse distinct texts as numbers of a format; null where it is none."""
    numbers = parse_numbers(text, format_.decimal)
    odd = numbers.is_null().arg_true()
    if len(odd):
        parts = split_affixes(text.gather(odd))
        parts = join_affixes(parts, read_affixes(parts, find_affixes_of(format_)))
        numbers = numbers.scatter(odd.gather(parts[PLACE]), parse_parts(parts, format_.decimal))
    return numbers


def _remove_groups(text: pl.Series, style: DecimalStyle) -> pl.Series:
    """Texts of numbers as a cast reads them; null where the style has no such."""
    if len(text) <= MAX_PYTHON_TEXTS:
        texts = [cell if cell is None else _remove_text_groups(cell, style) for cell in text.to_list()]
        return pl.Series(text.name, texts, pl.String)
    text = text.str.replace_all(_MINUS, "-") if text.str.contains(_MINUS).any() else text
    text = _remove_signs(text, _GROUP_BLANKS, text.str.contains(_BLANK_GROUPS))
    if style == "point":
        return _remove_signs(text, ",", text.str.contains(_COMMA_GROUPS))
    text = _remove_signs(text, r"\.", text.str.contains(_POINT_GROUPS))
    return text.set(text.str.contains(".", literal=True), None).str.replace(",", ".", literal=True)


def _remove_text_groups(text: str, style: DecimalStyle) -> str | None:
    """One text as `_remove_groups` has it."""
    if text.isalnum() and text.isascii():
        return text
    text = _MINUS_OF_TEXT.sub("-", text)
    if _BLANK_GROUPS_OF_TEXT.search(text):
        text = _GROUP_BLANKS_OF_TEXT.sub("", text)
    if style == "point":
        return text.replace(",", "") if _COMMA_GROUPS_OF_TEXT.search(text) else text
    if _POINT_GROUPS_OF_TEXT.search(text):
        text = text.replace(".", "")
    return None if "." in text else text.replace(",", ".", 1)


def _remove_signs(text: pl.Series, signs: str, where: pl.Series) -> pl.Series:
    """Remove the signs from the texts selected by `where`."""
    return text.zip_with(~where, text.str.replace_all(signs, "")) if where.any() else text
