"""Rows of JSON values as a frame to predict from: at once if all is as it should be, cell by cell where it is not."""

import struct
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import starmap
from operator import itemgetter
from typing import cast

import numpy as np
from numpy.typing import NDArray

from learning.frame import Column, Frame, NumericColumn
from tables.errors import BadCell, BadRows, add
from tables.inputs import Input, column_of, unknown_columns

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
    packed = _packed(rows, [wanted.name for wanted in inputs if wanted.type == "numeric"])
    columns: dict[str, Column] = {}
    for wanted in inputs:
        name = wanted.name
        if name in packed:
            columns[name] = NumericColumn(packed[name])
        else:
            columns[name] = column_of([row.get(name) for row in rows], wanted, bad)
    if bad:
        raise BadRows(sorted(bad, key=lambda cell: cell.row))
    return Frame(columns, len(rows))


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


def _packed(rows: Sequence[Mapping[str, object]], names: list[str]) -> dict[str, NDArray[np.float64]]:
    """The named columns as float64 (rows,), if every row has a finite number in each; else nothing.

    `struct` takes numbers only, and is the fastest way from Python's to the machine's; it also takes truths, which can
    be nowhere but where a 0 or a 1 comes out.
    """
    if not names:
        return {}
    cells: Callable[[Mapping[str, object]], tuple[object, ...]] = (
        _only(names[0]) if len(names) == 1 else itemgetter(*names)
    )
    try:
        packed = b"".join(starmap(struct.Struct(f"{len(names)}d").pack, map(cells, rows)))
    except (KeyError, struct.error, OverflowError):
        return {}
    values = np.frombuffer(packed).reshape(len(rows), len(names))
    if not np.isfinite(values).all():
        return {}
    truthlike = np.flatnonzero(((values == 0) | (values == 1)).any(axis=0))
    if any(bool in set(map(type, map(itemgetter(names[place]), rows))) for place in truthlike):
        return {}
    return dict(zip(names, np.ascontiguousarray(values.T), strict=True))


def _only(name: str) -> Callable[[Mapping[str, object]], tuple[object, ...]]:
    """What `itemgetter` would be for one name, if it gave tuples then too."""
    return lambda row: (row[name],)
