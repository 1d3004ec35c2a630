"""Reader of numbers in a column's format: decimal point or comma, thousands separators, units, marks."""

import re
from math import isfinite, isnan
from typing import Final

import polars as pl

from learning.column_format import ColumnFormat
from learning.format_terms import DecimalStyle
from tables.types.affix_reader import Affixes, find_affixes_of, parse_affixes, split_text
from tables.types.affixes import (
    CORE,
    EXPONENT,
    HEAD,
    IS_NEGATIVE,
    PLACE,
    TAIL,
    join_affixes,
    read_affixes,
    split_affixes,
)
from tables.types.missing import MAX_PYTHON_TEXTS, missing_numbers
from tables.types.number_text import (
    BLANK_GROUPS,
    COMMA_GROUPS,
    GROUP_BLANKS,
    MINUS,
    POINT_GROUPS,
    remove_text_groups,
)
from tables.types.parse import PointGroups
from tables.types.patterns import contains
from tables.types.units import fold_unit

STYLES: Final[tuple[DecimalStyle, ...]] = ("point", "comma")

LEADING_ZERO: Final = "^[+-]?0[0-9]+$"
"""An integer that begins with a zero: as a rule an id."""

MAYBE_GROUPED: Final = re.compile(r"^[+-]?(?:[0-9]{1,3}|[1-9][0-9]{0,2}(?:\.[0-9]{3})+)$")
"""A number whose points may separate thousands."""
_SAMPLE_VALUES: Final = 100


def parse_numbers(text: pl.Series, style: DecimalStyle = "point") -> pl.Series:
    """Parse text, stripped of blanks, as numbers without anything around them; null where it is none.

    Thousands may be separated as in `1 234` and `1'234`, with a decimal point also as in `1,234` and the Indian
    `1,23,456`, with a decimal comma as in `1.234`. `007` is a number; one that is too large is infinite.
    """
    return _cast(_remove_groups(text, style))


def parse_parts(parts: pl.DataFrame, style: DecimalStyle) -> pl.Series:
    """The numbers of CORE, EXPONENT and IS_NEGATIVE; null where a core is none."""
    if parts.height <= MAX_PYTHON_TEXTS:
        read = _parse_cores(parts[CORE].to_list(), parts[EXPONENT].to_list(), style).to_list()
        signs = parts[IS_NEGATIVE].to_list()
        signed = [
            -number if minus and number is not None else number for number, minus in zip(read, signs, strict=True)
        ]
        return pl.Series(CORE, signed, pl.Float64)
    cores = _remove_groups(parts[CORE], style)
    exponents = "e" + parts[EXPONENT].cast(pl.String)
    scaled = cores.zip_with(parts[EXPONENT] == 0, cores + exponents)
    numbers = scaled.cast(pl.Float64, strict=False)
    return numbers.zip_with(~parts[IS_NEGATIVE], -numbers)


def parse_finite_numbers(text: pl.Series, format_: ColumnFormat) -> pl.Series:
    """Parse text, stripped of blanks, as numbers of a format; null where it is none, too large, or missing."""
    if len(text) <= MAX_PYTHON_TEXTS:
        return pl.Series(text.name, _parse_few(text, format_), pl.Float64)
    numbers = _cast(text) if format_.decimal == "point" else None
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
    if not all(bool(contains(part, MAYBE_GROUPED.pattern).all()) for part in (text.head(_SAMPLE_VALUES), text)):
        return PointGroups(are_possible=False, has_points=True)
    has_point = contains(text, r"\.")
    zero = (has_point & contains(text, "0$")).any()
    return PointGroups(has_points=bool(has_point.any()), has_last_zero=bool(zero), has_bare=bool((~has_point).any()))


def _cast(text: pl.Series) -> pl.Series:
    """Plain numbers; null for others and for NaN."""
    numbers = text.cast(pl.Float64, strict=False)
    return numbers.fill_nan(None) if isnan(float(numbers.sum())) else numbers


