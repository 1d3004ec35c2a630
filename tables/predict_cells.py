"""Cells to predict from, as columns of a model's input types; strict, with an error for each cell that does not fit.

Training skips bad cells, prediction refuses them: the caller is there to correct them.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from math import inf, isinf, nan
from types import NoneType
from typing import Final, cast

import numpy as np
import polars as pl

from learning.column_format import PLAIN_FORMAT, ColumnFormat
from learning.encoding.columns import InputColumn
from learning.frame import (
    BooleanColumn,
    CategoricalColumn,
    Column,
    ColumnType,
    DatetimeColumn,
    NumericColumn,
    TextColumn,
)
from tables.predict_faults import BadCell, BadCells
from tables.predict_images import read_images
from tables.predict_missing import empty_missing_numbers
from tables.types.cells import explain_fault, find_missing, parse_cells
from tables.types.date_layouts import is_digits_only
from tables.types.dates import to_seconds
from tables.types.hints import ColumnHints
from tables.types.inference import infer_parser
from tables.types.missing import missing_markers
from tables.types.numbers import STYLES, parse_numbers
from tables.types.parse import COUNT, VALUE
from tables.types.tokens import FALSE_TOKENS, TRUE_TOKENS
from tables.types.word_form import normalize_word

_BOOLEAN_CODES: Final[dict[object, int]] = {
    None: -1,
    **dict.fromkeys((True, "1", *TRUE_TOKENS), 1),
    **dict.fromkeys((False, "0", *FALSE_TOKENS), 0),
}
_WRITE_PLAINLY: Final[dict[str, str]] = {
    "numeric": "write it without a separator of thousands",
    "datetime": "write it as 2024-01-31 or 2024-01-31T18:30:00Z",
}
_FAULTS: Final[dict[str, tuple[str, str]]] = {
    "numeric": ("must be a number", "not_a_number"),
    "datetime": (f"is no date or time; {_WRITE_PLAINLY['datetime']}", "not_a_date"),
}
"""The detail and code of a text that is not of an input's type."""
_FIRST: Final[dict[str, str]] = {"day_first": "day first", "month_first": "month first"}
_TOO_LARGE: Final = "is too large for a number"


_Report = Callable[[int, str, str, object, str | None], None]
"""Reports a bad cell of a column: its row, detail, code, value and suggestion."""


def read_column(cells: Sequence[object], expected: InputColumn, bad: BadCells) -> Column:
    """The cells as a column of the input's type; those with faults are missing, and added to `bad` by their index."""

    def report(row: int, detail: str, code: str, value: object, suggestion: str | None) -> None:
        bad.add(BadCell(row, expected.name, detail, code, value, suggestion))

    match expected.type:
        case "numeric":
            return empty_missing_numbers(_read_numbers(cells, expected, report), expected)
        case "boolean":
            return _read_booleans(cells, expected, report)
        case "datetime":
            return _read_datetimes(cells, expected, report)
        case "image":
            return read_images(cells, expected, report)
        case "text":
            return _read_texts(cells, expected, report)
        case _:
            return _read_categories(cells, expected, report)


def _markers_of(expected: InputColumn) -> frozenset[str]:
    """The texts in lower case that stand for a missing value; models of earlier versions read all words as numbers."""
    if expected.format is None:
        return missing_markers("numeric", PLAIN_FORMAT)
    return missing_markers(expected.type, expected.format)


def _read_categories(cells: Sequence[object], expected: InputColumn, report: _Report) -> CategoricalColumn:
    """Codes of the input's categories, in its order; unknown ones come after them.

    A number or boolean stands for the category that is spelled like it.
    """
    known, markers, code_of = expected.categories or (), _markers_of(expected), expected.codes
    try:
        codes = list(map(code_of.get, cast("Sequence[str]", cells)))
    except TypeError:  # a list or an object is no key of a dictionary
        codes: list[int | None] = [None] * len(cells)
    unseen: dict[str, int] = {}
    if None in codes:
        for row, code in enumerate(codes):
            if code is None:
                codes[row] = _category_code(cells[row], code_of, unseen, markers)
            if codes[row] is None:
                report(row, "must be a category, written as text", "not_text", cells[row], None)
                codes[row] = -1
    return CategoricalColumn(np.array(codes, np.int32), known + tuple(unseen))


def _category_code(
    cell: object, code_of: dict[str, int], unseen: dict[str, int], markers: frozenset[str]
) -> int | None:
    """The code of a cell that is no category as it stands; None if it can be none."""
    if cell is None:
        return -1
    if not isinstance(cell, str | int | float):
        return None
    spellings = _spellings(cell)
    for spelling in spellings:
        if spelling in code_of:
            return code_of[spelling]
    if spellings[0].lower() in markers:
        return -1
    return unseen.setdefault(spellings[0], len(code_of) + len(unseen))


def _spellings(cell: str | float) -> list[str]:
    """The spellings of a category that is given as text, number or boolean."""
    if isinstance(cell, str):
        return [normalize_word(cell)]
    if isinstance(cell, bool):
        return [str(cell).lower(), str(cell), str(cell).upper()]
    if isinstance(cell, float) and cell.is_integer():
        return [str(int(cell)), str(cell)]
    return [str(cell), f"{cell}.0"]


