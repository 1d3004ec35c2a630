"""The JSON that MLflow's scoring server takes: rows of a data frame in one of four forms, as columns of cells."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, NoReturn, Protocol, TypedDict, cast

import msgspec

from contract.responses import FieldError
from learning.frame import Frame
from learning.model import Model
from service.http import strict_json
from service.http.strict_json import MAX_ERRORS, escape_pointer, shorten
from service.http.validation_errors import invalid_fields
from service.protocols.columns import frames_of
from service.request_bodies.strict_rows import Cell, has_hidden_faults
from tables import BadCell, Cells, frame_from_rows

SPLIT, RECORDS, INSTANCES, INPUTS = "dataframe_split", "dataframe_records", "instances", "inputs"
FORMS: Final = (SPLIT, RECORDS, INSTANCES, INPUTS)
PARAMS: Final = "params"
"""What may stand beside the rows."""


class _Split(TypedDict):
    columns: list[str]
    data: list[list[Cell]]


class _SplitBody(TypedDict):
    dataframe_split: _Split


_decode_split: Final = msgspec.json.Decoder(_SplitBody).decode


def parse_body(raw_body: bytes) -> Any:
    """The tree of a body: fast of a plain `dataframe_split`, which most clients send, and strictly of any other.

    Raises:
        ProblemError: `unreadable-json` or `invalid`.
    """
    try:
        tree = _decode_split(raw_body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        tree = None
    if tree is None or has_hidden_faults(raw_body, 3):
        return strict_json.parse_json(raw_body, lines=True, nan=True)
    return tree


class ScoringRows(Protocol):
    """Rows to predict, in whichever form they came."""

    def make_frame(self, model: Model, *, ignore_unknown: bool) -> Frame:
        """The rows as the columns that a model takes.

        Raises:
            BadRows: a name is unknown, or a value does not fit its input.
            TooManyRows: they are more than the model predicts at once.
        """
        ...

    def locate(self, cell: BadCell) -> str:
        """The pointer to a cell."""
        ...


@dataclass(frozen=True)
class Records:
    """Rows that are objects; a name that one has not is missing there."""

    rows: list[dict[str, Any]]
    pointer: str

    def make_frame(self, model: Model, *, ignore_unknown: bool) -> Frame:
        """The rows as the columns that a model takes."""
        return frame_from_rows(self.rows, model.inputs, model.ignored, ignore_unknown=ignore_unknown)

    def locate(self, cell: BadCell) -> str:
        """The pointer to a cell, by the name of its column."""
        row = f"{self.pointer}/{cell.row}"
        return row if cell.column is None else f"{row}/{escape_pointer(cell.column)}"


@dataclass(frozen=True)
class Columns:
    """Rows as columns of cells, by name, with a function from a cell's row and column to its pointer."""

    cells: Mapping[str, Cells]
    rows: int
    point: Callable[[int, str], str]

    def make_frame(self, model: Model, *, ignore_unknown: bool) -> Frame:
        """The rows as the columns that a model takes."""
        return frames_of(model).frame(self.cells, self.rows, ignore_unknown=ignore_unknown)

    def locate(self, cell: BadCell) -> str:
        """The pointer to a cell."""
        return self.point(cell.row, cell.column or "")


def read_scoring_rows(tree: Any, model: Model) -> ScoringRows:
    """The rows of a parsed body; those without names are in the order of the model's inputs.

    Raises:
        ProblemError: `invalid`, with the place of each fault.
    """
    fields = cast("dict[str, Any]", tree) if isinstance(tree, dict) else {}
    forms = [form for form in FORMS if form in fields]
    if len(forms) != 1:
        _refuse("#", f"must have exactly one of {', '.join(FORMS)}", "one_of")
    form, value = forms[0], fields[forms[0]]
    for name in fields:
        if name not in {form, PARAMS}:
            _refuse(f"#/{escape_pointer(name)}", f"is not known beside {form}", "unknown_field", fields[name])
    if fields.get(PARAMS):
        _refuse(f"#/{PARAMS}", "must be empty: the model has no parameters of predictions", "unknown_field")
    names, pointer = [column.name for column in model.inputs], f"#/{form}"
    if form == SPLIT:
        return _read_split(value, pointer, names)
    if isinstance(value, dict) and form == INPUTS:
        return _read_named(cast("dict[str, Any]", value), pointer)
    what = "a list of rows, or an object of columns" if form == INPUTS else "a list of rows"
    rows = _require_rows(value, pointer, what)
    if form == RECORDS or isinstance(rows[0], dict):
        return _read_records(rows, pointer)
    if not isinstance(rows[0], list):
        rows = [[cell] for cell in rows]
    return _read_rows(rows, names, lambda row: f"{pointer}/{row}")


