"""Bodies of uploads: a file on disk, an open file, or rows in memory.

Files are streamed in small pieces, with a callback for progress.
"""

import gzip
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from os import PathLike, fstat
from pathlib import Path
from typing import IO, cast

from gradus.errors import GradusError

PIECE_BYTES = 256 * 1024
MEDIA_TYPES: Mapping[str, str] = {
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "ndjson": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
}
FORMAT_OF_ENDING: Mapping[str, str] = {
    ".csv": "csv",
    ".txt": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".parquet": "parquet",
    ".pq": "parquet",
}

Rows = Iterable[Mapping[str, object]]
UploadSource = str | PathLike[str] | IO[bytes] | Rows
ProgressCallback = Callable[[int, int | None], None]


class LocalFileError(GradusError):
    """A local file does not exist, or cannot be read."""


@dataclass(frozen=True)
class UploadBody:
    """The body of an upload.

    Attributes:
        name: what the dataset is called by default.
        headers: the media type, the encoding, and the length where it is known.
        body: opens the body; may be called again for another attempt.
    """

    name: str
    headers: Mapping[str, str]
    body: Callable[[], bytes | Iterator[bytes]]


def make_upload(source: UploadSource, *, format: str | None, on_progress: ProgressCallback | None) -> UploadBody:  # noqa: A002 - its name in the API
    """A source as a body, with its media type by its ending unless `format` names it.

    Raises:
        LocalFileError: there is no such file, or it may not be read.
        ValueError: `format` is none of csv, tsv, ndjson and parquet.
    """
    if format is not None and format not in MEDIA_TYPES:
        raise ValueError(f"format {format!r} is not one of {', '.join(MEDIA_TYPES)}")
    if isinstance(source, str | PathLike):
        return _upload_path(Path(source), format, on_progress)
    if hasattr(source, "read"):
        return _upload_file(cast("IO[bytes]", source), format, on_progress)
    return _upload_rows(cast("Rows", source))


def _upload_path(path: Path, format: str | None, on_progress: ProgressCallback | None) -> UploadBody:  # noqa: A002 - its name in the API
    try:
        with path.open("rb") as file:
            total = fstat(file.fileno()).st_size
    except OSError as error:
        raise LocalFileError(f"{path}: {error.strerror}") from error

    def body() -> Iterator[bytes]:
        with path.open("rb") as file:
            yield from _read_pieces(file, total, on_progress)

    return UploadBody(path.name, {**_media_headers(path.name, format), "Content-Length": str(total)}, body)


def _upload_file(file: IO[bytes], format: str | None, on_progress: ProgressCallback | None) -> UploadBody:  # noqa: A002 - its name in the API
    start = file.tell() if file.seekable() else None
    begun = False

    def body() -> Iterator[bytes]:
        nonlocal begun
        if begun and start is None:
            raise LocalFileError("the upload broke off, and the file cannot be read a second time")
        if start is not None:
            file.seek(start)
        begun = True
        return _read_pieces(file, None, on_progress)

    name = Path(str(getattr(file, "name", "data"))).name
    return UploadBody(name, _media_headers(name, format), body)


def _upload_rows(rows: Rows) -> UploadBody:
    content = gzip.compress("".join(f"{json.dumps(row, default=str)}\n" for row in rows).encode(), compresslevel=1)
    return UploadBody("rows", {"Content-Type": MEDIA_TYPES["ndjson"], "Content-Encoding": "gzip"}, lambda: content)


def _media_headers(name: str, format: str | None) -> dict[str, str]:  # noqa: A002 - its name in the API
    path = Path(name)
    zipped = path.suffix.lower() == ".gz"
    ending = Path(path.stem).suffix.lower() if zipped else path.suffix.lower()
    media_type = MEDIA_TYPES[format or FORMAT_OF_ENDING.get(ending, "csv")]
    return {"Content-Type": media_type, **({"Content-Encoding": "gzip"} if zipped else {})}


def _read_pieces(file: IO[bytes], total: int | None, on_progress: ProgressCallback | None) -> Iterator[bytes]:
    sent = 0
    while piece := file.read(PIECE_BYTES):
        yield piece
        sent += len(piece)
        if on_progress is not None:
            on_progress(sent, total)
