"""Files of datasets, kept by key in one folder. A file is there whole or not at all, also after a crash.

Keys are made by us, never taken from a request: `datasets/ds_…/original`, `datasets/ds_…/table.parquet`.
"""

import errno
import hashlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from store.errors import NoSpace, NotThere, TooLarge

CHUNK: Final = 1 << 18
KEY: Final = re.compile(r"[a-z0-9_]+(/[a-z0-9_]+(\.[a-z0-9]+)*)+")
PART: Final = ".part"


@dataclass(frozen=True, kw_only=True)
class Stored:
    """What was put: its SHA-256 in hex and its size."""

    sha256: str
    bytes: int


class Files:
    """Files under a folder, which is made when it is first needed."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, stream: Iterable[bytes], key: str, limit: int) -> Stored:
        """Keep a stream under a key, replacing what was there; if this raises, nothing has changed.

        Raises:
            TooLarge: the stream went on past `limit` bytes.
            NoSpace: the disk is full.
        """
        digest, size = hashlib.sha256(), 0
        with self.create(key) as part, part.open("wb") as file:
            for chunk in stream:
                size += len(chunk)
                if size > limit:
                    raise TooLarge(limit)
                digest.update(chunk)
                file.write(chunk)
        return Stored(sha256=digest.hexdigest(), bytes=size)

    @contextmanager
    def create(self, key: str) -> Generator[Path]:
        """A path to write a new file at; when the block ends well the file is flushed and appears under its key.

        Raises:
            NoSpace: the disk is full.
        """
        final = self._path(key)
        part = final.with_name(f".{final.name}.{secrets.token_hex(8)}{PART}")
        try:
            self._make_folder(final.parent)
            yield part
            _sync(part)
            part.replace(final)
            _sync(final.parent)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise NoSpace from error
            raise
        finally:
            part.unlink(missing_ok=True)

    def open(self, key: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` up to but not with `end`, in chunks.

        Raises:
            NotThere: no file is kept under this key.
        """
        stop = self.size(key) if end is None else end
        return _chunks(self._path(key), start, stop)

    @contextmanager
    def local(self, key: str) -> Generator[Path]:
        """A path to read the file at, good until the block ends.

        Raises:
            NotThere: no file is kept under this key.
        """
        self.size(key)
        yield self._path(key)

    def exists(self, key: str) -> bool:
        """Whether a file is kept under this key."""
        return self._path(key).is_file()

    def size(self, key: str) -> int:
        """How many bytes the file has.

        Raises:
            NotThere: no file is kept under this key.
        """
        try:
            return self._path(key).stat().st_size
        except FileNotFoundError:
            raise NotThere(key) from None

    def age_seconds(self, key: str) -> float:
        """How long ago the file was put, by the clock of this machine.

        Raises:
            NotThere: no file is kept under this key.
        """
        try:
            return time.time() - self._path(key).stat().st_mtime
        except FileNotFoundError:
            raise NotThere(key) from None

    def delete(self, key: str) -> None:
        """Delete the file, and its folder if that is empty then; nothing happens if there is none."""
        path = self._path(key)
        path.unlink(missing_ok=True)
        try:
            path.parent.rmdir()
        except OSError:
            return  # other files are in it, or it is gone
        _sync(path.parent.parent)

    def keys(self, prefix: str = "") -> Iterator[str]:
        """The keys that begin with `prefix`, in order."""
        found = (path.relative_to(self._root).as_posix() for path in self._root.rglob("*") if path.is_file())
        return iter(sorted(key for key in found if key.startswith(prefix) and not key.endswith(PART)))

    def sweep_parts(self, older_than_seconds: float) -> int:
        """Delete what broken uploads left behind, unless it was written to of late; answers how many there were."""
        swept = 0
        for part in self._root.rglob(f".*{PART}"):
            try:
                if part.stat().st_mtime < time.time() - older_than_seconds:
                    part.unlink()
                    swept += 1
            except FileNotFoundError:
                continue  # it was finished or swept by somebody else just now
        return swept

    def free_bytes(self) -> int:
        """How much room the disk has left for us."""
        self._make_folder(self._root)
        return shutil.disk_usage(self._root).free

    def _path(self, key: str) -> Path:
        if not KEY.fullmatch(key):
            raise ValueError(f"{key!r} is no key for a file.")
        return self._root / key

    def _make_folder(self, folder: Path) -> None:
        """Make a folder and those above it, so that they are still there after a crash."""
        if folder.is_dir():
            return
        if folder.parent != folder:
            self._make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        _sync(folder.parent)


def _chunks(path: Path, start: int, end: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        left = end - start
        while left > 0 and (chunk := file.read(min(CHUNK, left))):
            left -= len(chunk)
            yield chunk


def _sync(path: Path) -> None:
    """Wait until what the system holds of a file or folder is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
