"""The last rows of a table that are none of it: notes below it, and totals of the rows above."""

import re
from typing import Final

import polars as pl

from tables.chunks import LINE, ROW, column_key
from tables.formats.sample import is_number
from tables.issues import MAX_NOTES, Issue, IssueCollector, is_note, shorten_value

_MIN_ROWS_ABOVE_TOTAL: Final = 4
_MAX_TOTALS: Final = 3
_TOTAL: Final = re.compile(
    r"(?:(?:grand |overall |sub|sub-|all )?totals?|total général|totales?|totaal|overall|sum|somme|suma|summe"
    r"|gesamt(?:summe)?|insgesamt|celkem|razem|toplam|итого|всего|合計|総計|合计|总计|소계|합계|average|avg\.?|mean|median"
    r"|durchschnitt|moyenne|promedio|media)(?:\s*\([^()]{1,30}\))?\s*:?",
    re.IGNORECASE,
)
_MARKED_NOTE: Final = re.compile(r"\W*(?:[*#†]|[^\W\d][^:]{0,40}:(?:\s|$))")
"""A note that no name of a row looks like."""


def leave_out_last_rows(
    frame: pl.DataFrame, columns: int, issues: IssueCollector, *, may_be_words: bool
) -> pl.DataFrame:
    """The last rows of a table without notes and totals of the others, as their first cells say.

    A note has nothing beside it; with `may_be_words`, some words are enough.
    """
    names = frozenset(frame.columns)
    keys = [key for key in map(column_key, range(columns)) if key in names]
    if len(keys) < 2:
        return frame
    frame = _leave_out_notes(frame, keys, issues, may_be_words=may_be_words)
    return _leave_out_totals(frame, keys, issues)


def _leave_out_notes(
    frame: pl.DataFrame, keys: list[str], issues: IssueCollector, *, may_be_words: bool
) -> pl.DataFrame:
    notes, height = list[str](), frame.height
    while height > 1 and len(notes) < MAX_NOTES:
        row = frame.row(height - 1, named=True)
        first = row[keys[0]]
        if not isinstance(first, str) or any(row[key] not in (None, "") for key in keys[1:]):
            break
        if not (is_note(first) if may_be_words else _MARKED_NOTE.match(first)):
            break
        notes.insert(0, first)
        height -= 1
    if notes:
        line = frame[LINE][height]
        advice = "What is below the table was passed over, as it reads like notes and not like rows."
        value = shorten_value(" | ".join(notes))
        issues.add(Issue("lines_after_table", "warning", "kept", line, value=value, suggestion=advice))
    return frame.head(height)


def _leave_out_totals(frame: pl.DataFrame, keys: list[str], issues: IssueCollector) -> pl.DataFrame:
    for _ in range(_MAX_TOTALS):
        word = _find_total(frame, keys) if frame.height >= _MIN_ROWS_ABOVE_TOTAL else None
        if word is None:
            break
        advice = "The last row was left out, as it is named as a total of the others. Rename it if it is not."
        place = (frame[LINE][-1], frame[ROW][-1])
        issues.add(Issue("total_row", "warning", "row_rejected", *place, value=shorten_value(word), suggestion=advice))
        frame = frame.head(-1)
    return frame


def _find_total(frame: pl.DataFrame, keys: list[str]) -> str | None:
    """The word for a total in the last row: in its first cell, or the only word in it; None if there is none."""
    row = frame.row(-1, named=True)
    texts = [(key, cell.strip()) for key in keys if isinstance(cell := row[key], str) and cell.strip()]
    words = [text for text in texts if not is_number(text[1])]
    likely = [text for text in texts[:1] if text[0] in keys[:2]] + (words if len(words) == 1 else [])
    for key, word in likely:
        if _TOTAL.fullmatch(word) and int((frame[key] == row[key]).sum()) == 1:
            return word
    return None
