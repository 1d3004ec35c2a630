"""Archives of files: ZIP, and tar without compression. Members are listed and bounded before any of them is unpacked.

A member is read into memory only. Its name is text that tells its class, and never a path of this machine.
"""

import struct
import tarfile
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

from tables.images.errors import UnusableImage
from tables.images.file_bytes import raise_file_too_large
from tables.issues import UnreadableFile

MAX_MEMBERS: Final = 200_000

_HIDDEN: Final = ("__MACOSX", "Thumbs.db", "desktop.ini")
_DIRECTORY_ENTRY: Final = b"PK\x01\x02"
_ENTRY_BYTES: Final = 46
_END_BYTES: Final = 22
_MAX_COMMENT_BYTES: Final = 2**16
_PACK_AGAIN: Final = "Pack the folders again as ZIP or tar, and upload that."
_ZIP_FAULTS: Final = (
    zipfile.BadZipFile,
    NotImplementedError,  # another compression
    RuntimeError,  # encrypted
    EOFError,
    OSError,
    ValueError,
    struct.error,
    zlib.error,
)


@dataclass(frozen=True)
class Member:
    """A file in an archive: the parts of its name, its size as the archive says, and its place in the archive."""

    parts: tuple[str, ...]
    bytes: int
    place: int

    @property
    def name(self) -> str:
        """The name with slashes."""
        return "/".join(self.parts)

    @property
    def folder(self) -> str | None:
        """The innermost folder; None if it lies in none."""
        return self.parts[-2] if len(self.parts) > 1 else None

    @property
    def suffix(self) -> str:
        """The ending of its name, in small letters."""
        return Path(self.parts[-1]).suffix.lower()


class Archive(ABC):
    """The members of an archive, in its order, without folders and without what systems put there unasked."""

    def __init__(self) -> None:
        self.members: list[Member] = []
        self._read_bytes = 0

    @cached_property
    def total_bytes(self) -> int:
        """The bytes of all members, by what the archive says of them."""
        return sum(member.bytes for member in self.members)

    @property
    def share(self) -> float:
        """The share of these bytes that was read."""
        return min(1.0, self._read_bytes / max(1, self.total_bytes))

    def read(self, member: Member, max_bytes: int) -> bytes:
        """The bytes of a member.

        Raises:
            UnusableImage: there are more than `max_bytes`, or they cannot be unpacked.
        """
        self._read_bytes += member.bytes
        if member.bytes > max_bytes:
            raise_file_too_large(member.bytes)
        return self.unpack(member)

    @abstractmethod
    def unpack(self, member: Member) -> bytes:
        """The bytes of a member, at most as many as the archive says that it has; raises as `read`."""


def open_archive(file: BinaryIO, *, is_tar: bool, max_bytes: int) -> Archive:
    """The archive in a file; its members together have at most `max_bytes`, by what it says of them.

    Raises:
        UnreadableFile: damaged-file, too-many-files, too-large.
    """
    try:
        archive = TarArchive(file) if is_tar else ZipArchive(file)
    except (*_ZIP_FAULTS, tarfile.TarError) as error:
        raise UnreadableFile(
            "damaged-file", f"The archive is damaged or cut off: {str(error)[:200]}.", _PACK_AGAIN
        ) from error
    if archive.total_bytes > max_bytes:
        raise UnreadableFile(
            "too-large",
            f"The files in the archive have {archive.total_bytes:,} bytes; at most {max_bytes:,} are read.",
            "Make the pictures smaller, or upload a part of them.",
        )
    return archive


class ZipArchive(Archive):
    """A ZIP archive."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        _check_count(sum(1 for _ in _walk_directory(file)))
        self._zip = zipfile.ZipFile(file)
        self._infos = self._zip.infolist()
        self.members = [
            Member(parts, info.file_size, place)
            for place, info in enumerate(self._infos)
            if not info.is_dir() and (parts := split_name(info.filename))
        ]

    def unpack(self, member: Member) -> bytes:
        """As `Archive.unpack`."""
        try:
            with self._zip.open(self._infos[member.place]) as file:
                return file.read(member.bytes + 1)
        except _ZIP_FAULTS as error:
            raise UnusableImage("unreadable_member", f"It cannot be unpacked: {str(error)[:150]}.") from error


class TarArchive(Archive):
    """A tar archive without compression."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file = file
        with tarfile.open(fileobj=file, mode="r:") as tar:
            count = 0
            while (info := tar.next()) is not None:
                cast("Any", tar).members.clear()  # of which it would keep all
                _check_count(count := count + 1)
                # links and devices have no bytes, and are no pictures
                if not info.isdir() and (parts := split_name(info.name)):
                    size = info.size if info.isreg() and not info.issparse() else 0
                    self.members.append(Member(parts, size, info.offset_data))

    def unpack(self, member: Member) -> bytes:
        """As `Archive.unpack`."""
        self._file.seek(member.place)
        data = self._file.read(member.bytes)
        if len(data) < member.bytes:
            raise UnusableImage("unreadable_member", f"The archive ends after {len(data):,} of {member.bytes:,} bytes.")
        return data


def split_name(name: str) -> tuple[str, ...]:
    """The parts of a member's name; none if it is hidden, or put there by a system."""
    parts = tuple(part for part in name.replace("\\", "/").split("/") if part not in {"", ".", ".."})
    return () if any(part.startswith(".") or part in _HIDDEN for part in parts) else parts


def _check_count(members: int) -> None:
    if members > MAX_MEMBERS:
        raise UnreadableFile(
            "too-many-files", f"The archive has more than {MAX_MEMBERS:,} files.", "Upload a part of them."
        )


def _walk_directory(file: BinaryIO) -> Iterator[None]:
    """Stop at each entry of a ZIP archive's directory, up to one more than may be there.

    The number that an archive states may be wrong, and reading the entries takes memory.

    Raises:
        BadZipFile: there is no directory.
    """
    size = file.seek(0, 2)
    tail_start = max(0, size - _END_BYTES - _MAX_COMMENT_BYTES)
    file.seek(tail_start)
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END_BYTES:
        raise zipfile.BadZipFile("the list of its files is missing")
    directory_bytes = int.from_bytes(tail[at + 12 : at + 16], "little")
    directory_end = tail_start + at
    if at >= 76 and tail[at - 20 : at - 16] == b"PK\x06\x07" and tail[at - 76 : at - 72] == b"PK\x06\x06":
        directory_bytes = int.from_bytes(tail[at - 36 : at - 28], "little")
        directory_end -= 76
    file.seek(max(0, directory_end - directory_bytes))
    for _ in range(MAX_MEMBERS + 1):
        entry = file.read(_ENTRY_BYTES)
        if len(entry) < _ENTRY_BYTES or entry[:4] != _DIRECTORY_ENTRY:
            return
        yield
        lengths = struct.unpack("<HHH", entry[28:34])
        file.seek(sum(lengths), 1)
