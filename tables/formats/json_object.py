"""Reader of a table that is one JSON object, as pandas' `to_json` writes it, or with its rows under one key."""

from collections.abc import Mapping
from typing import Final, TypeVar, cast

import msgspec

from learning.spelling import cut_name
from tables.issues import Issue, IssueCollector, UnreadableFile, shorten_value

MAX_OBJECT_BYTES: Final = 32 << 20
"""The largest file that is one object: all of it is in memory at once."""

SEND_ROWS: Final = (
    'Write one array of objects, such as [{"sqft": 1200, "city": "Oslo"}], one object on each line, or an object of '
    'columns, such as {"sqft": [1200, 800], "city": ["Oslo", "Rome"]}.'
)

_MAX_CELLS_PER_VALUE: Final = 4
_MIN_CELLS: Final = 10_000
"""So many cells per value, beyond a small table, show that the keys are no index of rows."""

Row = dict[str, object]
T = TypeVar("T")


def read_object(text: bytes, issues: IssueCollector) -> list[Row]:
    """The rows of a table in one object: columns as lists, or in a form of pandas: split, columns, index, table.

    Raises:
        UnreadableFile: not-json, not-a-table.
    """
    try:
        table = msgspec.json.decode(text, type=dict[str, object])
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise UnreadableFile("not-json", f"The file is no JSON object: {error}.", SEND_ROWS) from error
    rows = _read_split(table) or _read_lists(table) or _read_mappings(table) or _read_wrapped(table, issues)
    if rows is None:
        raise UnreadableFile("not-a-table", "The file is one JSON object, but no table of a known form.", SEND_ROWS)
    return rows


def _read_split(table: Mapping[str, object]) -> list[Row] | None:
    """The rows under `data`, lists in the order of the names under `columns`."""
    names, data = _list_of(str, table.get("columns")), cast("list[list[object]]", _list_of(list, table.get("data")))
    if not names or not data or table.keys() - {"columns", "index", "data"}:
        return None
    if any(len(row) != len(names) for row in data):
        return None
    return [dict(zip(names, row, strict=True)) for row in data]


def _read_lists(table: Mapping[str, object]) -> list[Row] | None:
    """The rows of columns that are lists, equally long, of values."""
    columns = cast("list[list[object]]", _list_of(list, list(table.values())))
    if not columns or len(set(map(len, columns))) != 1:
        return None
    if any(isinstance(cell, dict | list) for column in columns for cell in column):
        return None
    return [dict(zip(table, cells, strict=True)) for cells in zip(*columns, strict=True)] or None


def _read_mappings(table: Mapping[str, object]) -> list[Row] | None:
    """The rows of columns by the index of the rows, or of rows by their index: the index has numbers."""
    inner = cast("list[dict[str, object]]", _list_of(dict, list(table.values())))
    if not inner or any(isinstance(cell, dict | list) for each in inner for cell in each.values()):
        return None
    keys = dict.fromkeys(key for each in inner for key in each)
    if len(keys) * len(inner) > max(_MIN_CELLS, _MAX_CELLS_PER_VALUE * sum(map(len, inner))):
        return None
    if all(map(str.isdecimal, keys)):
        return [{name: column.get(key) for name, column in zip(table, inner, strict=True)} for key in keys]
    return inner if all(map(str.isdecimal, table)) else None


def _read_wrapped(table: Mapping[str, object], issues: IssueCollector) -> list[Row] | None:
    """The rows under the only key that has a list of objects."""
    found = {key: rows for key, value in table.items() if (rows := cast("list[Row]", _list_of(dict, value)))}
    if len(found) != 1:
        return None
    ((key, rows),) = found.items()
    advice = f"The rows were read from the list under '{cut_name(key)}'; what is beside it was passed over."
    issues.add(Issue("rows_in_object", "warning", "kept", value=shorten_value(key), suggestion=advice))
    return rows


def _list_of(kind: type[T], value: object) -> list[T]:
    """A value that is a list of elements of a type; the empty list if it is another."""
    if not isinstance(value, list):
        return []
    elements = cast("list[T]", value)
    return elements if all(isinstance(element, kind) for element in elements) else []
