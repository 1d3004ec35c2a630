"""Bodies of uploads: a file on disk or an open one, streamed in small pieces, or rows in memory."""

import gzip
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from os import PathLike, fstat
from pathlib import Path
from typing import IO, cast

from gradus.dataframes import PandasFrame, PolarsFrame, encode_frame, is_pandas, is_polars
from gradus.errors import GradusError
from gradus.photo_folder import describe_unread, list_photos, measure_archive, pack_photos

PIECE_BYTES = 256 * 1024
MEDIA_TYPES: Mapping[str, str] = {
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "ndjson": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
    "zip": "application/zip",
    "tar": "application/x-tar",
    "text": "text/markdown",
}
OTHER_ENDINGS: Mapping[str, str] = {".tab": "tsv", ".jsonl": "ndjson", ".pq": "parquet", ".tgz": "tar", ".md": "text"}

Rows = Iterable[Mapping[str, object]]
UploadSource = str | PathLike[str] | IO[bytes] | Rows | PandasFrame | PolarsFrame
ProgressCallback = Callable[[int, int | None], None]


class LocalFileError(GradusError):
    """A local file does not exist, or cannot be read."""


@dataclass(frozen=True)
class UploadBody:
    """The body of an upload, which `body` opens for each attempt, and the default of the dataset's name."""

    name: str
    headers: Mapping[str, str]
    body: Callable[[], bytes | Iterator[bytes]]


def make_upload(source: UploadSource, *, format: str | None, on_progress: ProgressCallback | None) -> UploadBody:  # noqa: A002 - its name in the API
    """A source as a body, with its media type by its ending unless `format` names it.

    Raises:
        LocalFileError: there is no such file, or it may not be read.
        ValueError: `format` is none of MEDIA_TYPES.
    """
    if format is not None and format not in MEDIA_TYPES:
        raise ValueError(f"format {format!r} is not one of {', '.join(MEDIA_TYPES)}")
    if isinstance(source, str | PathLike):
        path = Path(source)
        if path.is_dir():
            return _pack_folder(path, on_progress)
        body, length = _open_path(path, on_progress)
        return UploadBody(path.name, {**_media_headers(path.name, format), "Content-Length": str(length)}, body)
    if hasattr(source, "read"):
        name = Path(str(getattr(source, "name", "data"))).name
        return UploadBody(name, _media_headers(name, format), _rewind_file(cast("IO[bytes]", source), on_progress))
    if is_pandas(source) or is_polars(source):
        form, frame_bytes = encode_frame(source)
        return UploadBody(f"dataframe.{form}", {"Content-Type": MEDIA_TYPES[form]}, lambda: frame_bytes)
    lines = "".join(f"{json.dumps(row, default=str)}\n" for row in cast("Rows", source))
    content = gzip.compress(lines.encode(), compresslevel=1)
    return UploadBody("rows", _media_headers("rows.ndjson.gz", None), lambda: content)


def _pack_folder(folder: Path, on_progress: ProgressCallback | None) -> UploadBody:
    """A folder of photographs as the body of an upload."""
    if not list_photos(folder):
        unread = describe_unread(folder)
        raise LocalFileError(f"{folder} has only {unread}" if unread else f"{folder} has no pictures in it or below it")

    def body() -> Iterator[bytes]:
        try:
            yield from pack_photos(folder, on_progress)
        except OSError as error:
            raise LocalFileError(f"{error.filename} cannot be read: {error.strerror}") from error

    length = {"Content-Length": str(measure_archive(folder))}  # by which the server tells whether all has come
    return UploadBody(folder.resolve().name, {"Content-Type": MEDIA_TYPES["zip"], **length}, body)


def _open_path(path: Path, on_progress: ProgressCallback | None) -> tuple[Callable[[], Iterator[bytes]], int]:
    try:
        with path.open("rb") as file:
            total = fstat(file.fileno()).st_size
    except OSError as error:
        raise LocalFileError(f"{path}: {error.strerror}") from error

    def body() -> Iterator[bytes]:
        try:
            with path.open("rb") as file:
                yield from _read_pieces(file, total, on_progress)
        except OSError as error:
            raise LocalFileError(f"{path} cannot be read: {error.strerror}") from error

    return body, total


def _rewind_file(file: IO[bytes], on_progress: ProgressCallback | None) -> Callable[[], Iterator[bytes]]:
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

    return body


def _media_headers(name: str, format: str | None) -> dict[str, str]:  # noqa: A002 - its name in the API
    plain = name.lower().removesuffix(".gz")
    ending = Path(plain).suffix
    media_type = MEDIA_TYPES.get(format or OTHER_ENDINGS.get(ending, ending[1:]), MEDIA_TYPES["csv"])
    return {"Content-Type": media_type, **({"Content-Encoding": "gzip"} if plain != name.lower() else {})}


def _read_pieces(file: IO[bytes], total: int | None, on_progress: ProgressCallback | None) -> Iterator[bytes]:
    sent = 0
    while piece := file.read(PIECE_BYTES):
        yield piece
        sent += len(piece)
        if on_progress is not None:
            on_progress(sent, total)
