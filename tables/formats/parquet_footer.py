"""The footer of a Parquet file: the size of its pages after decompression, which no library here tells.

The footer is a struct of Thrift's compact protocol. A field that is not needed is passed over.
"""

from collections.abc import Iterator
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import Final, NamedTuple

_MAGIC: Final = b"PAR1"
_TRAILER_BYTES: Final = 8
_MAX_COLUMN_CHUNKS: Final = 100_000
"""The maximum number of column chunks whose size is read, which takes a second."""

# types of the compact protocol
_INT32, _INT64, _LIST, _STRUCT = 5, 6, 9, 12

_ROW_GROUPS: Final = (4, _LIST)
_COLUMN_CHUNKS: Final = (1, _LIST)
_META_DATA: Final = (3, _STRUCT)
_PHYSICAL_TYPE: Final = (1, _INT32)
_UNCOMPRESSED_SIZE: Final = (6, _INT64)
"""The fields on the way from the footer to the type of a column and the size of its pages."""
_BYTE_ARRAY: Final = 6
"""The physical type of texts and pictures."""


class GroupSize(NamedTuple):
    """The size of the pages of a group of rows after decompression, and the part of it that is texts and pictures."""

    pages: int
    contents: int


def read_uncompressed_sizes(path: Path) -> list[GroupSize]:
    """The sizes of each group of rows, by the footer; none if that is not valid.

    A footer may be wrong, so this alone is no limit.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - _TRAILER_BYTES))
        trailer = file.read(_TRAILER_BYTES)
        length = int.from_bytes(trailer[:4], "little")
        if trailer[4:] != _MAGIC or length > size - _TRAILER_BYTES:
            return []
        file.seek(size - _TRAILER_BYTES - length)
        footer = file.read(length)
    try:
        sizes = islice(_Thrift(footer).sizes(), _MAX_COLUMN_CHUNKS)
        chunks = [list(group) for _, group in groupby(sizes, itemgetter(0))]
        return [
            GroupSize(sum(size for _, _, size in group), sum(size for _, kind, size in group if kind == _BYTE_ARRAY))
            for group in chunks
        ]
    except (IndexError, RecursionError):
        return []


class _Thrift:
    """A cursor over values of the compact protocol; IndexError behind the end of the data."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def sizes(self) -> Iterator[tuple[int, int, int]]:
        """The number of the group of rows, the type and the size of each column chunk in the footer at the cursor."""
        for group, _ in enumerate(self._find_structs(_ROW_GROUPS)):
            for _ in self._find_structs(_COLUMN_CHUNKS):
                for field in self._fields():
                    if field != _META_DATA:
                        self._skip(field[1])
                        continue
                    kind = -1
                    for inner in self._fields():
                        if inner == _PHYSICAL_TYPE:
                            kind = self._read_integer()
                        elif inner == _UNCOMPRESSED_SIZE:
                            yield group, kind, self._read_integer()
                        else:
                            self._skip(inner[1])

    def _find_structs(self, wanted: tuple[int, int]) -> Iterator[None]:
        """Stop at the beginning of each struct in a list, which is a field of the struct at the cursor."""
        for field in self._fields():
            if field != wanted:
                self._skip(field[1])
                continue
            length, kind = self._read_list_head()
            if kind != _STRUCT:
                raise IndexError("another type of elements")
            for _ in range(length):
                yield

    def _fields(self) -> Iterator[tuple[int, int]]:
        """The number and type of each field of a struct; its value is to be read or skipped before the next."""
        number = 0
        while (head := self._read_byte()) & 15:
            number = number + (head >> 4) if head >> 4 else self._read_integer()
            yield number, head & 15

    def _read_byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1]

    def _read_length(self) -> int:
        """An unsigned integer of at most 64 bits."""
        number = 0
        for shift in range(0, 64, 7):
            byte = self._read_byte()
            number |= (byte & 127) << shift
            if byte < 128:
                return number
        raise IndexError("an integer that is too long")

    def _read_integer(self) -> int:
        number = self._read_length()
        return (number >> 1) ^ -(number & 1)

    def _read_list_head(self) -> tuple[int, int]:
        head = self._read_byte()
        return (head >> 4 if head >> 4 < 15 else self._read_length()), head & 15

    def _skip(self, kind: int, *, is_element: bool = False) -> None:
        """Pass over a value. The value of a boolean field is its type, while an element takes a byte."""
        match kind:
            case 1 | 2:
                self._at += is_element
            case 3:
                self._at += 1
            case 4 | 5 | 6:
                self._read_length()
            case 7:
                self._at += 8
            case 8:
                length = self._read_length()
                self._at += length
            case _:
                self._skip_nested(kind)
        if self._at > len(self._data):
            raise IndexError("behind the end")

    def _skip_nested(self, kind: int) -> None:
        """Pass over a list, set, map or struct."""
        if kind == 12:
            for _, inner in self._fields():
                self._skip(inner)
            return
        if kind == 11:
            length = self._read_length()
            kinds = self._read_byte() if length else 0
            parts = (kinds >> 4, kinds & 15)
        elif kind in {9, 10}:
            length, inner = self._read_list_head()
            parts = (inner,)
        else:
            raise IndexError("an unknown type")
        for _ in range(length):
            for part in parts:
                self._skip(part, is_element=True)
