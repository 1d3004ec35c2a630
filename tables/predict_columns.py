"""Columns of cells as a frame to predict from, as clients send them that think in tensors or data frames.

Columns of numbers are taken at once; all others are read cell by cell, as in rows.
"""

from collections.abc import Collection, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from learning.encoding.columns import InputColumn
from learning.frame import Column, Frame, NumericBlock
from tables.formats.headers import are_row_numbers, is_index_name, spell_plainly
from tables.predict_cells import read_column
from tables.predict_faults import MAX_JSON_CELLS, BadCells, RowLimit, UnknownColumns, count_cells
from tables.predict_missing import empty_missing, missing_by_place

Cells = Sequence[object] | NDArray[Any]
"""The cells of a column: values of JSON, bytes of pictures, or an array of numbers, of which NaN is missing."""


class ColumnFrames:
    """Makes frames of columns for one model; names besides its inputs are passed over if they are `ignored`.

    Args:
        inputs: The columns that the model takes.
        ignored: Other names that may be there, such as that of the target.
        outputs: The number of values that are predicted for a row.
    """

    def __init__(self, inputs: Sequence[InputColumn], ignored: Collection[str] = (), outputs: int = 1) -> None:
        self._inputs, self._ignored = inputs, ignored
        self._limit = RowLimit(count_cells(inputs), outputs, MAX_JSON_CELLS)
        self._names = frozenset(expected.name for expected in inputs)
        self._numeric = tuple([expected.name for expected in inputs if expected.type == "numeric"])
        self._missing = missing_by_place(inputs)

    def check_rows(self, rows: int) -> None:
        """Raise `TooManyRows` if a request has more rows than the model predicts at once."""
        self._limit.check(rows)

    def frame(self, columns: Mapping[str, Cells], rows: int, *, ignore_unknown: bool = False) -> Frame:
        """The frame of columns of so many cells each; an input that is absent is missing in every row.

        Args:
            columns: The cells of each column, by name.
            rows: The number of cells in each.
            ignore_unknown: Whether any other name may be there.

        Raises:
            BadRows: a name is unknown, or a value does not fit its input; rows are counted from 0.
            TooManyRows: the rows have more than MAX_JSON_CELLS cells, be they there or missing.
        """
        self.check_rows(rows)
        if not self._names.issuperset(columns):
            columns = self._name_inputs(columns, ignore_unknown=ignore_unknown)
        block = self._join_numbers(columns, rows)
        found: dict[str, Column] = {}
        bad = BadCells()
        if block is None or len(self._numeric) < len(self._inputs):
            for expected in self._inputs:
                if block is None or expected.type != "numeric":
                    cells = columns.get(expected.name)
                    listed = cells.tolist() if isinstance(cells, np.ndarray) else cells
                    column = read_column([None] if listed is None else listed, expected, bad)
                    found[expected.name] = column if len(column) == rows else column.repeat(rows)
        bad.refuse()
        return Frame(found, rows, block)

    def _name_inputs(self, columns: Mapping[str, Cells], *, ignore_unknown: bool) -> dict[str, Cells]:
        """The columns by the inputs' own names, where they were spelled otherwise, without those that are none."""
        spelled = {spell_plainly(name): name for name in (*self._ignored, *self._names) if name not in columns}
        named = {name if name in self._names else spelled.get(spell_plainly(name), name): name for name in columns}
        unknown = [
            name
            for name in named
            if name not in self._names
            and name not in self._ignored
            and not (is_index_name(name) and are_row_numbers(pl.Series(list(columns[named[name]]), strict=False)))
        ]
        if unknown and not ignore_unknown:
            bad = BadCells()
            UnknownColumns(self._inputs, self._ignored).add(0, unknown, bad)
            bad.refuse()
        return {name: columns[given] for name, given in named.items() if name in self._names}

    def _join_numbers(self, columns: Mapping[str, Cells], rows: int) -> NumericBlock | None:
        """All numeric inputs in one matrix, if they are there and each cell is a finite number, or NaN in an array."""
        if not self._numeric or len(columns) < len(self._numeric):
            return None
        try:
            given = [columns[name] for name in self._numeric]
            if {list}.issuperset(map(type, given)):
                if not {float, int}.issuperset(map(type, chain.from_iterable(given))):
                    return None
                values = np.fromiter(chain.from_iterable(given), np.float64, len(given) * rows)
            elif all(_are_numbers(cells) for cells in given):
                values = np.array(given, np.float64)
            else:
                return None
        except (KeyError, OverflowError):  # one is absent, or an integer that no float holds
            return None
        values = values.reshape(len(given), rows)
        return None if np.isinf(values).any() else NumericBlock(self._numeric, empty_missing(values, self._missing))


def _are_numbers(cells: Cells) -> bool:
    """Whether all cells are numbers, and none a boolean."""
    if isinstance(cells, np.ndarray):
        return cells.dtype.kind in "fiu"
    return {float, int}.issuperset(map(type, cells))
