"""Reader of one cell, as JSON, CSV or a data frame has it, as the value that an encoder takes; None is missing."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from math import isfinite, isinf, isnan
from typing import Any, Final

from tables.python_export.cells.cell_error import CellError
from tables.python_export.cells.date_cell import convert_moment, read_moment_text
from tables.python_export.cells.number_cell import Rule, read_number_text
from tables.types.date_pattern import ZERO_DATE
from tables.types.text_pattern import compile_pattern
from tables.types.word_form import normalize_word

ReadCell = Callable[[Any], Any]
"""From a cell to its value; raises CellError."""

DIGIT_FORMATS: Final = frozenset({"%Y%m%d", "%Y%m", "%Y%m%d%H%M", "%Y%m%d%H%M%S%.f", "%s", "%E"})


def create_reader(
    rule: Rule, known: Mapping[str, Any], read_picture: Callable[[Any, Any], Any] | None = None
) -> ReadCell:
    """The reader of a column's cells by its rule; `known` has the categories that training saw."""
    if rule["type"] == "image" and read_picture is not None:
        return lambda cell: read_picture(cell, rule["shape"])
    kinds: dict[str, Callable[[Any], Any]] = {
        "numeric": lambda cell: read_number(cell, rule),
        "boolean": lambda cell: read_boolean(cell, rule),
        "datetime": lambda cell: read_moment(cell, rule),
        "text": lambda cell: read_text(cell, rule),
        "categorical": lambda cell: read_category(cell, rule, known),
    }
    return kinds[rule["type"]]


def simplify(cell: Any) -> Any:
    """A cell of NumPy or pandas as Python's own value; what these have for missing is None."""
    if cell is None or isinstance(cell, str | bool | int | float | date | time):
        return None if isinstance(cell, float) and isnan(cell) else None if is_no_moment(cell) else cell
    if type(cell).__name__ in {"NAType", "NaTType"}:
        return None
    plain = cell.item() if hasattr(cell, "item") else cell
    return None if isinstance(plain, float) and isnan(plain) else plain


def is_no_moment(cell: Any) -> bool:
    """Whether a cell is the missing moment of pandas, which is also a datetime."""
    return type(cell).__name__ == "NaTType"


def read_number(cell: Any, rule: Rule) -> float | None:
    """A number; text is read as in training."""
    number: float | None = None
    if isinstance(cell, str):
        text = normalize_word(cell)
        if text.lower() in rule["missing"]:
            return None
        number = read_number_text(text, rule)
        if number is None:
            raise CellError(f"must be a number, written as in training, and is {cell!r}")
    elif isinstance(cell, int | float) and not isinstance(cell, bool):
        try:
            number = float(cell)
        except OverflowError:
            number = float("inf")
        if not isfinite(number):
            raise CellError("is too large for a number" if isinf(number) else "must be a number")
    elif cell is not None:
        raise CellError(f"must be a number, and is {cell!r}")
    return None if number in rule["missing_numbers"] else number


def read_boolean(cell: Any, rule: Rule) -> bool | None:
    """True or false."""
    if cell is None or isinstance(cell, bool):
        return cell
    if isinstance(cell, int | float) and cell in {0, 1}:
        return bool(cell)
    text = normalize_word(cell).lower() if isinstance(cell, str) else ""
    if isinstance(cell, str) and text in rule["missing"]:
        return None
    if text in rule["true"] or text in rule["false"]:
        return text in rule["true"]
    raise CellError(f"must be true or false, and is {cell!r}")


def read_moment(cell: Any, rule: Rule) -> float | None:
    """A moment in seconds since 1970; text is read as in training, or as ISO 8601."""
    if isinstance(cell, datetime):
        return convert_moment(cell)
    if isinstance(cell, date):
        return convert_moment(datetime(cell.year, cell.month, cell.day))
    if isinstance(cell, time):
        return cell.hour * 3600.0 + cell.minute * 60.0 + cell.second + cell.microsecond / 1e6
    if isinstance(cell, int | float) and not isinstance(cell, bool) and DIGIT_FORMATS & {*rule["datetime_formats"]}:
        cell = spell_number(cell)[0]
    if cell is None:
        return None
    if not isinstance(cell, str):
        raise CellError(f"must be a date or time as text, such as 2024-01-31T18:30:00Z, and is {cell!r}")
    text = normalize_word(cell)
    if text.lower() in rule["missing"] or compile_pattern(ZERO_DATE).search(text):
        return None
    seconds = read_moment_text(text, rule)
    if seconds is None:
        raise CellError(f"is no date or time, such as 2024-01-31T18:30:00Z, and is {cell!r}")
    return seconds


def read_text(cell: Any, rule: Rule) -> str | None:
    """A text."""
    if isinstance(cell, str):
        text = normalize_word(cell)
        return None if text.lower() in rule["missing"] else text
    if isinstance(cell, int | float):
        return spell_number(cell)[0]
    if cell is not None:
        raise CellError(f"must be text, and is {cell!r}")
    return None


def read_category(cell: Any, rule: Rule, known: Mapping[str, Any]) -> str | None:
    """A category; a number or boolean stands for the one that is spelled like it."""
    if cell is None or (isinstance(cell, str) and cell in known):
        return cell
    if not isinstance(cell, str | int | float):
        raise CellError(f"must be a category, written as text, and is {cell!r}")
    spellings = [normalize_word(cell)] if isinstance(cell, str) else spell_number(cell)
    for spelling in spellings:
        if spelling in known:
            return spelling
    return None if spellings[0].lower() in rule["missing"] else spellings[0]


def spell_number(cell: float) -> list[str]:
    """The spellings of a number or boolean as text."""
    if isinstance(cell, bool):
        return [str(cell).lower(), str(cell), str(cell).upper()]
    if isinstance(cell, float) and cell.is_integer():
        return [str(int(cell)), str(cell)]
    return [str(cell), f"{cell}.0"]
