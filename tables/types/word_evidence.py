"""Evidence that a column has words: texts that can be no number, whatever is taken away around it.

A loop over a few texts decides here what the inference of numbers would find out with a hundred calls of the table
library, each of which costs the same for three cells as for thousands.
"""

import re
from collections.abc import Iterator
from typing import Final

import polars as pl

from tables.types.affix_reader import parse_affixes, split_text
from tables.types.missing import MAX_PYTHON_TEXTS
from tables.types.parse import COUNT, MIN_CELLS_PER_FAULT, VALUE, PlainNumbers, count_cells, is_tolerable

_SIGNS: Final = "+\\-\N{MINUS SIGN}\N{EN DASH}"
_DIGITS: Final = "[0-9.,'\u2019\u00a0\u2009\u202f ]*"
_MAYBE_BARE: Final = re.compile(f"[{_SIGNS}]?{_DIGITS}(?:[eE][{_SIGNS}]?{_DIGITS})?|[{_SIGNS}]?(?i:inf|infinity|nan)")
_DIGIT_RUN: Final = re.compile("[0-9.,]+")
_MAYBE_FORM: Final = re.compile(
    "(?i)[¼½¾⅓⅔⅛⅜⅝⅞]|(?:st|nd|rd|th)\\.?\\Z|\\A(?:[\u2190-\u2199\u21d1\u21d3\u25b2-\u25bf=]|[a-z]\\s?=).*[0-9]"
)
_NO_UNITS: Final = frozenset[str]()


def has_many_words(present: pl.DataFrame, plain: PlainNumbers) -> bool:
    """Whether too many of the distinct values (VALUE, COUNT) can be no numbers for a column of numbers."""
    total = count_cells(present) + plain.count
    words = 0
    for text, count in _first_values(present):
        if _is_word(text):
            words += count
            if not is_tolerable(words, total - words) and total - words < MIN_CELLS_PER_FAULT * words:
                return True
    return False


def has_mostly_words(present: pl.DataFrame, plain: PlainNumbers) -> bool:
    """Whether over half of the cells of distinct values (VALUE, COUNT) do not even resemble a number."""
    rest = count_cells(present)
    total, words = rest + plain.count, 0
    for text, count in _first_values(present):
        rest -= count
        if not _is_form(text) and _is_word(text):
            words += count
        if 2 * words > total or 2 * (words + rest) <= total:
            break
    return 2 * words > total


def _first_values(present: pl.DataFrame) -> Iterator[tuple[str, int]]:
    first = present.head(MAX_PYTHON_TEXTS)
    return zip(first[VALUE].to_list(), first[COUNT].to_list(), strict=True)


def _is_word(text: str) -> bool:
    """Whether a text can be no number, with anything around it or nothing."""
    if _MAYBE_BARE.fullmatch(text):
        return False
    parts = split_text(text)
    return parts is None or not any(
        parse_affixes(parts[0], parts[2], _NO_UNITS, with_magnitudes=with_magnitudes)
        for with_magnitudes in (False, True)
    )


def _is_form(text: str) -> bool:
    """Whether a text may be a range, a fraction, or another form of number that is not read."""
    return _MAYBE_FORM.search(text) is not None or (not text[:1].isalpha() and len(_DIGIT_RUN.findall(text)) > 1)
