"""Streaming multipart forms with one file, which is stored while it arrives and never held in memory.

The text fields are small, and may come before or after the file.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, MultipartDecoder, NeedData

from service.http.errors import ProblemError

MAX_FIELD_BYTES: Final = 2**20
MAX_PARTS: Final = 20

Stored = TypeVar("Stored")


@dataclass(frozen=True)
class FilePart:
    """The file's name and Content-Type, both from the client.

    Attributes:
        charset: The encoding of text that the Content-Type declares; empty if none.
    """

    filename: str
    media_type: str
    charset: str = ""


@dataclass(frozen=True)
class Form(Generic[Stored]):
    """A parsed form: the result of `store_file`, and the text fields."""

    file: Stored
    fields: dict[str, str]


def read_form(
    request: Request, source: Iterator[bytes], file: str, store_file: Callable[[FilePart, Iterator[bytes]], Stored]
) -> Form[Stored]:
    """Read a multipart body to its end.

    Args:
        request: the request, for the boundary.
        source: the body as it arrives.
        file: the name of the file's part.
        store_file: stores that part, which it must read to its end.

    Raises:
        ProblemError: `unreadable-body` if the form is malformed, or does not have the file exactly once.
    """
    boundary = request.mimetype_params.get("boundary", "")
    if not (0 < len(boundary) <= 200 and boundary.isascii()):
        raise ProblemError("unreadable-body", "The Content-Type of a form needs a boundary.")
    events = _events(MultipartDecoder(boundary.encode(), MAX_FIELD_BYTES, max_parts=MAX_PARTS), source)
    fields: dict[str, str] = {}
    stored: list[Stored] = []
    for event in events:
        if isinstance(event, File) and event.name == file and not stored:
            stored.append(store_file(_file_part(event), _read_data(events)))
        elif isinstance(event, File | Field):
            if isinstance(event, File) or event.name in fields or event.name == file:
                rule = f"The form must have the file once, as the part {file!r} with a filename, and each field once"
                raise ProblemError("unreadable-body", f"{rule}; {event.name!r} does not fit.")
            fields[event.name] = _read_text(event.name, events)
    if not stored:
        raise ProblemError("unreadable-body", f"The form has no part {file!r} with a filename.")
    return Form(stored[0], fields)


def _events(decoder: MultipartDecoder, source: Iterator[bytes]) -> Iterator[Event]:
    try:
        for piece in source:
            decoder.receive_data(piece)
            while not isinstance(event := decoder.next_event(), NeedData):
                yield event
        decoder.receive_data(None)
        while not isinstance(event := decoder.next_event(), Epilogue):
            yield event
    except (ValueError, RequestEntityTooLarge):
        raise ProblemError("unreadable-body", "The form is malformed: its parts do not fit its boundary.") from None


def _read_data(events: Iterator[Event]) -> Iterator[bytes]:
    for event in events:
        if isinstance(event, Data):
            yield event.data
            if not event.more_data:
                return


def _read_text(name: str, events: Iterator[Event]) -> str:
    text = bytearray()
    for piece in _read_data(events):
        text += piece
        if len(text) > MAX_FIELD_BYTES:
            raise ProblemError("unreadable-body", f"The form's field {name!r} is too long.")
    try:
        return text.decode()
    except UnicodeDecodeError:
        raise ProblemError("unreadable-body", f"The form's field {name!r} is not UTF-8.") from None


def _file_part(event: File) -> FilePart:
    media_type, parameters = parse_options_header(event.headers.get("Content-Type"))
    filename = event.filename.replace("\\", "/").rsplit("/", 1)[-1]
    return FilePart(filename, media_type.strip().lower(), parameters.get("charset", ""))
