"""The last rows of a table that are none of it: notes below it, and totals of the rows above."""

import re
from typing import Final

import polars as pl

from tables.chunks import LINE, ROW, column_key
from tables.issues import MAX_NOTES, Issue, IssueCollector, is_note, shorten_value

_MIN_ROWS_ABOVE_TOTAL: Final = 4
_TOTAL: Final = re.compile(
    r"(?:(?:grand |overall |sub|sub-|all )?totals?|total général|totales?|totaal|overall|sum|somme|suma|summe"
    r"|gesamt(?:summe)?|insgesamt|celkem|razem|toplam|итого|всего|合計|総計|合计|总计|소계|합계|average|mean|durchschnitt|moyenne)\s*:?",
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
    return _leave_out_total(frame, keys, issues)


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


def _leave_out_total(frame: pl.DataFrame, keys: list[str], issues: IssueCollector) -> pl.DataFrame:
    for key in keys[:2] if frame.height >= _MIN_ROWS_ABOVE_TOTAL else ():
        word = frame[key][-1]
        if isinstance(word, str) and word.strip():
            if _TOTAL.fullmatch(word.strip()) is None or int((frame[key] == word).sum()) > 1:
                return frame
            advice = "The last row was left out, as it is named as a total of the others. Rename it if it is not."
            place = (frame[LINE][-1], frame[ROW][-1])
            value = shorten_value(word.strip())
            issues.add(Issue("total_row", "warning", "row_rejected", *place, value=value, suggestion=advice))
            return frame.head(-1)
    return frame
