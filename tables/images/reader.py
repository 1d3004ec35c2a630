"""Readers of archives of pictures: one folder a class, or a table at the root with a column of file names.

Both give chunks of rows as the readers of `tables.formats` do; a picture is a cell of `IMAGE_CELL`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import blake2b
from io import BytesIO
from typing import BinaryIO, Final, Protocol

import polars as pl

from learning.frame import ColumnType
from tables.chunks import LINE, ROW, column_key
from tables.column_types import IMAGE_CELL
from tables.formats.detection import FileFormat
from tables.images.archive import Archive, Member
from tables.images.cells import make_image_column
from tables.images.decoding import Picture
from tables.images.errors import UnusableImage
from tables.images.file_bytes import MAX_FILE_BYTES
from tables.images.issues import describe_member, describe_unnamed
from tables.images.named_files import NamedFiles
from tables.images.parallel import decode_pictures
from tables.images.stats import ImageCounter
from tables.issues import IssueCollector, UnreadableFile, shorten_value

IMAGE_COLUMN: Final = "image"
LABEL_COLUMN: Final = "label"
IMAGE_SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".jpe", ".png", ".webp", ".gif", ".bmp"})
TABLE_SUFFIXES: Final[dict[str, FileFormat]] = {".csv": "csv", ".tsv": "tsv", ".jsonl": "ndjson", ".ndjson": "ndjson"}
MAX_TABLE_BYTES: Final = 1 << 26

_MAX_CHUNK_ROWS: Final = 512
_MAX_CHUNK_BYTES: Final = 1 << 25
_MAX_LABEL_CHARS: Final = 200
_MAX_TABLES: Final = 3
_MAX_SAMPLE: Final = 1_000
_MIN_NAMED_SHARE: Final = 0.5
"""The share of a column's texts, from which on, if they are names of files, it is a column of pictures."""

_HOW: Final = "Put the pictures of each class in a folder with its name, or add a table with a column of their names."


class RowReader(Protocol):
    """A reader of a table, as those of `tables.formats`."""

    @property
    def names(self) -> Sequence[str]:
        """The names of the columns."""
        ...

    def chunks(self) -> Iterator[pl.DataFrame]:
        """The rows: a column for each name by its key, ROW and LINE."""
        ...


OpenTable = Callable[[BinaryIO, FileFormat, IssueCollector], RowReader]
"""A function that opens a table of a format of text."""


class FolderReader:
    """Pictures in folders, of which each is a class: a column of images, and one of their labels."""

    def __init__(self, archive: Archive, issues: IssueCollector) -> None:
        self._archive = archive
        self._issues = issues
        self._counter = ImageCounter()
        self._labels_by_hash: dict[bytes, str | None] = {}
        has_labels = any(member.folder for member in archive.members)
        self.names = [IMAGE_COLUMN, LABEL_COLUMN] if has_labels else [IMAGE_COLUMN]
        self.types: Mapping[str, ColumnType] = {LABEL_COLUMN: "categorical"} if has_labels else {}

    @property
    def images(self) -> dict[str, ImageCounter]:
        """What was counted of the images, by the column's key."""
        return {column_key(0): self._counter}

    def chunks(self) -> Iterator[pl.DataFrame]:
        """The rows: the columns by key, ROW, and LINE, which is null.

        Raises:
            UnreadableFile: no-pictures.
        """
        cells: list[tuple[dict[str, object], str | None, int]] = []
        size = 0
        for (row, member, digest), decoded in decode_pictures(self._read_members()):
            label = clean_label(member.folder)
            picture = self._find_copy(digest, label) or decoded
            if not isinstance(picture, Picture):
                is_image = member.suffix in IMAGE_SUFFIXES
                self._issues.add(describe_member(picture, member.name, row, is_image=is_image))
                continue
            self._labels_by_hash[digest] = label
            self._counter.add(picture)
            cells.append(({"bytes": picture.data, "path": member.name}, label, row))
            size += member.bytes
            if len(cells) >= _MAX_CHUNK_ROWS or size >= _MAX_CHUNK_BYTES:
                yield self._make_chunk(cells)
                cells, size = [], 0
        if cells:
            yield self._make_chunk(cells)
        if not self._labels_by_hash:
            raise _no_pictures_error(self._issues, len(self._archive.members))

    def _read_members(self) -> Iterator[tuple[tuple[int, Member, bytes], bytes | UnusableImage]]:
        """Each member with its number, and a hash of its bytes."""
        for row, member in enumerate(self._archive.members, start=1):
            try:
                data = self._archive.read(member, MAX_FILE_BYTES)
            except UnusableImage as unusable:
                yield (row, member, b""), unusable
            else:
                yield (row, member, blake2b(data, digest_size=16).digest()), data

    def _find_copy(self, digest: bytes, label: str | None) -> UnusableImage | None:
        """The reason to leave out a picture with the bytes of an earlier one; None if it is no such."""
        if digest not in self._labels_by_hash:
            return None
        other = self._labels_by_hash[digest]
        if other == label:
            return UnusableImage(
                "duplicate_image", "It has the same bytes as an earlier picture of its class, so it is left out."
            )
        return UnusableImage(
            "duplicate_image",
            f"It has the same bytes as a picture of class '{other}', so nobody can tell them apart: it is left "
            "out; delete the wrong one.",
        )

    def _make_chunk(self, cells: Sequence[tuple[dict[str, object], str | None, int]]) -> pl.DataFrame:
        images, labels, rows = zip(*cells, strict=True)
        columns = [pl.Series(column_key(0), images, IMAGE_CELL), pl.Series(column_key(1), labels, pl.String)]
        return pl.DataFrame(columns[: len(self.names)]).with_columns(
            pl.Series(ROW, rows, pl.Int64), pl.lit(None, pl.Int64).alias(LINE)
        )


