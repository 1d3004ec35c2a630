"""Rows and pictures of local files as the bodies of requests to a model."""

import secrets
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from gradus.upload import LocalFileError


def _read_file(path: str | PathLike[str]) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise LocalFileError(f"{error.filename}: {error.strerror}") from error


def make_picture_request(
    pictures: Sequence[str | PathLike[str] | bytes], accept: str = "application/json"
) -> dict[str, Any]:
    """The headers and the body of a request with pictures, a form."""
    boundary = secrets.token_hex(16)
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{number}"\r\n\r\n'.encode()
        + (picture if isinstance(picture, bytes) else _read_file(picture))
        + b"\r\n"
        for number, picture in enumerate(pictures)
    ]
    body = b"".join([*parts, f"--{boundary}--\r\n".encode()])
    return {
        "headers": {"Content-Type": f"multipart/form-data; boundary={boundary}", "Accept": accept},
        "body": lambda: body,
    }


def make_csv_request(rows: str | PathLike[str] | bytes, accept: str = "application/json") -> dict[str, Any]:
    """The headers and the body of a request with rows as CSV."""
    content = rows if isinstance(rows, bytes) else _read_file(rows)
    return {"headers": {"Content-Type": "text/csv", "Accept": accept}, "body": lambda: content}
