"""Cells to predict from, as columns of a model's input types; strict, with an error for each cell that does not fit.

Training skips bad cells, prediction refuses them: the caller is there to correct them.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from math import inf, isfinite, isinf, isnan, nan
from types import NoneType
from typing import Final, Protocol, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from learning.frame import BooleanColumn, CategoricalColumn, Column, DatetimeColumn, NumericColumn, TextColumn
from learning.spelling import suggest_name
from tables.errors import BadCell, add_bad_cell
from tables.types.dates import datetime_parser, to_seconds
from tables.types.parse import COUNT, VALUE
from tables.types.tokens import FALSE_TOKENS, MISSING_TOKENS, TRUE_TOKENS

_BOOLEAN_CODES: Final[dict[object, int]] = {
    None: -1,
    **dict.fromkeys((True, "1", *TRUE_TOKENS), 1),
    **dict.fromkeys((False, "0", *FALSE_TOKENS), 0),
}
_MISSING: Final = frozenset(MISSING_TOKENS)
MAX_LISTED_INPUTS: Final = 10
"""How many inputs an error lists."""
_WRITE_ISO: Final = "Write it as 2024-01-31 or 2024-01-31T18:30:00Z."


class PredictInput(Protocol):
    """The columns that a model predicts from, as far as a reader of rows needs them."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def type(self) -> str:
        """Its type, as in `learning.frame.ColumnType`."""
        ...

    @property
    def categories(self) -> Sequence[str] | None:
        """The categories that training knew."""
        ...


def find_unknown_columns(
    row: int, names: Collection[str], inputs: Sequence[PredictInput], ignore: Collection[str]
) -> list[BadCell]:
    """One error for each name that is no input's: which it is likely to mean, or which there are."""
    known = [column.name for column in inputs]
    suggestions = {name: suggest_name(name, known) for name in names if name not in known and name not in ignore}
    more = f" and {len(known) - MAX_LISTED_INPUTS} more" if len(known) > MAX_LISTED_INPUTS else ""
    listed = f"{', '.join(map(repr, known[:MAX_LISTED_INPUTS]))}{more}"
    return [
        BadCell(
            row,
            name,
            "is not an input of the model" if suggestion else f"is not an input of the model; its inputs are {listed}",
            "unknown_column",
            suggestion=suggestion,
        )
        for name, suggestion in suggestions.items()
    ]


def read_column(cells: Sequence[object], expected: PredictInput, bad: list[BadCell]) -> Column:
    """The cells as a column of the input's type; errors are added to `bad`, their `row` the index of the cell."""
    match expected.type:
        case "numeric":
            return _read_numbers(cells, expected.name, bad)
        case "boolean":
            return _read_booleans(cells, expected.name, bad)
        case "datetime":
            return _read_datetimes(cells, expected.name, bad)
        case "text":
            return _read_texts(cells, expected.name, bad)
        case _:
            return _read_categories(cells, expected, bad)


def _read_categories(cells: Sequence[object], expected: PredictInput, bad: list[BadCell]) -> CategoricalColumn:
    """Codes of the input's categories, in its order; unknown ones come after them.

    A number or boolean stands for the category that is spelled like it.
    """
    known = tuple(expected.categories or ())
    code_of = _category_codes(known)
    try:
        codes = list(map(code_of.get, cast("Sequence[str]", cells)))
    except TypeError:  # a list or an object is no key of a dictionary
        codes: list[int | None] = [None] * len(cells)
    if None not in codes:
        return CategoricalColumn(np.array(codes, np.int32), known)
    unseen: dict[str, int] = {}
    for row, code in enumerate(codes):
        if code is None:
            codes[row] = _category_code(cells[row], code_of, unseen)
        if codes[row] is None:
            add_bad_cell(
                bad, BadCell(row, expected.name, "must be a category, written as text", "not_text", cells[row])
            )
            codes[row] = -1
    return CategoricalColumn(np.array(codes, np.int32), known + tuple(unseen))


@lru_cache(maxsize=1024)
def _category_codes(categories: tuple[str, ...]) -> dict[str, int]:
    return {category: code for code, category in enumerate(categories)}


def _category_code(cell: object, code_of: dict[str, int], unseen: dict[str, int]) -> int | None:
    """The code of a cell that is no category as it stands; None if it can be none."""
    if cell is None:
        return -1
    if not isinstance(cell, str | int | float):
        return None
    spellings = _spellings(cell)
    for spelling in spellings:
        if spelling in code_of:
            return code_of[spelling]
    if spellings[0].lower() in _MISSING:
        return -1
    return unseen.setdefault(spellings[0], len(code_of) + len(unseen))