class NamedFilesReader:
    """A table whose columns of file names, by their keys, become columns of the pictures with those names."""

    def __init__(
        self, table: RowReader, member: Member, keys: Sequence[str], files: NamedFiles, issues: IssueCollector
    ) -> None:
        self._table = table
        self._table_name = member.name
        self._files = files
        self._issues = issues
        self.images = {key: ImageCounter() for key in keys}

    @property
    def names(self) -> Sequence[str]:
        """The names of the columns."""
        return self._table.names

    def chunks(self) -> Iterator[pl.DataFrame]:
        """The rows of the table, with pictures instead of their names."""
        for frame in self._table.chunks():
            for start in range(0, frame.height, _MAX_CHUNK_ROWS):
                part = frame[start : start + _MAX_CHUNK_ROWS]
                yield part.with_columns(self._decode(part, key) for key in self.images)
        for member in self._files.list_unnamed():
            self._issues.add(describe_unnamed(member.name, self._table_name))

    def _decode(self, part: pl.DataFrame, key: str) -> pl.Series:
        cells = zip(part[key].to_list(), part[ROW].to_list(), part[LINE].to_list(), strict=True)
        files = (self._files.read(name, row, line) for name, row, line in cells)
        return make_image_column(key, files, self.names[int(key)], self.images[key], self._issues)


PictureReader = FolderReader | NamedFilesReader


def open_pictures(archive: Archive, issues: IssueCollector, open_table: OpenTable) -> PictureReader:
    """The reader of an archive: of the table at its root, if one names its pictures, else of its folders.

    Raises:
        UnreadableFile: no-pictures.
    """
    members = archive.members
    if not any(member.suffix in IMAGE_SUFFIXES for member in members):
        if not members:
            raise UnreadableFile(
                "no-pictures", "The archive has no files in it.", "Put pictures into it, a folder for each class."
            )
        kinds = sorted({member.suffix or member.name for member in members})[:5]
        raise UnreadableFile(
            "no-pictures",
            f"The archive has no pictures of a kind that is read, but {', '.join(map(shorten_value, kinds))}.",
            "Upload the table that is in it by itself; or a folder of JPEG, PNG, WebP, GIF or BMP files a class.",
        )
    files = NamedFiles(archive)
    for table in _find_tables(members):
        try:
            data = archive.read(table, MAX_TABLE_BYTES)
            first = next(_open_table(open_table, table, data, IssueCollector()).chunks(), pl.DataFrame())
            keys = [column.name for column in first.iter_columns() if _names_files(column, files)]
        except (UnusableImage, UnreadableFile):
            continue  # it is named among the files that are no images
        if keys:
            files.mark(table)
            return NamedFilesReader(_open_table(open_table, table, data, issues), table, keys, files, issues)
    return FolderReader(archive, issues)


def _open_table(open_table: OpenTable, member: Member, data: bytes, issues: IssueCollector) -> RowReader:
    return open_table(BytesIO(data), TABLE_SUFFIXES[member.suffix], issues)


def _find_tables(members: Sequence[Member]) -> list[Member]:
    """The tables in the outermost folder that has more than one file or folder in it; one called metadata first."""
    folders = [member.parts[:-1] for member in members]
    first, last = min(folders), max(folders)  # what these share, all do
    root = 1 + next((depth for depth, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    tables = [member for member in members if member.suffix in TABLE_SUFFIXES and len(member.parts) == root]
    return sorted(tables, key=lambda member: not member.parts[-1].lower().startswith("metadata."))[:_MAX_TABLES]


def _names_files(column: pl.Series, files: NamedFiles) -> bool:
    """Whether a column has mostly names of files that are there."""
    if column.dtype != pl.String or column.name in {LINE, ROW}:
        return False
    texts = column.drop_nulls().head(_MAX_SAMPLE).to_list()
    named = sum(files.find(text) is not None for text in texts)
    return named > 0 and named >= _MIN_NAMED_SHARE * len(texts)


def clean_label(folder: str | None) -> str | None:
    """The label of a folder: its name on one line, without blanks around it."""
    text = "".join(letter if letter.isprintable() else " " for letter in (folder or "")[:_MAX_LABEL_CHARS]).strip()
    return text or None


def _no_pictures_error(issues: IssueCollector, files: int) -> UnreadableFile:
    first = next(iter(issues.first_issues()), None)
    reason = f" The first is {first.value!r}: {first.suggestion}" if first else ""
    return UnreadableFile("no-pictures", f"None of the {files:,} files in the archive can be used.{reason}", _HOW)
