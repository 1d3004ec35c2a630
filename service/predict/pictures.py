"""Pictures to predict as bodies: one as it is, or several as the files of a form."""

from typing import Final

from learning.frame import Frame
from learning.model import Model
from service.http.errors import ProblemError
from service.request_bodies.multipart import read_files
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
    files = [context.raw_body]
    if context.media_type == FORM:
        files = read_files(context.request, context.raw_body, MAX_PARTS)
        if not files:
            raise ProblemError("unreadable-body", "The form has no file: send each picture as a part with a filename.")
    return frame_from_rows([{names[0]: file} for file in files], model.inputs, bad=bad)
