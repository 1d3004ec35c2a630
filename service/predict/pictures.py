"""Pictures to predict as bodies: one as it is, or several as the files of a form."""

from typing import Final

from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from learning.frame import Frame
from learning.model import Model
from service.http.errors import ProblemError
from service.services import Context
from tables import BadCells, frame_from_rows

FORM: Final = "multipart/form-data"
IMAGES: Final = ("image/jpeg", "image/png", "image/webp", "image/gif", "image/bmp")
MAX_PARTS: Final = 1_000


def read_pictures(context: Context, model: Model, bad: BadCells | None) -> Frame:
    """The rows of a body that is a picture, or a form of pictures: each is a row, whose other columns are missing.

    Raises:
        ProblemError: `unsupported-media-type`, if the model takes no picture; `unreadable-body`.
        BadRows: one is no picture, unless `bad` collects such.
    """
    names = list(model.image_shapes)
    if not names:
        raise ProblemError(
            "unsupported-media-type",
            "The model takes no picture: it predicts from "
            f"{', '.join(column.name for column in model.inputs[:10])}. Send rows as application/json or text/csv.",
        )
    files = _read_form(context) if context.media_type == FORM else [context.raw_body]
    return frame_from_rows([{names[0]: file} for file in files], model.inputs, bad=bad)


def _read_form(context: Context) -> list[bytes]:
    """The files of a form, in order."""
    boundary = context.request.mimetype_params.get("boundary", "")
    if not (0 < len(boundary) <= 200 and boundary.isascii()):
        raise ProblemError("unreadable-body", "The Content-Type of a form needs a boundary.")
    decoder = MultipartDecoder(boundary.encode(), max_parts=MAX_PARTS)
    decoder.receive_data(context.raw_body)
    decoder.receive_data(None)
    files, parts = list[bytes](), list[bytes]()
    is_file = False
    try:
        while not isinstance(event := decoder.next_event(), Epilogue | NeedData):
            if isinstance(event, File | Field):
                is_file, parts = isinstance(event, File), []
            elif isinstance(event, Data):
                parts.append(event.data)
                if is_file and not event.more_data:
                    files.append(b"".join(parts))
    except ValueError as error:
        raise ProblemError("unreadable-body", f"The form is malformed: {str(error)[:200]}.") from error
    if not files:
        raise ProblemError("unreadable-body", "The form has no file: send each picture as a part with a filename.")
    return files
