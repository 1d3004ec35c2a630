"""Tokens of true and false, and the rule that distinguishes categories from free text."""

from dataclasses import replace
from typing import Final, Literal

import polars as pl

from learning.column_format import PLAIN_FORMAT, ColumnFormat
from tables.types.missing import MAX_PYTHON_TEXTS
from tables.types.parse import COUNT, VALUE, ParseNote, Parser, count_cells, find_nulls, select_rows
from tables.types.words import note_garbled, note_similar

TRUE_TOKENS: Final = ("true", "yes", "y", "t")
FALSE_TOKENS: Final = ("false", "no", "n", "f")
MAX_FEW_CATEGORIES: Final = 20
"""The maximum number of different values that are always categories, unless they are sentences."""

_MAX_BOOLEAN_SPELLINGS: Final = 48
"""The maximum number of spellings of the boolean tokens, in upper, lower and mixed case."""

_DIGITS: Final = frozenset({"0", "1"})
_VALUES: Final = {**dict.fromkeys((*TRUE_TOKENS, "1"), True), **dict.fromkeys((*FALSE_TOKENS, "0"), False)}
_CLEAR_TOKENS: Final = frozenset({"true", "false", "yes", "no"})
_MIN_SENTENCE_BLANKS: Final = 3.0


def boolean_parser(present: pl.DataFrame, *, digits: bool = False) -> Parser:
    """A parser of distinct values (VALUE, COUNT) as booleans; with `digits` also 1 and 0."""
    booleans = parse_booleans(present[VALUE])
    if not digits:
        booleans = booleans.set(present[VALUE].is_in(list(_DIGITS)), None)
    is_faulty = find_nulls(booleans)
    labels = tuple([_most_frequent_word(select_rows(present, booleans.eq_missing(value))) for value in (False, True)])
    format_ = ColumnFormat(labels=labels) if all(labels) else PLAIN_FORMAT
    faulty_values = present[VALUE].filter(is_faulty).to_list()
    return Parser("boolean", format_, faulty_values, count_cells(present, is_faulty))


def parse_booleans(text: pl.Series) -> pl.Series:
    """Parse text, stripped of blanks, as booleans, 1 and 0 among them; null where it is none."""
    if len(text) <= MAX_PYTHON_TEXTS:
        found = [None if cell is None else _VALUES.get(cell.lower()) for cell in text.to_list()]
        return pl.Series(text.name, found, pl.Boolean)
    lower = text.str.to_lowercase()
    booleans = lower.is_in((*TRUE_TOKENS, "1"))
    return booleans.set(~(booleans | lower.is_in((*FALSE_TOKENS, "0"))), None)


def _most_frequent_word(values: pl.DataFrame) -> str:
    """The most frequent of distinct values (VALUE, COUNT), a digit if there is no word; empty if there is nothing."""
    first = values.head(_MAX_BOOLEAN_SPELLINGS)
    counts = list(zip(first[VALUE].to_list(), first[COUNT].to_list(), strict=True))
    words = [(value, count) for value, count in counts if value not in _DIGITS] or counts
    return max(words, key=lambda counted: counted[1], default=("", 0))[0]


def are_booleans(present: pl.DataFrame) -> bool:
    """Whether values are booleans: both a true and a false token occur, or "true" or "false" itself."""
    tokens = set(present[VALUE].head(_MAX_BOOLEAN_SPELLINGS).str.to_lowercase())
    if present.height > _MAX_BOOLEAN_SPELLINGS or not tokens <= {*TRUE_TOKENS, *FALSE_TOKENS}:
        return False
    return bool(tokens & {"true", "false"}) or not (tokens.isdisjoint(TRUE_TOKENS) or tokens.isdisjoint(FALSE_TOKENS))


def mixed_boolean_parser(present: pl.DataFrame) -> Parser | None:
    """The parser of booleans that are written as words and as 1 and 0, with a warning; None if values are others."""
    if present.height > _MAX_BOOLEAN_SPELLINGS:
        return None
    tokens = set(present[VALUE].str.to_lowercase())
    words = tokens - _DIGITS
    has_both = not (tokens.isdisjoint((*TRUE_TOKENS, "1")) or tokens.isdisjoint((*FALSE_TOKENS, "0")))
    if not (words < tokens <= {*TRUE_TOKENS, *FALSE_TOKENS, *_DIGITS} and words & _CLEAR_TOKENS and has_both):
        return None
    digits = present.filter(present[VALUE].is_in(list(_DIGITS)))
    advice = (
        f"1 and 0 were read as true and false, in {count_cells(digits):,} of {count_cells(present):,} cells, as the "
        "others are such words. If they mean something else, set the column's type to categorical."
    )
    return replace(
        boolean_parser(present, digits=True), notes=(ParseNote("read_as_booleans", digits[VALUE][0], advice),)
    )


def text_parser(
    present: pl.DataFrame,
    requested_type: Literal["categorical", "text"] | None = None,
    notes: tuple[ParseNote, ...] = (),
) -> Parser:
    """A parser that keeps distinct values (VALUE, COUNT) as text.

    Unless a type is requested they are categories if each occurs at least twice on average, or if there are few of them
    and they are no sentences; else free text.
    """
    kind = requested_type or ("categorical" if _are_categories(present) else "text")
    similar = note_similar(present) if kind == "categorical" else ()
    return Parser(kind, notes=(*notes, *similar, *note_garbled(present)))


def _are_categories(present: pl.DataFrame) -> bool:
    if 2 * present.height <= count_cells(present):
        return not present.is_empty()
    if not 0 < present.height <= MAX_FEW_CATEGORIES:
        return False
    blanks = sum(text.count(" ") for text in present[VALUE].to_list())
    return blanks < _MIN_SENTENCE_BLANKS * present.height
