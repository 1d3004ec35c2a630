"""Markers of missing values: which texts stand for no value, by the type of their column.

`none`, `-` and `unknown` may be classes in a column of words, and are nothing but missing among numbers.
"""

from collections.abc import Collection
from contextlib import suppress
from functools import lru_cache
from math import isfinite
from typing import Final

import polars as pl

from learning.column_format import ColumnFormat
from learning.frame import ColumnType
from tables.types.parse import COUNT, VALUE, ParseNote, count_cells

EMPTY: Final = ""

CLEAR_MARKERS: Final = frozenset(
    {
        EMPTY,
        "?",
        "na",
        "n/a",
        "n.a.",
        "n.a",
        "#n/a",
        "#n/a n/a",
        "#na",
        "<na>",
        "<n/a>",
        "(na)",
        "(n/a)",
        "nan",
        "-nan",
        "nat",
        "null",
        "(null)",
        "<null>",
        "#null!",
        "\\n",
        "#value!",
        "#ref!",
        "#div/0!",
        "#num!",
        "#name?",
    }
)
"""Texts that stand for a missing value in columns of all types, in lower case."""

TYPED_MARKERS: Final = CLEAR_MARKERS | {
    "-",
    "--",
    "---",
    "\N{EN DASH}",
    "\N{EM DASH}",
    "\N{MINUS SIGN}",
    ".",
    "nil",
    "none",
    "missing",
}
"""Texts that stand for a missing value in columns of numbers, booleans and datetimes, in lower case."""

UNKNOWN_WORDS: Final = frozenset(
    {
        "..",
        "...",
        "\N{HORIZONTAL ELLIPSIS}",
        ":",
        "/",
        "_",
        "__",
        "*",
        "**",
        "(c)",
        "(d)",
        "(s)",
        "(x)",
        "(z)",
        "??",
        "???",
        "n.d.",
        "n.d",
        "nd",
        "n/d",
        "n.k.",
        "n.v.",
        "n/k",
        "k.a.",
        "k. a.",
        "k.a",
        "n/v",
        "n. v.",
        "n.c.",
        "n/c",
        "n/s",
        "s/d",
        "unk",
        "unk.",
        "unknown",
        "(unknown)",
        "not known",
        "unbekannt",
        "unbek.",
        "nicht verfügbar",
        "nicht bekannt",
        "inconnu",
        "non disponible",
        "non renseigné",
        "non communiqué",
        "sin dato",
        "sin datos",
        "no disponible",
        "no aplica",
        "sem dados",
        "não informado",
        "não disponível",
        "sconosciuto",
        "non disponibile",
        "onbekend",
        "okänd",
        "ukjent",
        "ukendt",
        "brak",
        "brak danych",
        "bilinmiyor",
        "н/д",
        "нет данных",
        "неизвестно",
        "不明",
        "未知",
        "暂无",
        "欠測",
        "desconocido",
        "desconhecido",
        "tba",
        "tbc",
        "tbd",
        "pending",
        "to be announced",
        "to be determined",
        "blank",
        "(blank)",
        "empty",
        "(empty)",
        "[null]",
        "[na]",
        "(none)",
        "(missing)",
        "no data",
        "nodata",
        "no value",
        "no answer",
        "not applicable",
        "not available",
        "unavailable",
        "not reported",
        "not recorded",
        "not measured",
        "not disclosed",
        "undisclosed",
        "not specified",
        "unspecified",
        "undefined",
        "not given",
        "keine angabe",
        "suppressed",
        "withheld",
        "confidential",
        "refused",
        "don't know",
        "varies",
        "varies with device",
        "various",
        "variable",
    }
)
"""Words for missing in lower case that are read as such among numbers and datetimes, where they are in the file."""

_STATES: Final = frozenset(
    {
        "*",
        "**",
        "(c)",
        "(d)",
        "(s)",
        "(x)",
        "(z)",
        "missing",
        "pending",
        "suppressed",
        "withheld",
        "confidential",
        "refused",
        "varies",
        "varies with device",
        "various",
        "variable",
    }
)
"""Markers that are also flags and states: beside empty cells only, they may be a value."""
_NULLS: Final = frozenset({"none", "nil"})

MAX_PYTHON_TEXTS: Final = 1_000
"""Up to so many texts a loop is faster than calls of the table library, each of which costs as much as hundreds."""
_MAX_NAMED_MARKERS: Final = 5
_MAX_CHARS: Final = 64


@lru_cache(maxsize=1024)
def missing_markers(kind: ColumnType, format_: ColumnFormat) -> frozenset[str]:
    """The texts in lower case that stand for a missing value in a column of a type and format."""
    if format_.only_missing_values:
        return frozenset({EMPTY, *format_.missing_values})
    common = CLEAR_MARKERS if kind in {"categorical", "text"} else TYPED_MARKERS
    return common.union(format_.missing_values)


@lru_cache(maxsize=1024)
def missing_numbers(markers: Collection[str]) -> tuple[float, ...]:
    """The numbers among markers, such as -999."""
    numbers: list[float] = []
    for marker in markers:
        with suppress(ValueError):
            numbers.append(float(marker))
    return tuple(sorted(filter(isfinite, numbers)))


def is_marker(text: pl.Series, markers: Collection[str]) -> pl.Series:
    """Whether each text is one of the markers, whatever its case; null is none."""
    if len(text) <= MAX_PYTHON_TEXTS:
        return pl.Series([cell is not None and cell.lower() in markers for cell in text.to_list()], dtype=pl.Boolean)
    longest = max(_MAX_CHARS, *map(len, markers))
    short = (text.str.len_bytes() <= longest).fill_null(value=False)
    if short.all():
        return text.str.to_lowercase().is_in(list(markers)).fill_null(value=False)
    found = pl.repeat(value=False, n=len(text), dtype=pl.Boolean, eager=True)
    places = short.arg_true()
    return found.scatter(places, text.gather(places).str.to_lowercase().is_in(list(markers)))


def are_all_missing(text: pl.Series) -> bool:
    """Whether the only texts of a column stand for missing values, though they may be classes beside other words.

    Two different words for unknown, such as `none` and `unknown`, may be classes.
    """
    if not 0 < len(text) <= MAX_PYTHON_TEXTS:
        return False
    texts = {cell.lower() for cell in text.to_list()}
    if not texts <= (TYPED_MARKERS | UNKNOWN_WORDS) - _STATES:
        return False
    words = {cell for cell in texts if any(map(str.isalpha, cell))}
    return len(words) < 2 or words <= _NULLS


def note_markers(values: pl.DataFrame, cells: int) -> tuple[ParseNote, ...]:
    """The warning that markers (VALUE, COUNT) were read as missing, of so many cells that are not empty."""
    if values.is_empty():
        return ()
    frequent = values.sort(COUNT, VALUE, descending=[True, False])
    named = [f"'{value}' in {count:,}" for value, count in frequent.head(_MAX_NAMED_MARKERS).iter_rows()]
    more = frequent.height - len(named)
    listed = ", ".join(named) + (f" and {more:,} other texts" if more > 0 else "")
    advice = (
        f"Read as missing: {listed}; these are {count_cells(values):,} of {cells:,} cells with a text. "
        "If one of them is a value, name those that are missing as missing_values of the upload."
    )
    return (ParseNote("read_as_missing", frequent[VALUE][0], advice),)
