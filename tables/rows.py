"""Rows of JSON values as a frame to predict from: at once if all is as it should be, cell by cell where it is not.

Whoever asks for one prediction and whoever asks for ten thousand are both in a hurry.
"""

import struct
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import starmap
from operator import itemgetter
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from learning.frame import Column, Frame, Numbers
from tables.errors import BadCell, BadRows, add
from tables.inputs import Input, column_of, unknown_columns

K = TypeVar("K")

NOTHING: frozenset[str] = frozenset()


def frame_of_rows(
    rows: Sequence[Mapping[str, object]], inputs: Sequence[Input], ignore: Collection[str] = NOTHING
) -> Frame:
    """Rows to predict from, as the columns that a model wants.

    A key that is absent and a value of None are missing. Numbers are int or float, and never a bool or text; a category
    may be given as the number or truth that it is spelled like; moments are ISO 8601, or as training read them.

    Args:
        rows: One mapping for each row.
        inputs: The model's inputs.
        ignore: Names, such as that of the target, that may be there and are passed over.

    Raises:
        BadRows: a name is unknown, or a value does not fit its input; rows are counted from 0.
    """
    bad = _misfits(rows, inputs, ignore)
    if bad:
        raise BadRows(bad)
    return _frame(rows, [wanted.name for wanted in inputs], inputs, lambda name: [row.get(name) for row in rows])


def frame_of_cells(rows: Sequence[tuple[object, ...]], inputs: Sequence[Input]) -> Frame:
    """Rows that have a cell for each input, in the inputs' order, as the columns that a model wants.

    Args:
        rows: The cells of each row, as in `frame_of_rows`.
        inputs: The model's inputs.

    Raises:
        BadRows: a value does not fit its input; rows are counted from 0.
    """
    return _frame(rows, range(len(inputs)), inputs, lambda place: [row[place] for row in rows])


def _frame(
    rows: Sequence[Any], keys: Sequence[K], inputs: Sequence[Input], cells: Callable[[K], list[object]]
) -> Frame:
    """The frame of rows in which `keys` tell where the inputs' cells are; `cells` gives those of one input."""
    bad: list[BadCell] = []
    columns: dict[str, Column] = {}
    numeric = [(key, wanted.name) for key, wanted in zip(keys, inputs, strict=True) if wanted.type == "numeric"]
    packed = _packed(rows, [key for key, _ in numeric])
    for key, wanted in zip(keys, inputs, strict=True):
        if packed is None or wanted.type != "numeric":
            columns[wanted.name] = column_of(cells(key), wanted, bad)
    if bad:
        raise BadRows(sorted(bad, key=lambda cell: cell.row))
    return Frame(columns, len(rows), None if packed is None else Numbers(tuple([name for _, name in numeric]), packed))


def _misfits(rows: Sequence[object], inputs: Sequence[Input], ignore: Collection[str]) -> list[BadCell]:
    """Errors for rows that are no objects, and for names that are no input's."""
    bad: list[BadCell] = []
    if not set(map(type, rows)) <= {dict}:
        for number, row in enumerate(rows):
            if not isinstance(row, Mapping):
                add(bad, BadCell(number, None, "must be an object", "not_an_object", row))
        if bad:
            return bad
    known = {wanted.name for wanted in inputs} | set(ignore)
    shapes = set(map(tuple, cast("Sequence[Mapping[str, object]]", rows)))
    if all(known.issuperset(shape) for shape in shapes):
        return []
    for number, row in enumerate(cast("Sequence[Mapping[str, object]]", rows)):
        for error in unknown_columns(number, row, inputs, ignore):
            add(bad, error)
    return bad


def _packed(rows: Sequence[Any], keys: Sequence[object]) -> NDArray[np.float64] | None:
    """The cells at these keys as float64 (keys, rows), if every row has a finite number at each of them.

    `struct` takes numbers only, and is the fastest way from Python's to the machine's; it also takes truths, which can
    be nowhere but where a 0 or a 1 comes out.
    """
    if not keys:
        return None
    cells: Callable[[Any], tuple[object, ...]] = _only(keys[0]) if len(keys) == 1 else itemgetter(*keys)
    try:
        packed = b"".join(starmap(struct.Struct(f"{len(keys)}d").pack, map(cells, rows)))
    except (KeyError, struct.error, OverflowError):
        return None
    values = np.frombuffer(packed).reshape(len(rows), len(keys))
    if not np.isfinite(values).all():
        return None
    truthlike: list[int] = np.flatnonzero(((values == 0) | (values == 1)).any(axis=0)).tolist()
    if any(type(row[keys[place]]) is bool for place in truthlike for row in rows):
        return None
    return np.ascontiguousarray(values.T)


def _only(key: object) -> Callable[[Any], tuple[object, ...]]:
    """What `itemgetter` would be for one key, if it gave tuples then too."""
    return lambda row: (row[key],)
