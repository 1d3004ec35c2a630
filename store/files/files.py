"""File stores: files of datasets and jobs by key, here in a folder; `store.files.s3` has those in a bucket.

A file is there whole or not at all, also after a crash. `store.files` makes the keys.
"""

import errno
import hashlib
import os
import re
import secrets
import shutil
import time
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from store.errors import DiskFull, FileNotFound, StorageUnavailable, TooLarge

CHUNK_BYTES: Final = 1 << 18
KEY_PATTERN: Final = re.compile(r"[a-z0-9_]+(/[a-z0-9_]+(\.[a-z0-9]+)*)+")
PART_SUFFIX: Final = ".part"


@dataclass(frozen=True, kw_only=True)
class StoredFile:
    """SHA-256 in hex and size of a stored file."""

    sha256: str
    bytes: int


@dataclass(frozen=True, kw_only=True)
class FileStat:
    """Size of a stored file, and when it was put, in Unix seconds."""

    bytes: int
    modified_at: float


class FileStore(ABC):
    """Files by key. Each method raises StorageUnavailable when the store cannot be reached.

    Methods that read raise FileNotFound when no file is kept under the key, and those that need space DiskFull.

    Args:
        folder: on this machine, for the files or for copies of them; made when it is first needed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    @abstractmethod
    def location(self) -> str:
        """The folder or bucket, for people."""

    @abstractmethod
    def put(self, stream: Iterable[bytes], key: str, limit: int) -> StoredFile:
        """Store a stream under a key, replacing what was there; if this raises, nothing has changed.

        Raises:
            TooLarge: the stream is longer than `limit` bytes.
        """

    @abstractmethod
    def create(self, key: str) -> AbstractContextManager[Path]:
        """A path to write a new file at; when the block ends well the file appears under its key, to stay."""

    @abstractmethod
    def read_chunks(self, key: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` up to but not with `end`, in chunks."""

    @abstractmethod
    def local_copy(self, key: str) -> AbstractContextManager[Path]:
        """A path to read the file at, good until the block ends."""

    @abstractmethod
    def stat(self, key: str) -> FileStat:
        """Size and age of the file."""

    @abstractmethod
    def delete(self, key: str) -> None:
        """Delete the file; nothing happens if there is none."""

    @abstractmethod
    def move(self, key: str, new_key: str) -> None:
        """Move the file to another key; nothing happens if there is none."""

    @abstractmethod
    def list_keys(self, prefix: str = "") -> Iterator[str]:
        """The keys that begin with `prefix`, which is empty or ends with a slash, in order."""

    @abstractmethod
    def check(self) -> None:
        """Return if files can be stored now."""

    def exists(self, key: str) -> bool:
        """Whether a file is kept under this key."""
        try:
            self.stat(key)
        except FileNotFound:
            return False
        return True

    def delete_parts(self, older_than_seconds: float) -> int:
        """Delete partial files on this machine that were last written longer ago, and count them."""
        deleted = 0
        for part in self._folder.rglob(f"*{PART_SUFFIX}"):
            with suppress(FileNotFoundError):  # it was finished or deleted by another process just now
                if part.stat().st_mtime < time.time() - older_than_seconds:
                    part.unlink()
                    deleted += 1
        return deleted

    def free_bytes(self) -> int:
        """Free space on this machine's disk."""
        make_folder(self._folder)
        return shutil.disk_usage(self._folder).free


class HashingStream:
    """A stream that is hashed and counted while it flows.

    Iterating raises TooLarge when it goes on past `limit` bytes.
    """

    def __init__(self, stream: Iterable[bytes], limit: int) -> None:
        self._stream = stream
        self._limit = limit
        self._digest = hashlib.sha256()
        self._size = 0

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._stream:
            self._size += len(chunk)
            if self._size > self._limit:
                raise TooLarge(self._limit)
            self._digest.update(chunk)
            yield chunk

    @property
    def stored(self) -> StoredFile:
        """The size and hash of what has flowed so far."""
        return StoredFile(sha256=self._digest.hexdigest(), bytes=self._size)


def validate_key(key: str) -> str:
    """The key, if it is one of ours; anything else is a ValueError."""
    if not KEY_PATTERN.fullmatch(key):
        raise ValueError(f"{key!r} is no key for a file.")
    return key