def _require_rows(value: Any, pointer: str, what: str = "a list of rows") -> list[Any]:
    if not isinstance(value, list):
        _refuse(pointer, f"must be {what}", "list_type", value)
    if not value:
        _refuse(pointer, "has no rows; send one at least", "too_short")
    return cast("list[Any]", value)


def _read_split(value: Any, pointer: str, names: Sequence[str]) -> Columns:
    """`{"columns": […], "data": [[…], …]}`, as pandas writes it with `orient="split"`."""
    fields = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    if unknown := set(fields) - {"columns", "data", "index"}:
        _refuse(f"{pointer}/{escape_pointer(min(unknown))}", "is not known beside columns and data", "unknown_field")
    given: Any = fields.get("columns", names)
    if not isinstance(given, list) or not {str}.issuperset(map(type, cast("list[Any]", given))):
        _refuse(f"{pointer}/columns", "must be a list of names", "list_type")
    columns = cast("list[str]", given)
    if len(set(columns)) < len(columns):
        _refuse(f"{pointer}/columns", "names a column twice", "duplicate_name", columns)
    rows = _require_rows(fields.get("data"), f"{pointer}/data")
    return _read_rows(rows, columns, lambda row: f"{pointer}/data/{row}")


def _read_rows(rows: list[Any], names: Sequence[str], point: Callable[[int], str]) -> Columns:
    """Rows that are lists, with a cell for each name."""
    width = len(names)
    wrong = (number for number, row in enumerate(rows) if type(row) is not list or len(cast("list[Any]", row)) != width)
    faults = [
        FieldError(
            pointer=point(number),
            detail=f"must be a list of {width} cells: {', '.join(names[:10])}{', …' if width > 10 else ''}",
            code="bad_row",
            given=shorten(rows[number]),
        )
        for number in islice(wrong, MAX_ERRORS + 1)
    ]
    if faults:
        raise invalid_fields(faults)
    places = {name: place for place, name in enumerate(names)}
    cells = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    return Columns(cells, len(rows), lambda row, column: f"{point(row)}/{places.get(column, '')}".rstrip("/"))


def _read_records(rows: list[Any], pointer: str) -> Records:
    wrong = next((number for number, row in enumerate(rows) if type(row) is not dict), None)
    if wrong is not None:
        _refuse(f"{pointer}/{wrong}", "must be an object that names columns", "object_type", rows[wrong])
    return Records(rows, pointer)


def _read_named(columns: dict[str, Any], pointer: str) -> Columns:
    """Columns by name, each a list of cells; all may be single cells of one row."""
    if not any(isinstance(cells, list) for cells in columns.values()):
        columns = {name: [cell] for name, cell in columns.items()}
    rows = 0
    for name, cells in columns.items():
        at = f"{pointer}/{escape_pointer(name)}"
        if not isinstance(cells, list):
            _refuse(at, "must be a list of cells, as the other columns are", "list_type", cells)
        count = len(cast("list[Any]", cells))
        rows = rows or count
        if not count or count != rows:
            _refuse(at, f"has {count:,} cells, and the first column {rows:,}", "bad_length")
    if not rows:
        _refuse(pointer, "has no rows; send one at least", "too_short")
    return Columns(columns, rows, lambda row, column: f"{pointer}/{escape_pointer(column)}/{row}")


def _refuse(pointer: str, detail: str, code: str, given: object = None) -> NoReturn:
    raise invalid_fields([FieldError(pointer=pointer, detail=detail, code=code, given=shorten(given))])
