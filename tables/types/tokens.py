"""Tokens for missing, true and false; and categories, told from free text."""

from typing import Final, Literal

import polars as pl

from tables.types.parse import VALUE, ParseNote, Parser, count_cells

MISSING_TOKENS: Final = (
    "",
    "-",
    "--",
    "---",
    ".",
    "?",
    "na",
    "n/a",
    "n.a.",
    "#n/a",
    "#n/a n/a",
    "<na>",
    "nan",
    "-nan",
    "nat",
    "null",
    "(null)",
    "#null!",
    "\\n",
    "nil",
    "none",
    "missing",
    "#value!",
    "#ref!",
    "#div/0!",
    "#num!",
    "#name?",
)
"""What people and programs write where a value is missing, in lower case."""

TRUE_TOKENS: Final = ("true", "yes", "y", "t")
FALSE_TOKENS: Final = ("false", "no", "n", "f")
MAX_FEW_CATEGORIES: Final = 20
"""So many different values are categories in any case, unless they are sentences."""

_MAX_BOOLEAN_SPELLINGS: Final = 48
"""No more ways there are to write yes and no, in upper, lower and mixed case."""

_MIN_SENTENCE_BLANKS: Final = 3.0


def is_missing(text: pl.Series) -> pl.Series:
    """Which values stand for a missing one, whatever their case."""
    return text.str.to_lowercase().is_in(MISSING_TOKENS)


def boolean_parser(present: pl.DataFrame, *, digits: bool = False) -> Parser:
    """Read distinct values (VALUE, COUNT) as yes and no; with `digits` also 1 and 0."""
    yes, no = ((*TRUE_TOKENS, "1"), (*FALSE_TOKENS, "0")) if digits else (TRUE_TOKENS, FALSE_TOKENS)

    def cast(text: pl.Series) -> pl.Series:
        lower = text.str.to_lowercase()
        booleans = lower.is_in(yes)
        return booleans.set(~(booleans | lower.is_in(no)), None)

    is_faulty = cast(present[VALUE]).is_null()
    return Parser("boolean", cast, present[VALUE].filter(is_faulty).to_list(), count_cells(present, is_faulty))


def are_booleans(present: pl.DataFrame) -> bool:
    """Whether values are a boolean column: both yes and no occur, or one of them written out as true or false."""
    tokens = set(present[VALUE].head(_MAX_BOOLEAN_SPELLINGS).str.to_lowercase())
    if present.height > _MAX_BOOLEAN_SPELLINGS or not tokens <= {*TRUE_TOKENS, *FALSE_TOKENS}:
        return False
    return bool(tokens & {"true", "false"}) or not (tokens.isdisjoint(TRUE_TOKENS) or tokens.isdisjoint(FALSE_TOKENS))


def text_parser(
    values: pl.DataFrame,
    requested_type: Literal["categorical", "text"] | None = None,
    notes: tuple[ParseNote, ...] = (),
) -> Parser:
    """Read distinct values (VALUE, COUNT) as they stand, but for those that mean a missing one.

    Unless requested otherwise they are categories if on average each occurs at least twice, or if there are few of them
    and they are no sentences; else free text.
    """
    missing = is_missing(values[VALUE])
    markers, present = values[VALUE].filter(missing).to_list(), values.filter(~missing)
    kind = requested_type or ("categorical" if _are_categories(present) else "text")
    return Parser(kind, lambda text: text.set(text.is_in(markers), None) if markers else text, notes=notes)


def _are_categories(present: pl.DataFrame) -> bool:
    if 2 * present.height <= count_cells(present):
        return not present.is_empty()
    blanks = present[VALUE].str.count_matches(" ", literal=True).mean()
    return present.height <= MAX_FEW_CATEGORIES and isinstance(blanks, float) and blanks < _MIN_SENTENCE_BLANKS
