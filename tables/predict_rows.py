"""Rows of JSON values as a frame to predict from: `FastRows` for rows decoded by type, `frame_from_rows` for any.

Numbers are packed by `struct`, all columns at once; only columns that are not all numbers are read cell by cell.
"""

import struct
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import chain, starmap
from operator import itemgetter
from typing import Any, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from learning.encoding.columns import InputColumn
from learning.frame import Column, Frame, NumericBlock
from tables.formats.headers import are_row_numbers, is_index_name, spell_plainly
from tables.predict_cells import read_column
from tables.predict_faults import MAX_JSON_CELLS, BadCell, BadCells, RowLimit, UnknownColumns, count_cells
from tables.predict_missing import empty_missing, missing_by_place

Row = TypeVar("Row")


def frame_from_rows(
    rows: Sequence[Mapping[str, object]],
    inputs: Sequence[InputColumn],
    ignore: Collection[str] = (),
    *,
    ignore_unknown: bool = False,
    bad: BadCells | None = None,
) -> Frame:
    """Rows to predict from, as a model's inputs; names to `ignore`, such as that of the target, may be there.

    A key that is absent and a value of None are missing. Numbers are int or float, and never a bool or text; a category
    may be given as the number or boolean that it is spelled like; moments are ISO 8601, or as training read them. A
    name may be written as in the file that was learned from, where it was changed to be printable.

    Args:
        rows: The rows.
        inputs: The columns that the model takes.
        ignore: Other names that may be there.
        ignore_unknown: Whether any other name may be there.
        bad: Collects the faults; where it allows them, their cells are missing in the frame.

    Raises:
        BadRows: a name is unknown, or a value does not fit its input; rows are counted from 0.
        TooManyRows: the rows have more than MAX_JSON_CELLS cells, be they there or missing.
    """
    bad = BadCells() if bad is None else bad
    RowLimit(count_cells(inputs), 1, MAX_JSON_CELLS).check(len(rows))
    _find_non_objects(rows, bad)
    bad.refuse(always=True)
    named = set(chain.from_iterable(set(map(tuple, rows))))
    if unknown := named - {expected.name for expected in inputs} - set(ignore):
        rows, unknown = _rename_columns(rows, named, unknown, inputs, ignore)
        named = set(chain.from_iterable(set(map(tuple, rows))))
        if not ignore_unknown and not _are_indexes(rows, unknown):
            _find_unknown_names(rows, inputs, ignore, bad)
            bad.refuse(always=True)
    numeric = [expected.name for expected in inputs if expected.type == "numeric"]
    pack = struct.Struct(f"{len(numeric)}d").pack
    packed = _pack_numbers(pack, map(_cell_getter(numeric), rows), len(rows), len(numeric))
    sound = packed is not None and _are_numbers(packed, rows, numeric)
    if packed is not None:
        packed = empty_missing(packed, missing_by_place(inputs))

    def cells(_: int, name: str) -> list[object]:
        return [row.get(name) for row in rows] if name in named else [None]

    return _make_frame(rows, inputs, packed if sound else None, cells, bad)


class FastRows:
    """Makes frames of rows that have a cell for each input of a model, in the inputs' order."""

    def __init__(self, inputs: Sequence[InputColumn]) -> None:
        self._inputs = inputs
        numeric = [place for place, expected in enumerate(inputs) if expected.type == "numeric"]
        self._names = tuple([inputs[place].name for place in numeric])
        self._numbers = None if len(numeric) == len(inputs) else _cell_getter(numeric)
        self._missing = missing_by_place(inputs)
        self._pack = struct.Struct(f"{len(numeric)}d").pack

    def frame(
        self, rows: Sequence[Row], cells_of: Callable[[Row], tuple[object, ...]], bad: BadCells | None = None
    ) -> Frame:
        """The frame of rows, of which `cells_of` takes the cells; those of numeric inputs are finite numbers or None.

        Faults are collected in `bad`, as by `frame_from_rows`.

        Raises:
            BadRows: a value does not fit its input; rows are counted from 0.
        """
        cells = map(cells_of, rows)
        numbers = cells if self._numbers is None else map(self._numbers, cells)
        packed = _pack_numbers(self._pack, numbers, len(rows), len(self._names))
        if packed is not None:
            packed = empty_missing(packed, self._missing)
        if packed is not None and self._numbers is None:
            return Frame({}, len(rows), NumericBlock(self._names, packed))
        listed = list(map(cells_of, rows))
        return _make_frame(
            listed, self._inputs, packed, lambda place, _: [row[place] for row in listed], bad or BadCells()
        )


