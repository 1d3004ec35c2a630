"""The text that a table has: a limit of what a small file may expand to, and pieces of rows with a bounded size.

A text may be stored once and stand in many rows, as of a dictionary of Parquet or in merged cells. Later each row has
its own copy of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import polars as pl
import polars.selectors as cs

from tables.chunks import ROW
from tables.formats.dialect import MAX_ROW_BYTES
from tables.issues import UnreadableFile

MAX_RATIO: Final = 250
"""The most bytes of text for each byte of a file, as of a body that is compressed."""
MIN_LIMIT_BYTES: Final = 1 << 27
"""The bytes of text that a file may have however small it is."""
PIECE_BYTES: Final = 1 << 25
"""The bytes of text from which on rows are passed on in pieces."""

_ADVICE: Final = "Upload a part of it, or leave out columns of long texts."


def limit_contents(file_bytes: int) -> int:
    """The most bytes of texts, or of pictures, that a file of this size may have."""
    return max(MIN_LIMIT_BYTES, MAX_RATIO * file_bytes)


def raise_too_expanded(file_bytes: int, contents: str, size: int) -> None:
    """Refuse a file whose contents, such as `texts`, have this size.

    Raises:
        UnreadableFile: too-large.
    """
    raise UnreadableFile(
        "too-large",
        f"The file of {file_bytes:,} bytes has {contents} of more than {size:,} bytes when it is unpacked, "
        f"which is more than {MAX_RATIO} times its size, and more than {MIN_LIMIT_BYTES >> 20} MiB.",
        _ADVICE,
    )


@dataclass
class TextBudget:
    """The bytes of text of a file so far."""

    file_bytes: int
    used: int = 0

    def split(self, frame: pl.DataFrame) -> Iterator[pl.DataFrame]:
        """The rows of a chunk with ROW, in pieces if they have much text.

        Raises:
            UnreadableFile: row-too-long, too-large.
        """
        size = int(sum(column.estimated_size() for column in frame.iter_columns() if column.dtype == pl.String))
        self.used += size
        if self.used > (limit := limit_contents(self.file_bytes)):
            raise_too_expanded(self.file_bytes, "texts", limit)
        if size <= MAX_ROW_BYTES:
            yield frame
            return
        sizes = frame.select(pl.sum_horizontal(cs.string().str.len_bytes())).to_series().cast(pl.Int64)
        longest = sizes.arg_max() or 0
        if sizes[longest] > MAX_ROW_BYTES:
            raise UnreadableFile(
                "row-too-long",
                f"Row {frame[ROW][longest]:,} has texts of {sizes[longest]:,} bytes; "
                f"at most {MAX_ROW_BYTES >> 20} MiB are read of one.",
                "Shorten its texts, or leave out their columns.",
            )
        start = 0
        for rows in (sizes.cum_sum() // PIECE_BYTES).rle().struct.field("len"):
            yield frame.slice(start, rows)
            start += rows