def _parse_few(text: pl.Series, format_: ColumnFormat) -> list[float | None]:
    """The finite numbers of a few texts, as `parse_finite_numbers` has them."""
    texts = text.to_list()
    numbers = _cast(text).to_list() if format_.decimal == "point" else [None] * len(texts)
    odd = {cell: None for cell, number in zip(texts, numbers, strict=True) if number is None and cell is not None}
    if odd:
        found = dict(zip(odd, _parse_few_distinct(list(odd), format_), strict=True))
        numbers = [found.get(cell) if number is None else number for cell, number in zip(texts, numbers, strict=True)]
    missing = missing_numbers(format_.missing_values)
    return [number if number is None or (isfinite(number) and number not in missing) else None for number in numbers]


def _parse_few_distinct(texts: list[str], format_: ColumnFormat) -> list[float | None]:
    """The numbers of a few distinct texts, as `_parse_distinct` has them."""
    numbers = parse_numbers(pl.Series(texts, dtype=pl.String), format_.decimal).to_list()
    read = find_affixes_of(format_.units, frozenset(format_.marks))
    odd: list[tuple[int, str, Affixes]] = []
    for place, text in enumerate(texts):
        parts = split_text(text) if numbers[place] is None else None
        if parts is not None and (affixes := read(parts[0], parts[2])) is not None:
            odd.append((place, parts[1], affixes))
    if odd:
        cores = [core for _, core, _ in odd]
        exponents = [affixes.exponent for _, _, affixes in odd]
        for (place, _, affixes), number in zip(odd, _parse_cores(cores, exponents, format_.decimal), strict=True):
            numbers[place] = -number if affixes.is_negative and number is not None else number
    return numbers


def _parse_cores(cores: list[str], exponents: list[int], style: DecimalStyle) -> pl.Series:
    """The numbers of a few cores and their powers of ten."""
    bare = [remove_text_groups(core, style) for core in cores]
    pairs = zip(bare, exponents, strict=True)
    texts = [f"{core}e{exponent}" if exponent and core is not None else core for core, exponent in pairs]
    return pl.Series(CORE, texts, pl.String).cast(pl.Float64, strict=False)


def _parse_distinct(text: pl.Series, format_: ColumnFormat) -> pl.Series:
    """Parse distinct texts as numbers of a format; null where it is none."""
    numbers = parse_numbers(text, format_.decimal)
    if not numbers.null_count():
        return numbers
    odd = numbers.is_null().arg_true()
    if len(odd):
        parts = split_affixes(text.gather(odd))
        parts = join_affixes(parts, read_affixes(parts, find_affixes_of(format_.units, frozenset(format_.marks))))
        numbers = numbers.scatter(odd.gather(parts[PLACE]), parse_parts(parts, format_.decimal))
    return numbers


def _remove_groups(text: pl.Series, style: DecimalStyle) -> pl.Series:
    """Texts of numbers as a cast reads them; null where the style has no such."""
    if len(text) <= MAX_PYTHON_TEXTS:
        texts = [cell if cell is None else remove_text_groups(cell, style) for cell in text.to_list()]
        return pl.Series(text.name, texts, pl.String)
    text = text.str.replace_all(MINUS, "-") if text.str.contains(MINUS).any() else text
    text = _remove_signs(text, GROUP_BLANKS, text.str.contains(BLANK_GROUPS))
    if style == "point":
        return _remove_signs(text, ",", text.str.contains(COMMA_GROUPS))
    text = _remove_signs(text, r"\.", text.str.contains(POINT_GROUPS))
    return text.set(text.str.contains(".", literal=True), None).str.replace(",", ".", literal=True)


def _remove_signs(text: pl.Series, signs: str, where: pl.Series) -> pl.Series:
    """Remove the signs from the texts selected by `where`."""
    return text.zip_with(~where, text.str.replace_all(signs, "")) if where.any() else text
