"""Pictures as bodies of requests: one as it is, several as the files of a form, or cells of base64 in rows of JSON."""

from collections.abc import Collection, Sequence
from typing import Any, Final

from learning.encoding.columns import InputColumn
from learning.frame import Frame
from service.http import strict_json
from service.http.bodies import body_too_large
from service.http.errors import ProblemError
from service.http.routing import MAX_SPEC_BYTES
from service.request_bodies.multipart import read_files
from service.request_bodies.strict_rows import WRAPPED, build_frame, check_rows, refuse_bad_rows
from service.services import Context
from tables import BadCells, BadRows, frame_from_rows

JSON: Final = "application/json"
FORM: Final = "multipart/form-data"
IMAGES: Final = ("image/jpeg", "image/png", "image/webp", "image/gif", "image/bmp")
PICTURES: Final = frozenset({*IMAGES, FORM})
"""The media types of bodies of pictures."""

MAX_PARTS: Final = 1_000


def read_pictures(context: Context, inputs: Sequence[InputColumn], bad: BadCells | None = None) -> Frame:
    """The rows of a body that is a picture, or a form of pictures: each is a row, whose other columns are missing.

    Raises:
        ProblemError: `unsupported-media-type`, if no input is a picture; `unreadable-body`.
        BadRows: one is no picture, unless `bad` collects such.
    """
    name = next((column.name for column in inputs if column.image_shape is not None), None)
    if name is None:
        raise ProblemError(
            "unsupported-media-type",
            "The model takes no picture: it predicts from "
            f"{', '.join(column.name for column in inputs[:10])}. Send rows as application/json or text/csv.",
        )
    files = [context.raw_body]
    if context.media_type == FORM:
        files = read_files(context.request, context.raw_body, MAX_PARTS)
        if not files:
            raise ProblemError("unreadable-body", "The form has no file: send each picture as a part with a filename.")
    return frame_from_rows([{name: file} for file in files], inputs, bad=bad)


def read_sound_pictures(context: Context, inputs: Sequence[InputColumn]) -> Frame:
    """The same.

    Raises:
        ProblemError: also `invalid`, if one is no picture.
    """
    try:
        return read_pictures(context, inputs)
    except BadRows as bad:
        raise refuse_bad_rows(bad, WRAPPED) from None


def parse_small_json(context: Context) -> Any:
    """A body of JSON, whose faults are all looked for, and which is therefore small.

    Raises:
        ProblemError: `body-too-large`; `unreadable-json` or `invalid`.
    """
    if len(context.raw_body) > MAX_SPEC_BYTES:
        raise body_too_large(MAX_SPEC_BYTES)
    return strict_json.parse_json(context.raw_body, lines=True)


def read_picture_row(context: Context, inputs: Sequence[InputColumn], ignored: Collection[str]) -> Frame:
    """The only row of a body: a picture, a form with one, or a row of JSON, alone or in a list.

    Raises:
        ProblemError: `unsupported-media-type`, `unreadable-body`, `unreadable-json`, `body-too-large`, or `invalid`,
            also if there are several.
    """
    if context.media_type in PICTURES:
        frame = read_sound_pictures(context, inputs)
    else:
        rows, pointer = check_rows(parse_small_json(context))
        frame = build_frame(rows, inputs, ignored, pointer)
    if frame.rows != 1:
        raise ProblemError("invalid", f"The body has {frame.rows:,} rows; send one picture, or one row.")
    return frame