def _read_numbers(cells: Sequence[object], expected: InputColumn, report: _Report) -> NumericColumn:
    """Numbers; text is read as in training."""
    if set(map(type, cells)) <= {float, int, NoneType}:
        with suppress(OverflowError):
            values = np.array(cells, np.float64)
            if not np.isinf(values).any():
                return NumericColumn(values)
    values = np.full(len(cells), nan)
    texts: dict[str, list[int]] = {}
    for row, cell in enumerate(cells):
        if type(cell) is float or type(cell) is int:
            values[row] = inf
            with suppress(OverflowError):
                values[row] = cast("float", cell)
            if isinf(values[row]):
                report(row, _TOO_LARGE, "not_finite", cell, None)
        elif isinstance(cell, str):
            texts.setdefault(normalize_word(cell), []).append(row)
        elif cell is not None:
            report(row, "must be a number", "not_a_number", cell, None)
    for rows, number in zip(texts.values(), _parse_texts(texts, expected, report), strict=True):
        values[rows] = nan if number is None else number
    return NumericColumn(values)


def _parse_texts(texts: Mapping[str, list[int]], expected: InputColumn, report: _Report) -> pl.Series:
    """The values of distinct texts, each given with its rows, as training reads them; null where it is missing."""
    if not texts:
        return pl.Series([], dtype=pl.Float64)
    written, kind = pl.Series(VALUE, list(texts), pl.String), expected.type
    format_ = expected.format or _infer_format(texts, kind, report)
    values = parse_cells(written, kind, format_)
    unreadable = values.is_null() & ~find_missing(written, kind, format_)
    detail, code = _FAULTS[kind]
    if kind == "datetime" and format_.date_order is not None:
        detail = f"is no date or time, with the {_FIRST[format_.date_order]} as in training; {_WRITE_PLAINLY[kind]}"
    for text in written.filter(unreadable):
        fault = explain_fault(text, kind, format_) or detail
        for row in texts[text]:
            report(row, fault, code, text, None) if not _is_infinite(text) else report(
                row, _TOO_LARGE, "not_finite", text, None
            )
    return values


def _infer_format(texts: Mapping[str, list[int]], kind: ColumnType, report: _Report) -> ColumnFormat:
    """The format that all cells of a request show together; what is ambiguous is an error."""
    counts = pl.DataFrame(
        {VALUE: list(texts), COUNT: list(map(len, texts.values()))}, {VALUE: pl.String, COUNT: pl.UInt32}
    )
    parser = infer_parser(counts, ColumnHints(type=kind))
    for note in parser.notes:
        if note.code.startswith("ambiguous"):
            meanings = "could be day or month first" if kind == "datetime" else _list_meanings(note.value)
            report(texts[note.value][0], f"{meanings}; {_WRITE_PLAINLY[kind]}", note.code, note.value, None)
    signs = tuple([unit for unit in parser.format.units if not unit.isalpha()])
    return replace(parser.format, units=signs, marks=(), missing_values=())


def _list_meanings(number: str) -> str:
    meanings = [parse_numbers(pl.Series([number]), style)[0] for style in STYLES]
    return "may mean " + " or ".join(f"{meaning:.15g}" for meaning in meanings)


def _is_infinite(text: str) -> bool:
    with suppress(ValueError):
        return isinf(float(text))
    return False


def _read_booleans(cells: Sequence[object], expected: InputColumn, report: _Report) -> BooleanColumn:
    markers, labels = _markers_of(expected), expected.format.labels if expected.format else ()
    allowed = " or ".join([f"'{label}'" for label in reversed(labels)]) or "true or false"
    values = np.full(len(cells), -1, np.int8)
    for row, cell in enumerate(cells):
        key = normalize_word(cell).lower() if isinstance(cell, str) else cell
        if isinstance(key, str) and key in markers:
            continue
        code = _BOOLEAN_CODES.get(key) if isinstance(key, str | int | None) else None
        if code is None:
            report(row, f"must be {allowed}", "not_a_boolean", cell, None)
        else:
            values[row] = code
    return BooleanColumn(values)


def _read_datetimes(cells: Sequence[object], expected: InputColumn, report: _Report) -> DatetimeColumn:
    """Seconds since 1970; text is read as in training, or as ISO 8601."""
    values = np.full(len(cells), nan)
    texts: dict[str, list[int]] = {}
    in_digits = expected.format is not None and any(map(is_digits_only, expected.format.datetime_formats))
    for row, cell in enumerate(cells):
        if in_digits and type(cell) in {int, float}:
            cell = _spellings(cast("float", cell))[0]  # noqa: PLW2901 - a number of digits
        if isinstance(cell, str):
            texts.setdefault(normalize_word(cell), []).append(row)
        elif cell is not None:
            report(row, f"must be a date or time as text; {_WRITE_PLAINLY['datetime']}", "not_a_date", cell, None)
    if texts:
        moments = to_seconds(_parse_texts(texts, expected, report))
        for rows, seconds in zip(texts.values(), moments, strict=True):
            values[rows] = seconds
    return DatetimeColumn(values)


def _read_texts(cells: Sequence[object], expected: InputColumn, report: _Report) -> TextColumn:
    markers = _markers_of(expected)
    values = np.empty(len(cells), np.object_)
    for row, cell in enumerate(cells):
        if isinstance(cell, str):
            text = normalize_word(cell)
            values[row] = None if text.lower() in markers else text
        elif isinstance(cell, int | float):
            values[row] = _spellings(cell)[0]
        elif cell is not None:
            report(row, "must be text", "not_text", cell, None)
    return TextColumn(values)
