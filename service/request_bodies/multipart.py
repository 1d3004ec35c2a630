"""Forms with a file, read while they arrive: the file flows to where it is kept and never into memory.

The fields around it are small; they may stand before or behind the file.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, MultipartDecoder, NeedData

from service.http.errors import Refused

FIELDS_AT_MOST: Final = 2**20
PARTS_AT_MOST: Final = 20

Kept = TypeVar("Kept")


@dataclass(frozen=True)
class Part:
    """What is said about the file: its name and Content-Type, both from the caller."""

    filename: str
    media_type: str


@dataclass(frozen=True)
class Form(Generic[Kept]):
    """A form that was read: what `keep` made of the file, and the text fields."""

    kept: Kept
    fields: dict[str, str]


def read_form(
    request: Request, source: Iterator[bytes], file: str, keep: Callable[[Part, Iterator[bytes]], Kept]
) -> Form[Kept]:
    """Read a multipart body to its end.

    Args:
        request: the request, for the boundary.
        source: the body as it arrives.
        file: the name of the part that is the file.
        keep: is given that part, and must read it to its end.

    Raises:
        Refused: `unreadable-body` if the form is torn, or does not have the file exactly once.
    """
    boundary = request.mimetype_params.get("boundary", "")
    if not (0 < len(boundary) <= 200 and boundary.isascii()):
        raise Refused("unreadable-body", "The Content-Type of a form needs a boundary.")
    events = _events(MultipartDecoder(boundary.encode(), FIELDS_AT_MOST, max_parts=PARTS_AT_MOST), source)
    fields: dict[str, str] = {}
    kept: list[Kept] = []
    for event in events:
        if isinstance(event, File) and event.name == file and not kept:
            kept.append(keep(_part(event), _data(events)))
        elif isinstance(event, File | Field):
            if isinstance(event, File) or event.name in fields or event.name == file:
                said = f"The form must have the file once, as the part {file!r} with a filename, and each field once"
                raise Refused("unreadable-body", f"{said}; {event.name!r} does not fit.")
            fields[event.name] = _text(event.name, events)
    if not kept:
        raise Refused("unreadable-body", f"The form has no part {file!r} with a filename.")
    return Form(kept[0], fields)


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
        raise Refused("unreadable-body", "The form is torn: its parts do not fit its boundary.") from None


def _data(events: Iterator[Event]) -> Iterator[bytes]:
    for event in events:
        if isinstance(event, Data):
            yield event.data
            if not event.more_data:
                return


def _text(name: str, events: Iterator[Event]) -> str:
    text = bytearray()
    for piece in _data(events):
        text += piece
        if len(text) > FIELDS_AT_MOST:
            raise Refused("unreadable-body", f"The form's field {name!r} is too long.")
    try:
        return text.decode()
    except UnicodeDecodeError:
        raise Refused("unreadable-body", f"The form's field {name!r} is not UTF-8.") from None


def _part(event: File) -> Part:
    media_type = event.headers.get("Content-Type", "").split(";")[0].strip().lower()
    return Part(event.filename.replace("\\", "/").rsplit("/", 1)[-1], media_type)
