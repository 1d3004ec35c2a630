"""Multipart forms: with one file, which is stored while it arrives and never held in memory, or with small files alone.

Beside one file there may be text fields, which are small, and come before or after it.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, MultipartDecoder, NeedData

from service.http.bodies import CHUNK_BYTES
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
    events = _decode(request, source, MAX_PARTS)
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


def read_files(request: Request, body: bytes, max_parts: int) -> list[bytes]:
    """The files of a form that is in memory, in order, whatever their names; text fields are passed over.

    Raises:
        ProblemError: `unreadable-body` if the form is malformed, has more parts, or one with a head that is too long.
    """
    pieces = (body[start : start + CHUNK_BYTES] for start in range(0, len(body), CHUNK_BYTES))
    events = _decode(request, pieces, max_parts)
    return [b"".join(_read_data(events)) for event in events if isinstance(event, File)]


def _decode(request: Request, source: Iterable[bytes], max_parts: int) -> Iterator[Event]:
    """The events of a form, whose boundary is that of the request; others wait for one piece of it at most."""
    boundary = request.mimetype_params.get("boundary", "")
    if not (0 < len(boundary) <= 200 and boundary.isascii()):
        raise ProblemError("unreadable-body", "The Content-Type of a form needs a boundary.")
    decoder = MultipartDecoder(boundary.encode(), MAX_FIELD_BYTES, max_parts=max_parts)
    try:
        for piece in source:
            decoder.receive_data(piece)
            while not isinstance(event := decoder.next_event(), NeedData):
                yield event
        decoder.receive_data(None)
        while not isinstance(event := decoder.next_event(), Epilogue):
            yield event
    except RequestEntityTooLarge:
        fault = f"The form has more than {max_parts:,} parts, or a text that is too long."
        raise ProblemError("unreadable-body", fault) from None
    except ValueError:
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