def _spellings(cell: str | float) -> list[str]:
    """How a category may be spelled that is given as text, number or boolean."""
    if isinstance(cell, str):
        return [cell.strip()]
    if isinstance(cell, bool):
        return [str(cell).lower(), str(cell), str(cell).upper()]
    if isinstance(cell, float) and cell.is_integer():
        return [str(int(cell)), str(cell)]
    return [str(cell), f"{cell}.0"]


def _read_numbers(cells: Sequence[object], name: str, bad: list[BadCell]) -> NumericColumn:
    if set(map(type, cells)) <= {float, int, NoneType}:
        try:
            values = np.array(cells, np.float64)
        except OverflowError:
            values = np.full(1, inf)
        if not np.isinf(values).any():
            return NumericColumn(values)
    values = np.full(len(cells), nan)
    for row, cell in enumerate(cells):
        kind = type(cell)
        if kind is float or kind is int:
            values[row] = number = _to_float(cell)
            if isinf(number):
                add_bad_cell(bad, BadCell(row, name, "is too large for a number", "not_finite", cell))
        elif cell is not None:
            add_bad_cell(bad, BadCell(row, name, "must be a number", "not_a_number", cell, _suggest_number(cell)))
    return NumericColumn(values)


def _to_float(cell: object) -> float:
    try:
        return float(cast("float", cell))
    except OverflowError:
        return inf


def _suggest_number(cell: object) -> str | None:
    """What was probably meant instead of a number in quotes."""
    if not isinstance(cell, str):
        return None
    if cell.strip().lower() in _MISSING:
        return "null"
    try:
        return cell.strip() if isfinite(float(cell)) else None
    except ValueError:
        return None


def _read_booleans(cells: Sequence[object], name: str, bad: list[BadCell]) -> BooleanColumn:
    values = [-1] * len(cells)
    for row, cell in enumerate(cells):
        if isinstance(cell, str):
            meant = cell.strip().lower()
            code = -1 if meant in _MISSING else _BOOLEAN_CODES.get(meant)
        else:
            code = _BOOLEAN_CODES.get(cell) if isinstance(cell, bool | int | None) else None
        if code is None:
            add_bad_cell(bad, BadCell(row, name, "must be true or false", "not_a_boolean", cell))
        else:
            values[row] = code
    return BooleanColumn(np.array(values, np.int8))


def _read_datetimes(cells: Sequence[object], name: str, bad: list[BadCell]) -> DatetimeColumn:
    """Seconds since 1970; text that is not ISO is read as in training, all cells together telling day from month."""
    values = np.full(len(cells), nan)
    others: dict[str, list[int]] = {}
    for row, cell in enumerate(cells):
        text = cell.strip() if isinstance(cell, str) else None
        if text is None and cell is not None:
            add_bad_cell(
                bad, BadCell(row, name, "must be a date or time, written as text", "not_a_date", cell, _WRITE_ISO)
            )
        elif text is None or text.lower() in _MISSING:
            continue
        else:
            try:
                moment = datetime.fromisoformat(text)
            except ValueError:
                others.setdefault(text, []).append(row)
            else:
                values[row] = moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()
    if others:
        _read_other_formats(others, values, name, bad)
    return DatetimeColumn(values)


def _read_other_formats(
    others: dict[str, list[int]], values: NDArray[np.float64], name: str, bad: list[BadCell]
) -> None:
    """Fill in moments that are not written as ISO, from the rows in which each text stands."""
    counts = [len(rows) for rows in others.values()]
    texts = pl.DataFrame({VALUE: list(others), COUNT: counts}, schema={VALUE: pl.String, COUNT: pl.UInt32})
    parser = datetime_parser(texts)
    if parser is None:
        found: list[float] = [nan] * len(others)
    else:
        found = to_seconds(parser.cast(texts[VALUE])).tolist()
        for note in parser.notes:
            add_bad_cell(
                bad,
                BadCell(others[note.value][0], name, "could be day or month first", note.code, note.value, _WRITE_ISO),
            )
    for (text, rows), moment in zip(others.items(), found, strict=True):
        values[rows] = moment
        if isnan(moment):
            add_bad_cell(bad, BadCell(rows[0], name, "is no date or time", "not_a_date", text, _WRITE_ISO))


def _read_texts(cells: Sequence[object], name: str, bad: list[BadCell]) -> TextColumn:
    values = np.empty(len(cells), np.object_)
    for row, cell in enumerate(cells):
        if isinstance(cell, str):
            text = cell.strip()
            values[row] = None if text.lower() in _MISSING else text
        elif isinstance(cell, int | float):
            values[row] = _spellings(cell)[0]
        elif cell is not None:
            add_bad_cell(bad, BadCell(row, name, "must be text", "not_text", cell))
    return TextColumn(values)
