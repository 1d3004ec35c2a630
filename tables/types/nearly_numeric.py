"""The warning of a column of words that are nearly numbers: how many look like one, and which do not."""

from typing import Final

import polars as pl

from tables.types.number_forms import NumberForms
from tables.types.numbers import parse_numbers
from tables.types.parse import COUNT, VALUE, ParseNote, Parser, PlainNumbers, count_cells, find_nulls, select_rows
from tables.types.patterns import contains
from tables.types.units import MONEY_SIGNS

_START: Final = rf"[<>~]?\s*[+-]?[{MONEY_SIGNS}]?"
_NUMBER: Final = rf"{_START}[0-9][0-9.,]*"
_NO_CODE: Final = rf"{_START}(?:0|[1-9][0-9.,]*|0?[.,][0-9]+)"
"""A number without leading zeros, as codes and phone numbers have."""
_QUOTE: Final = r"[\"'`\u2018\u2019\u201c\u201d]"
_DELIMITER: Final = (
    r"(?:[x\u00d7/;,|'\u2032\u00b0\u00b1+(\[:]|\b(?:out of|of|by|and)\b|ft\.?|feet|in|inch(?:es)?|lbs?|oz|st"
    r"|y(?:ea)?rs?|y|mo?s?|months?|weeks?|days?|d|k?m|cm|deg)"
)
_ARROWS: Final = "\u2190-\u2199\u21d1\u21d3\u25b2-\u25bf"
_APART: Final = "Write one number in each cell, and the others in columns of their own"
_FORMS: Final = (
    (
        "ranges",
        rf"(?i)^{_NO_CODE}\s*\D{{0,6}}(?:[-\u2013\u2014]|\bto\b|\bbis\b|\.\.)\s*{_NO_CODE}\s*\D{{0,24}}$",
        "Write one number in each cell, or the two in columns of their own",
    ),
    (
        "fractions or ratios",
        r"^(?:[0-9]+[ -])?[0-9]+\s*[/:\u2044]\s*[0-9]+$|^[0-9]*\s?[¼½¾⅐-⅞]$",
        "Write each as a decimal number, or the two in columns of their own",
    ),
    ("ordinal numbers", r"(?i)^[0-9]+\s?(?:st|nd|rd|th|º|ª)\.?$", "Write them without letters"),
    (
        "powers of ten",
        r"^[+-]?10\s*\^\s*[+-]?[0-9]+$|^[+-]?10[⁺⁻]?[⁰¹²³⁴-⁹]+$",
        "Write them as 1e5",
    ),
    ("hexadecimal or binary numbers", r"(?i)^[+-]?0(?:x[0-9a-f]+|b[01]+)$", "Write them as decimal numbers"),
    ("numbers in quotes", rf"^=?{_QUOTE}+[+-]?[0-9][0-9.,]*{_QUOTE}*$", "Write them without quotes"),
    (
        "numbers behind an arrow",
        rf"^[{_ARROWS}]\s*{_NUMBER}\s*%?$",
        "Write a minus for the arrow that means one",
    ),
    ("numbers behind a name", rf"(?i)^[a-z]\s?=\s*{_NUMBER}\s*%?$", "Write them alone"),
    ("digits in groups", r"^[+-]?[0-9]{1,3}(?:_[0-9]{3})+(?:\.[0-9]+)?$", "Write them without underscores"),
    (
        "several numbers in a cell",
        rf"(?i)^[\[({{]?{_NUMBER}(?:\s*{_DELIMITER}+\s*{_NUMBER})+(?:\s*[-\u2013]\s*{_NUMBER})?[^0-9]{{0,10}}$",
        _APART,
    ),
)
"""Forms of numbers that are not read, with the pattern of each and what to do."""

_MAX_EXAMPLES: Final = 3
_MAX_CHARS: Final = 40
_MAX_VALUES: Final = 20_000


def note_nearly_numeric(
    present: pl.DataFrame, parser: Parser, looks: int, forms: NumberForms | None, plain: PlainNumbers
) -> tuple[ParseNote, ...]:
    """The warning that half of the cells look like numbers, of distinct values (VALUE, COUNT) that are words."""
    faulty = present.filter(present[VALUE].is_in(pl.Series(parser.faulty_values, dtype=pl.String).implode()))
    faulty = faulty.sort(COUNT, VALUE, descending=[True, False]).head(_MAX_VALUES)
    total = count_cells(present) + plain.count
    style = parser.format.decimal
    is_odd = find_nulls(parse_numbers(faulty[VALUE], "comma" if style == "point" else "point"))
    in_other_style = select_rows(faulty, ~is_odd)
    others = select_rows(faulty, is_odd)
    by_form = [
        (count_cells(matching), matching[VALUE][0], form, advice)
        for form, pattern, advice in _FORMS
        if (matching := select_rows(others, contains(others[VALUE], pattern))).height
    ]
    with_form, formed, form, write = max(by_form, key=lambda found: found[0], default=(0, "", "", ""))
    looks = min(total, looks + with_form)
    if 2 * looks < total or looks < 2 or faulty.is_empty():
        return ()
    units = forms.cells_by_unit.most_common(_MAX_EXAMPLES) if forms is not None else []
    if 2 * (cells := count_cells(in_other_style)) >= count_cells(faulty):
        why = (
            f"{cells:,} have another decimal sign than the {style} of the others, such as "
            f"'{_shorten(in_other_style[VALUE][0])}'. Write all with one sign"
        )
        example = in_other_style[VALUE][0]
    elif len(units) > 1 and 2 * (forms.cells if forms else 0) >= count_cells(faulty):
        listed = ", ".join([f"'{unit}' in {count:,}" for unit, count in units])
        why = f"they have several units: {listed}. Write all in one unit"
        example = faulty[VALUE][0]
    elif 2 * with_form >= count_cells(faulty):
        why = f"{with_form:,} are {form}, such as '{_shorten(formed)}'. {write}"
        example = formed
    elif units and 2 * units[0][1] >= count_cells(faulty):
        why = f"only {units[0][1]:,} have the unit '{units[0][0]}'. Write all in one unit"
        example = faulty[VALUE][0]
    else:
        frequent = faulty.head(_MAX_EXAMPLES)
        listed = ", ".join([f"'{_shorten(value)}' in {count:,}" for value, count in frequent.iter_rows()])
        why = f"the most frequent of the others are {listed}. Name those that are missing as missing_values"
        example = faulty[VALUE][0]
    advice = (
        f"Read as words, though {looks:,} of {total:,} cells look like numbers; {why}, "
        "or set the column's type to numeric, which empties the cells that are none."
    )
    return (ParseNote("nearly_numeric", example, advice),)


def _shorten(value: str) -> str:
    return value if len(value) <= _MAX_CHARS else value[:_MAX_CHARS] + "…"
