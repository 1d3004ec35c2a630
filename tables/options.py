"""Options of reading a file: what its owner knows about it, where the reader would have to infer it."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from learning.column_format import MAX_MARKERS, PLAIN_FORMAT, ColumnFormat
from learning.format_terms import DateOrder, DecimalStyle


class ReadOptions(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Options of reading a file; None: inferred from the file.

    Attributes:
        missing_values: The only texts that stand for a missing value, besides an empty cell.
        decimal: The decimal sign of all numbers.
        dates: Whether the day or the month is first in dates such as 3/4/2019.
        header_line: The line of the file with the column names, counted from 1; 0 if there is none.
        encoding: The name of the encoding of text.
        sheet: The sheet of a workbook, by name or by number from 1.
        formats: `ColumnFormat.to_json` of columns by name, which are read as a model reads them.
    """

    missing_values: tuple[str, ...] | None = None
    decimal: DecimalStyle | None = None
    dates: DateOrder | None = None
    header_line: int | None = None
    encoding: str | None = None
    sheet: str | int | None = None
    formats: dict[str, dict[str, Any]] = {}

    def format_of(self, name: str) -> ColumnFormat | None:
        """The format by which a column is to be read; None: the one that its cells have."""
        plain = self.formats.get(name)
        return None if plain is None else ColumnFormat.from_json(plain)

    @property
    def markers(self) -> ColumnFormat:
        """The format of a column of which no more is known than the texts that stand for a missing value."""
        if self.missing_values is None:
            return PLAIN_FORMAT
        lowered = dict.fromkeys(text.strip().lower() for text in self.missing_values)
        return ColumnFormat(missing_values=tuple(filter(None, lowered))[:MAX_MARKERS], only_missing_values=True)

    def to_json(self) -> dict[str, Any]:
        """The options that are given, as JSON values."""
        return msgspec.json.decode(msgspec.json.encode(self))

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "ReadOptions":
        """The options of a `to_json` value."""
        return msgspec.convert(plain, cls)


NO_OPTIONS: Final = ReadOptions()
"""The options with which everything is inferred."""