def _make_frame(
    rows: Sequence[object],
    inputs: Sequence[InputColumn],
    packed: NDArray[np.float64] | None,
    cells: Callable[[int, str], list[object]],
    bad: BadCells,
) -> Frame:
    """The frame of rows whose numbers are `packed`, if they could be.

    `cells` gives those of the place of one input, or a single one if all are the same.
    """
    columns: dict[str, Column] = {}
    names = [] if packed is None else [expected.name for expected in inputs if expected.type == "numeric"]
    if len(names) < len(inputs):
        for place, expected in enumerate(inputs):
            if packed is None or expected.type != "numeric":
                column = read_column(cells(place, expected.name), expected, bad)
                columns[expected.name] = column if len(column) == len(rows) else column.repeat(len(rows))
    bad.refuse()
    return Frame(columns, len(rows), None if packed is None else NumericBlock(tuple(names), packed))


def _find_non_objects(rows: Sequence[object], bad: BadCells) -> None:
    """Add errors for rows that are no objects."""
    if not set(map(type, rows)) <= {dict}:
        for number, row in enumerate(rows):
            if not isinstance(row, Mapping):
                bad.add(BadCell(number, None, "must be an object", "not_an_object", row))


def _find_unknown_names(
    rows: Sequence[Mapping[str, object]], inputs: Sequence[InputColumn], ignored: Collection[str], bad: BadCells
) -> None:
    """Add errors for names in rows that are no input's."""
    unknown = UnknownColumns(inputs, ignored)
    for number, row in enumerate(rows):
        unknown.add(number, row, bad)
        if bad.is_full:
            break


def _rename_columns(
    rows: Sequence[Mapping[str, object]],
    named: set[str],
    unknown: set[str],
    inputs: Sequence[InputColumn],
    ignored: Collection[str],
) -> tuple[Sequence[Mapping[str, object]], set[str]]:
    """The rows with names that are known where the unknown ones are other spellings of them, and what stays unknown."""
    known = {spell_plainly(name): name for name in (*ignored, *(expected.name for expected in inputs))}
    renamed = {name: known[plain] for name in unknown if (plain := spell_plainly(name)) in known}
    renamed = {name: right for name, right in renamed.items() if right not in named}
    if not renamed or len(set(renamed.values())) < len(renamed):
        return rows, unknown
    return [{renamed.get(name, name): cell for name, cell in row.items()} for row in rows], unknown - set(renamed)


def _are_indexes(rows: Sequence[Mapping[str, object]], names: set[str]) -> bool:
    """Whether each of the names is that of an index, and its cells number the rows."""
    return all(
        is_index_name(name) and are_row_numbers(pl.Series([row.get(name) for row in rows], strict=False))
        for name in names
    )


def _pack_numbers(
    pack: Callable[..., bytes], cells: Iterable[tuple[object, ...]], rows: int, width: int
) -> NDArray[np.float64] | None:
    """The cells of rows as float64 (width, rows), if there is a number in each; `struct` is fastest at it."""
    if not width:
        return None
    try:
        packed = b"".join(starmap(pack, cells))
    except (KeyError, struct.error, OverflowError):
        return None
    return np.ascontiguousarray(np.frombuffer(packed).reshape(rows, width).T)


def _are_numbers(packed: NDArray[np.float64], rows: Sequence[Any], keys: Sequence[Any]) -> bool:
    """Whether all packed cells are finite, and none is a boolean, which could only be a 0 or a 1."""
    if not np.isfinite(packed).all():
        return False
    truthlike: list[int] = np.flatnonzero(((packed == 0) | (packed == 1)).any(axis=1)).tolist()
    return not any(type(row[keys[place]]) is bool for place in truthlike for row in rows)


def _cell_getter(keys: Sequence[Any]) -> Callable[[Any], tuple[object, ...]]:
    """A function from a row to the cells at these keys; `itemgetter` alone would give no tuple for one key."""
    if len(keys) == 1:
        return lambda row: (row[keys[0]],)
    return itemgetter(*keys) if keys else lambda _: ()
