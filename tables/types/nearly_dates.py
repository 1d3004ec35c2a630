"""The warning of a column of words that are nearly dates: how many look like one, and what is in the way."""

from typing import Final

import polars as pl

from tables.types.date_evidence import DATE_NAME
from tables.types.date_names import MONTHS
from tables.types.missing import MAX_PYTHON_TEXTS
from tables.types.parse import COUNT, VALUE, ParseNote, Parser, PlainNumbers, count_cells, select_rows
from tables.types.patterns import contains
from tables.types.text_pattern import compile_pattern

_NAME: Final = rf"(?:{'|'.join(sorted(MONTHS, key=len, reverse=True))})\.?"
_DAY: Final = r"[0-9]{1,2}(?:st|nd|rd|th|er|º|\.)?"
_DAY_AND_MONTH: Final = rf"(?i)^(?:{_DAY}(?:[-/. ]+| of | de ){_NAME}|{_NAME}[-/. ]+{_DAY})$"
_NUMBERS: Final = r"^(?:0?[1-9]|[12][0-9]|3[01])[-/.](?:0?[1-9]|[12][0-9]|3[01])\.?$"
_LONG_YEAR: Final = "(?:1[5-9]|2[01])[0-9]{2}"
_DATE: Final = (
    rf"(?i)(?:^|[^0-9]){_LONG_YEAR}(?:-[01]?[0-9]-|/[01]?[0-9]/)[0-3]?[0-9](?:$|[^0-9])"
    rf"|\b{_DAY}(?:[-/. ]+| of ){_NAME},?[-/. ]+{_LONG_YEAR}\b"
)
_OTHER_NAME: Final = (
    rf"^(?:{_DAY}[- ]+[^\W\d_]{{3,14}}\.?[- ]+{_LONG_YEAR}|[\u4e00-\u9fff]{{2}}(?:[0-9]{{1,2}}|元)年.*)$"
)
_MAX_EXAMPLES: Final = 3
_MAX_CHARS: Final = 40
_MAX_VALUES: Final = 20_000


def note_nearly_dates(
    present: pl.DataFrame, parser: Parser | None, name: str, plain: PlainNumbers
) -> tuple[ParseNote, ...]:
    """The warning that half of the cells look like dates, of distinct values (VALUE, COUNT) that are words.

    Args:
        present: The values.
        parser: That of dates, if these are what too few cells for a column of dates have.
        name: The name of the column.
        plain: What is known of its plain numbers.
    """
    total = count_cells(present) + plain.count
    if parser is not None:
        looks = count_cells(present) - parser.faulty_cells
        if 2 * looks < total:
            return ()
        faulty = present.filter(present[VALUE].is_in(pl.Series(parser.faulty_values, dtype=pl.String).implode()))
        frequent = faulty.sort(COUNT, VALUE, descending=[True, False]).head(_MAX_EXAMPLES)
        listed = ", ".join([f"'{_shorten(value)}' in {count:,}" for value, count in frequent.iter_rows()])
        why = (
            f"the most frequent of the others are {listed}. Name those that are missing as missing_values, or set the "
            "column's type to datetime, which empties the cells that are none"
        )
        return (_note(looks, total, frequent[VALUE][0], why),)
    first = present.head(_MAX_VALUES)
    forms = [
        (_DAY_AND_MONTH, "days without a year", "Add the year, or make columns of the month and of the day"),
        (_DATE, "dates beside other text", "Write the date alone"),
        (_OTHER_NAME, "dates with a name of a month or an era that is not known", "Write them as 2024-01-31"),
    ]
    if DATE_NAME.search(name):
        forms.append((_NUMBERS, *forms[0][1:]))
    for pattern, form, advice in forms:
        if not _may_half_match(first, pattern, total):
            continue
        matching = select_rows(first, contains(first[VALUE], pattern))
        cells = count_cells(matching)
        if cells > 1 and 2 * cells >= total:
            return (_note(cells, total, matching[VALUE][0], f"{cells:,} are {form}. {advice}"),)
    return ()


def _may_half_match(present: pl.DataFrame, pattern: str, total: int) -> bool:
    """Whether values (VALUE, COUNT) in half of the cells may match: false as soon as too many do not."""
    rest = count_cells(present)
    if present.height > MAX_PYTHON_TEXTS:
        return True
    search = compile_pattern(pattern).search
    for text, count in zip(present[VALUE].to_list(), present[COUNT].to_list(), strict=True):
        if search(text) is None:
            rest -= count
            if 2 * rest < total:
                return False
    return True


def _note(looks: int, total: int, example: str, why: str) -> ParseNote:
    return ParseNote(
        "nearly_dates", example, f"Read as words, though {looks:,} of {total:,} cells look like dates; {why}."
    )


def _shorten(value: str) -> str:
    return value if len(value) <= _MAX_CHARS else value[:_MAX_CHARS] + "…"
