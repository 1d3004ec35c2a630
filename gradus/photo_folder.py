"""A folder of photographs, a folder a class in it, as an upload: a ZIP archive that is written while it is sent.

The same files give the same bytes, so that the server can find the dataset that it has of them already.
"""

import zipfile
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from io import RawIOBase
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

PICTURE_ENDINGS: Final = frozenset({".jpg", ".jpeg", ".jpe", ".png", ".webp", ".gif", ".bmp"})
ENDINGS: Final = PICTURE_ENDINGS | {".csv", ".tsv", ".jsonl", ".ndjson"}
"""The endings of what is sent: pictures, and tables that tell more of them."""
UNREAD_ENDINGS: Final = frozenset({".heic", ".heif", ".avif", ".tif", ".tiff", ".jxl", ".jp2", ".svg", ".psd"}) | {
    *(".dng", ".cr2", ".cr3", ".nef", ".arw", ".raf", ".orf", ".rw2")  # of cameras
}
"""The endings of pictures of kinds that are not read."""
READ_KINDS: Final = "JPEG, PNG, WebP, GIF or BMP"

_PIECE_BYTES: Final = 256 * 1024
_ZEROS: Final = memoryview(bytes(_PIECE_BYTES))
_FILE_TIME: Final = (1980, 1, 1, 0, 0, 0)


def is_picture(path: str | PathLike[str]) -> bool:
    """Whether a file is a picture by its name."""
    return Path(path).suffix.lower() in PICTURE_ENDINGS


def list_photos(folder: Path, endings: Collection[str] = ENDINGS) -> list[Path]:
    """The pictures and tables in a folder and those below it, by name, without hidden ones."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in endings
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and path.is_file()
    )


def describe_unread(folder: Path) -> str:
    """The pictures of a folder that are of kinds that are not read, and what to do; empty if there are none."""
    counts = Counter(path.suffix.lower() for path in list_photos(folder, UNREAD_ENDINGS))
    kinds = ", ".join(f"{count:,} {ending}" for ending, count in counts.most_common())
    return f"pictures of kinds that are not read ({kinds}): save them as {READ_KINDS}" if counts else ""


def measure_photos(folder: Path) -> int:
    """The number of bytes of what `list_photos` finds."""
    return sum(path.stat().st_size for path in list_photos(folder))


def pack_photos(folder: Path, on_progress: Callable[[int, int | None], None] | None) -> Iterator[bytes]:
    """The bytes of a ZIP archive of a folder, a piece at a time; pictures are compressed already, and stored.

    Raises:
        OSError: a file cannot be read.
    """
    total, sent = measure_photos(folder), 0

    def read(photo: Path) -> Iterator[bytes]:
        nonlocal sent
        with photo.open("rb") as file:
            while block := file.read(_PIECE_BYTES):
                yield block
                sent += len(block)
                if on_progress is not None:
                    on_progress(sent, total)

    return _pack(folder, read)


def measure_archive(folder: Path) -> int:
    """The bytes of the archive that `pack_photos` makes of a folder: those of one with as many zeros."""

    def read_zeros(photo: Path) -> Iterator[memoryview]:
        size = photo.stat().st_size
        return (_ZEROS[: size - start] for start in range(0, size, _PIECE_BYTES))

    return sum(map(len, _pack(folder, read_zeros)))


def _pack(folder: Path, read: Callable[[Path], Iterator[bytes | memoryview]]) -> Iterator[bytes]:
    """The pieces of an archive of what `read` gives of each file of a folder."""
    pieces = _Pieces()
    with zipfile.ZipFile(pieces, "w", zipfile.ZIP_STORED) as archive:
        for photo in list_photos(folder):
            name = photo.relative_to(folder).as_posix()
            with archive.open(zipfile.ZipInfo(name, _FILE_TIME), "w") as member:
                for block in read(photo):
                    member.write(block)
                    yield from pieces.take()
    yield from pieces.take()


class _Pieces(RawIOBase):
    """A file to write to, whose bytes are taken away as they come."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        """True."""
        return True

    def write(self, data: "ReadableBuffer", /) -> int:
        """Keep some bytes until they are taken."""
        self._pieces.append(bytes(data))
        return len(self._pieces[-1])

    def take(self) -> list[bytes]:
        """What was written since the last time."""
        taken, self._pieces = self._pieces, []
        return taken
