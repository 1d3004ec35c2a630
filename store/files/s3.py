"""A file store in a bucket of any S3-compatible store, for installations on several machines.

Files stream both ways a few MiB at a time. Code that needs a path gets a copy in a scratch folder of this machine.
"""

import errno
import secrets
import shutil
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Final

import obstore
from obstore.exceptions import BaseError, PreconditionError
from obstore.store import S3Store

from store.errors import DiskFull, FileNotFound, StorageUnavailable
from store.files.files import PART_SUFFIX, FileStore, HashingStream, StoredFile, validate_key

BLOCK_BYTES: Final = 5 * 2**20
"""Size of one request: the smallest part of an upload that S3 takes."""

MAX_PARTS: Final = 10_000

REQUEST_TIMEOUT_SECONDS: Final = 120
"""Long, since the last request of a large upload joins its parts."""


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """Address and credentials of a bucket. An empty endpoint is Amazon's own."""

    name: str
    prefix: str
    endpoint: str
    region: str
    access_key_id: str
    secret_access_key: str = field(repr=False)


class BucketFileStore(FileStore):
    """Files in a bucket, and a scratch folder for those that are needed at a path.

    The connections are made at the first use, since they do not survive a fork: a process that has used it must not
    fork one that uses it too.
    """

    def __init__(self, bucket: Bucket, scratch: Path) -> None:
        self._bucket = bucket
        self._scratch = scratch

    def put(self, stream: Iterable[bytes], key: str, limit: int) -> StoredFile:
        """See `FileStore`; the object appears with the upload's last request, and an error before that aborts it."""
        measured = HashingStream(stream, limit)
        with self._translate_errors():
            obstore.put(
                self._store,
                validate_key(key),
                iter(measured),
                chunk_size=max(BLOCK_BYTES, -(-limit // MAX_PARTS)),
                max_concurrency=1,
            )
        return measured.stored

    @contextmanager
    def create(self, key: str) -> Generator[Path]:
        """See `FileStore`."""
        validate_key(key)
        with self._scratch_file() as path:
            yield path
            size = path.stat().st_size
            with self._translate_errors(), path.open("rb") as file:
                obstore.put(
                    self._store, key, file, chunk_size=max(BLOCK_BYTES, -(-size // MAX_PARTS)), max_concurrency=1
                )

    def read_chunks(self, key: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """See `FileStore`; a file that is replaced while it is read breaks off with FileNotFound."""
        with self._translate_errors(key):
            found = obstore.head(self._store, validate_key(key))
        stop = found["size"] if end is None else min(end, found["size"])
        return self._read_blocks(key, found["e_tag"], start, stop)

    @contextmanager
    def local_copy(self, key: str) -> Generator[Path]:
        """See `FileStore`."""
        with self._scratch_file() as path:
            with path.open("wb") as file:
                file.writelines(self.read_chunks(key))
            yield path

    def size(self, key: str) -> int:
        """See `FileStore`."""
        with self._translate_errors(key):
            return obstore.head(self._store, validate_key(key))["size"]

    def age_seconds(self, key: str) -> float:
        """See `FileStore`."""
        with self._translate_errors(key):
            return time.time() - obstore.head(self._store, validate_key(key))["last_modified"].timestamp()

    def delete(self, key: str) -> None:
        """See `FileStore`."""
        with suppress(FileNotFound), self._translate_errors(key):
            obstore.delete(self._store, validate_key(key))

    def list_keys(self, prefix: str = "") -> Iterator[str]:
        """See `FileStore`."""
        with self._translate_errors():
            pages = obstore.list(self._store, prefix or None)  # pyright: ignore[reportUnknownMemberType] - names types of Arrow
            return iter(sorted(found["path"] for page in pages for found in page))

    def delete_parts(self, older_than_seconds: float) -> int:
        """See `FileStore`: the scratch files of this machine.

        Parts of uploads that a killed process began are invisible, and the bucket's own rule
        `AbortIncompleteMultipartUpload` deletes them.
        """
        swept = 0
        for part in self._scratch.glob(f"*{PART_SUFFIX}"):
            with suppress(FileNotFoundError):  # it was done with just now
                if part.stat().st_mtime < time.time() - older_than_seconds:
                    part.unlink()
                    swept += 1
        return swept

    def free_bytes(self) -> int:
        """See `FileStore`: the disk of the scratch folder, since the bucket does not tell."""
        self._scratch.mkdir(parents=True, exist_ok=True)
        return shutil.disk_usage(self._scratch).free

    def check(self) -> None:
        """See `FileStore`."""
        with self._translate_errors():
            obstore.list_with_delimiter(self._store)  # pyright: ignore[reportUnknownMemberType] - names types of Arrow

    @cached_property
    def _store(self) -> S3Store:
        bucket = self._bucket
        return S3Store(
            bucket.name,
            prefix=bucket.prefix or None,
            endpoint=bucket.endpoint or f"https://s3.{bucket.region}.amazonaws.com",
            region=bucket.region,
            access_key_id=bucket.access_key_id,
            secret_access_key=bucket.secret_access_key,
            virtual_hosted_style_request=False,
            client_options={
                "allow_http": bucket.endpoint.startswith("http://"),
                "connect_timeout": timedelta(seconds=2),
                "timeout": timedelta(seconds=REQUEST_TIMEOUT_SECONDS),
            },
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=10)},
        )

    def _read_blocks(self, key: str, e_tag: str | None, start: int, end: int) -> Iterator[bytes]:
        for first in range(start, end, BLOCK_BYTES):
            with self._translate_errors(key):
                got = obstore.get(
                    self._store, key, options={"range": (first, min(first + BLOCK_BYTES, end)), "if_match": e_tag}
                )
                block = bytes(got.bytes())
            yield block

    @contextmanager
    def _scratch_file(self) -> Generator[Path]:
        """A scratch file, deleted at the end of the block."""
        path = self._scratch / f"{secrets.token_hex(16)}{PART_SUFFIX}"
        try:
            self._scratch.mkdir(parents=True, exist_ok=True)
            yield path
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise DiskFull from error
            raise
        finally:
            path.unlink(missing_ok=True)

    @contextmanager
    def _translate_errors(self, key: str = "") -> Generator[None]:
        """Translate errors of the client library; without a key, what is not found is the bucket and not a file."""
        try:
            yield
        except (FileNotFoundError, PreconditionError, BaseError) as error:
            if key and isinstance(error, (FileNotFoundError, PreconditionError)):
                raise FileNotFound(key) from error
            said = str(error).partition("\n")[0]
            raise StorageUnavailable(f"The bucket {self._bucket.name!r} does not answer: {said}") from error
