"""What cells that look like numbers have around them, and the warnings about what is taken away."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from learning.column_format import ColumnFormat
from learning.format_terms import NumberMark
from tables.types.affixes import HEAD, TAIL, KnownAffixes, join_affixes
from tables.types.numbers import parse_finite_numbers
from tables.types.parse import COUNT, VALUE, ParseNote, count_cells

MARK_NAMES: Final[dict[NumberMark, str]] = {
    "magnitude": "a suffix such as thousands, or a power of ten",
    "bound": "a sign of comparison",
    "approximate": "a sign of an approximate value",
    "brackets": "brackets, which stand for a minus",
    "trailing_minus": "a minus behind it",
    "footnote": "a mark of a footnote",
}


@dataclass(frozen=True)
class NumberForms:
    """What cells that look like numbers have around them.

    Attributes:
        parts: The parts of those that are read.
        known: The heads and tails among them.
        units: The units that are taken away, as they are spelled.
        marks: What else is.
        cells: The number of cells that have a number with anything around it.
        cells_by_unit: The number of cells with each unit, as it is spelled, be it read or not.
    """

    parts: pl.DataFrame
    known: tuple[KnownAffixes, ...] = ()
    units: tuple[str, ...] = ()
    marks: tuple[NumberMark, ...] = ()
    cells: int = 0
    cells_by_unit: Counter[str] = field(default_factory=Counter[str])


def note_forms(
    forms: NumberForms, format_: ColumnFormat, total: int, bare: int, span: tuple[float, float] | None
) -> list[ParseNote]:
    """The warnings about what is taken away around numbers.

    Args:
        forms: What is around them.
        format_: The format by which they are read.
        total: The number of cells.
        bare: The number of cells with a number alone.
        span: The least and the greatest of these numbers; None if there is none.
    """
    notes: list[ParseNote] = []
    parts = pl.DataFrame([forms.parts[name] for name in (HEAD, TAIL, COUNT, VALUE)])
    marks = [MARK_NAMES[mark] for mark in forms.marks]
    if forms.units:
        units = " and ".join([f"'{unit}'" for unit in forms.units])
        with_unit = [(head, tail, affixes) for head, tail, affixes in forms.known if affixes.units]
        others = ""
        if span is not None:
            others = f", and {bare:,} have none, from {span[0]:.15g} to {span[1]:.15g}, and are read as if they had it"
        notes.append(
            _note_form(
                "read_with_unit",
                join_affixes(parts, with_unit),
                format_,
                f"of {total:,} cells have the unit {units}{others}. Give later rows in this unit, or without one. ",
            )
        )
    if marks:
        marked = [(head, tail, affixes) for head, tail, affixes in forms.known if affixes.marks]
        notes.append(
            _note_form(
                "read_with_marks",
                join_affixes(parts, marked),
                format_,
                f"of {total:,} cells have a number with {' or '.join(marks)}. ",
            )
        )
    return notes


def _note_form(code: str, parts: pl.DataFrame, format_: ColumnFormat, text: str) -> ParseNote:
    """A warning about parts that are read in a form, with the most frequent one as its example."""
    example = parts[VALUE][parts[COUNT].arg_max() or 0]
    number = parse_finite_numbers(pl.Series([example]), format_)[0]
    read = "missing" if number is None else f"{number:.15g}"
    advice = f"Read as {read}; {count_cells(parts):,} {text}If they are words, set the column's type to categorical."
    return ParseNote(code, example, advice)
