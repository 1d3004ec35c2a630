"""Words that mean something to a computer: nothing, yes, no. And lists of categories, told from free text."""

from typing import Final, Literal

import polars as pl

from tables.types.parse import VALUE, Note, Reading, cells

MISSING: Final = (
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

TRUE: Final = ("true", "yes", "y", "t")
FALSE: Final = ("false", "no", "n", "f")
FEW: Final = 20
"""So many different values are categories in any case, unless they are sentences."""

_SPELLINGS: Final = 48
"""No more ways there are to write yes and no, in upper, lower and mixed case."""

_SENTENCE_BLANKS: Final = 3.0


def is_missing(text: pl.Series) -> pl.Series:
    """Which values stand for a missing one, whatever their case."""
    return text.str.to_lowercase().is_in(MISSING)


def as_booleans(real: pl.DataFrame, *, digits: bool = False) -> Reading:
    """Read distinct values (VALUE, COUNT) as yes and no; with `digits` also 1 and 0."""
    yes, no = ((*TRUE, "1"), (*FALSE, "0")) if digits else (TRUE, FALSE)

    def cast(text: pl.Series) -> pl.Series:
        lower = text.str.to_lowercase()
        truths = lower.is_in(yes)
        return truths.set(~(truths | lower.is_in(no)), None)

    unread = cast(real[VALUE]).is_null()
    return Reading("boolean", cast, faults=real[VALUE].filter(unread).to_list(), fault_cells=cells(real, unread))


def are_booleans(real: pl.DataFrame) -> bool:
    """Whether values are a column of truths: both yes and no occur, or one of them written out as true or false."""
    words = set(real[VALUE].head(_SPELLINGS).str.to_lowercase())
    if real.height > _SPELLINGS or not words <= {*TRUE, *FALSE}:
        return False
    return bool(words & {"true", "false"}) or not (words.isdisjoint(TRUE) or words.isdisjoint(FALSE))


def as_words(
    values: pl.DataFrame, wanted: Literal["categorical", "text"] | None = None, notes: tuple[Note, ...] = ()
) -> Reading:
    """Read distinct values (VALUE, COUNT) as they stand, but for those that mean a missing one.

    Without a wish they are categories if on average each occurs at least twice, or if there are few of them and they
    are no sentences; else free text.
    """
    missing = is_missing(values[VALUE])
    markers, real = values[VALUE].filter(missing).to_list(), values.filter(~missing)
    kind = wanted or ("categorical" if _are_categories(real) else "text")
    return Reading(kind, lambda text: text.set(text.is_in(markers), None) if markers else text, notes=notes)


def _are_categories(real: pl.DataFrame) -> bool:
    if 2 * real.height <= cells(real):
        return not real.is_empty()
    blanks = real[VALUE].str.count_matches(" ", literal=True).mean()
    return real.height <= FEW and isinstance(blanks, float) and blanks < _SENTENCE_BLANKS
