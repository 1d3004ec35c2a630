"""A file store in a bucket of any S3-compatible store, for installations on several machines.

Files stream both ways a few MiB at a time. Code that needs a path gets a copy in a scratch folder of this machine.
Parts of uploads that a killed process began are invisible, and the bucket's own rule `AbortIncompleteMultipartUpload`
deletes them.
"""

from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, Final

import obstore
from obstore.exceptions import BaseError, PreconditionError
from obstore.store import S3Store

from contract.settings import Settings
from store.errors import FileNotFound, StorageUnavailable
from store.files.files import FileStat, FileStore, HashingStream, StoredFile, open_part, validate_key

BLOCK_BYTES: Final = 5 * 2**20
"""Size of one request: the smallest part of an upload that S3 takes."""

MAX_PARTS: Final = 10_000

REQUEST_TIMEOUT_SECONDS: Final = 120
"""Long, since the last request of a large upload joins its parts."""


class BucketFileStore(FileStore):
    """Files in the bucket that the settings name, and a scratch folder for those that are needed at a path.

    The connections are made at the first use, since they do not survive a fork: a process that has used it must not
    fork one that uses it too.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings.data_dir / "scratch")
        self._settings = settings
        self._bucket, _, self._prefix = settings.storage_url.removeprefix("s3://").partition("/")

    @property
    def location(self) -> str:
        """See `FileStore`."""
        return self._settings.storage_url

    def put(self, stream: Iterable[bytes], key: str, limit: int) -> StoredFile:
        """See `FileStore`; the object appears with the upload's last request, and an error before that aborts it."""
        measured = HashingStream(stream, limit)
        self._upload(iter(measured), validate_key(key), limit)
        return measured.stored

    @contextmanager
    def create(self, key: str) -> Generator[Path]:
        """See `FileStore`."""
        validate_key(key)
        with open_part(self._folder) as path:
            yield path
            with path.open("rb") as file:
                self._upload(file, key, path.stat().st_size)

    def read_chunks(self, key: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """See `FileStore`; a file that is replaced while it is read breaks off with FileNotFound."""
        with self._translate_errors(key):
            found = obstore.head(self._store, validate_key(key))
        stop = found["size"] if end is None else min(end, found["size"])
        return self._read_blocks(key, found["e_tag"], start, stop)

    @contextmanager
    def local_copy(self, key: str) -> Generator[Path]:
        """See `FileStore`."""
        with open_part(self._folder) as path:
            with path.open("wb") as file:
                file.writelines(self.read_chunks(key))
            yield path

    def stat(self, key: str) -> FileStat:
        """See `FileStore`."""
        with self._translate_errors(key):
            found = obstore.head(self._store, validate_key(key))
        return FileStat(bytes=found["size"], modified_at=found["last_modified"].timestamp())

    def delete(self, key: str) -> None:
        """See `FileStore`."""
        with suppress(FileNotFound), self._translate_errors(key):
            obstore.delete(self._store, validate_key(key))

    def move(self, key: str, new_key: str) -> None:
        """See `FileStore`; the bucket copies it, so a crash may leave it under both keys."""
        with suppress(FileNotFound), self._translate_errors(key):
            obstore.rename(self._store, validate_key(key), validate_key(new_key))

    def list_keys(self, prefix: str = "") -> Iterator[str]:
        """See `FileStore`."""
        with self._translate_errors():
            pages = obstore.list(self._store, prefix or None)  # pyright: ignore[reportUnknownMemberType] - names types of Arrow
            return iter(sorted(found["path"] for page in pages for found in page))

    def check(self) -> None:
        """See `FileStore`."""
        with self._translate_errors():
            obstore.list_with_delimiter(self._store)  # pyright: ignore[reportUnknownMemberType] - names types of Arrow

    @cached_property
    def _store(self) -> S3Store:
        settings = self._settings
        return S3Store(
            self._bucket,
            prefix=self._prefix.strip("/") or None,
            endpoint=settings.s3_endpoint or f"https://s3.{settings.s3_region}.amazonaws.com",
            region=settings.s3_region,
            access_key_id=settings.s3_access_key_id,
            secret_access_key=settings.s3_secret_access_key.get_secret_value(),
            virtual_hosted_style_request=False,
            client_options={
                "allow_http": settings.s3_endpoint.startswith("http://"),
                "connect_timeout": timedelta(seconds=2),
                "timeout": timedelta(seconds=REQUEST_TIMEOUT_SECONDS),
            },
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=10)},
        )

    def _upload(self, source: Iterator[bytes] | BinaryIO, key: str, max_bytes: int) -> None:
        chunk_size = max(BLOCK_BYTES, -(-max_bytes // MAX_PARTS))
        with self._translate_errors():
            obstore.put(self._store, key, source, chunk_size=chunk_size, max_concurrency=1)

    def _read_blocks(self, key: str, e_tag: str | None, start: int, end: int) -> Iterator[bytes]:
        for first in range(start, end, BLOCK_BYTES):
            with self._translate_errors(key):
                got = obstore.get(
                    self._store, key, options={"range": (first, min(first + BLOCK_BYTES, end)), "if_match": e_tag}
                )
                block = bytes(got.bytes())
            yield block

    @contextmanager
    def _translate_errors(self, key: str = "") -> Generator[None]:
        """Translate errors of the client library; without a key, what is not found is the bucket and not a file."""
        try:
            yield
        except (FileNotFoundError, PreconditionError, BaseError) as error:
            if key and isinstance(error, (FileNotFoundError, PreconditionError)):
                raise FileNotFound(key) from error
            said = str(error).partition("\n")[0]
            raise StorageUnavailable(f"The bucket {self._bucket!r} does not answer: {said}") from error