class FolderFileStore(FileStore):
    """Files under a folder."""

    @property
    def location(self) -> str:
        """See `FileStore`."""
        return str(self._folder)

    def put(self, stream: Iterable[bytes], key: str, limit: int) -> StoredFile:
        """See `FileStore`."""
        measured = HashingStream(stream, limit)
        chunks = iter(measured)
        first_chunk = next(chunks, b"")  # a stream that never begins leaves no partial file
        with self.create(key) as part, part.open("wb") as file:
            file.write(first_chunk)
            file.writelines(chunks)
        return measured.stored

    @contextmanager
    def create(self, key: str) -> Generator[Path]:
        """See `FileStore`."""
        final = self._path(key)
        with open_part(final.parent, f".{final.name}.") as part:
            yield part
            _sync_to_disk(part)
            part.replace(final)
            _sync_to_disk(final.parent)

    def read_chunks(self, key: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """See `FileStore`."""
        size = self.stat(key).bytes  # raises here, and not when the first chunk is asked for
        stop = size if end is None else min(end, size)
        return _read_chunks(self._path(key), start, stop)

    @contextmanager
    def local_copy(self, key: str) -> Generator[Path]:
        """See `FileStore`."""
        self.stat(key)
        yield self._path(key)

    def stat(self, key: str) -> FileStat:
        """See `FileStore`."""
        try:
            stat = self._path(key).stat()
        except FileNotFoundError:
            raise FileNotFound(key) from None
        return FileStat(bytes=stat.st_size, modified_at=stat.st_mtime)

    def delete(self, key: str) -> None:
        """See `FileStore`; folders that are empty then go too."""
        path = self._path(key)
        path.unlink(missing_ok=True)
        self._delete_empty(path.parent)

    def move(self, key: str, new_key: str) -> None:
        """See `FileStore`; folders that are empty then go too."""
        path, new_path = self._path(key), self._path(new_key)
        make_folder(new_path.parent)
        with suppress(FileNotFoundError):
            path.replace(new_path)
            _sync_to_disk(new_path.parent)
        self._delete_empty(path.parent)

    def list_keys(self, prefix: str = "") -> Iterator[str]:
        """See `FileStore`."""
        first = self._folder / prefix  # what does not begin with it lies elsewhere
        found = (path.relative_to(self._folder).as_posix() for path in first.rglob("*") if path.is_file())
        return iter(sorted(key for key in found if key.startswith(prefix) and not key.endswith(PART_SUFFIX)))

    def check(self) -> None:
        """See `FileStore`."""
        try:
            make_folder(self._folder)
        except OSError as error:
            raise StorageUnavailable(f"The folder {self._folder} cannot be made: {error.strerror}.") from error
        if not os.access(self._folder, os.R_OK | os.W_OK):
            raise StorageUnavailable(f"The folder {self._folder} cannot be written to.")

    def _path(self, key: str) -> Path:
        return self._folder / validate_key(key)

    def _delete_empty(self, folder: Path) -> None:
        """Delete a folder and those around it, as far as they are empty; the first of a key stays for other files."""
        while folder.parent != self._folder:
            try:
                folder.rmdir()
            except OSError:
                return  # other files are in it, or it is gone
            folder = folder.parent
            _sync_to_disk(folder)


@contextmanager
def open_part(folder: Path, prefix: str = "") -> Generator[Path]:
    """A path in a folder for a partial file, deleted at the end of the block unless it was moved.

    Raises:
        DiskFull: the disk is full.
    """
    part = folder / f"{prefix}{secrets.token_hex(8)}{PART_SUFFIX}"
    try:
        make_folder(folder)
        yield part
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull from error
        raise
    finally:
        part.unlink(missing_ok=True)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, so that they are still there after a crash."""
    if folder.is_dir():
        return
    if folder.parent != folder:
        make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    _sync_to_disk(folder.parent)


def _read_chunks(path: Path, start: int, end: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        left = end - start
        while left > 0 and (chunk := file.read(min(CHUNK_BYTES, left))):
            left -= len(chunk)
            yield chunk


def _sync_to_disk(path: Path) -> None:
    """Flush a file or folder to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
