"""Reader of rows for an exported model: mappings of columns to cells, as the values that its net takes."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from tables.python_export.cells.cell import create_reader, simplify
from tables.python_export.cells.cell_error import CellError

Row = Mapping[str, Any]
"""The cells of a row by the names of their columns; one that is left out or None is missing."""


class RowReader:
    """Reads rows.

    Args:
        rules: The rule of each input column, by its name.
        known: The categories that training saw, of columns that have any.
        ignored: Other columns that rows may have.
        read_picture: Reads the picture of a cell, at a shape.
    """

    def __init__(
        self,
        rules: Mapping[str, dict[str, Any]],
        known: Mapping[str, Mapping[str, Any]],
        ignored: Iterable[str],
        read_picture: Callable[[Any, Any], Any] | None = None,
    ) -> None:
        self.readers = {name: create_reader(rule, known.get(name, {}), read_picture) for name, rule in rules.items()}
        self.allowed = {*self.readers, *ignored}

    def read(self, rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
        """The values of each row.

        Raises:
            CellError: a column is unknown, or a cell does not fit its column.
        """
        for number, row in enumerate(rows):
            if unknown := [name for name in row if name not in self.allowed]:
                known = ", ".join(map(repr, self.readers))
                raise CellError(f"row {number}: there is no column {unknown[0]!r}; the columns are {known}")
            values: dict[str, Any] = {}
            for name, read in self.readers.items():
                try:
                    values[name] = read(simplify(row.get(name)))
                except CellError as fault:
                    raise CellError(f"row {number}, column {name!r}: {fault}") from None
            yield values


def spell_whole(number: float | None) -> str | None:
    """A number that stands for an id, without a decimal point if it is whole."""
    if number is None:
        return None
    return f"{number:.0f}" if number.is_integer() else repr(number)
