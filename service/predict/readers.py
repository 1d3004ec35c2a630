"""Readers of rows to predict, one for each media type of a body."""

from typing import Final
from weakref import WeakKeyDictionary

from learning.frame import Frame
from learning.model import Model
from service.http.csv_output import CSV
from service.predict.json_rows import JsonRows
from service.request_bodies.strict_rows import refuse_bad_rows
from service.services import Context
from tables import BadRows, frame_from_csv

JSON: Final = "application/json"

_json_rows: Final[WeakKeyDictionary[Model, JsonRows]] = WeakKeyDictionary()
"""Readers of JSON by their models, as making their decoders takes longer than reading a row."""


def read_rows(context: Context, model: Model) -> Frame:
    """The rows of a request's body as the columns that a model takes.

    Raises:
        ProblemError: `unreadable-json` or `invalid`, with the place of each fault.
        TooManyRows: the rows have too many cells, be they there or missing.
        UnreadableFile: it is no delimited file with at least one row.
    """
    if context.media_type == CSV:
        try:
            return frame_from_csv(context.raw_body, model.inputs, model.ignored, len(model.classes or [model.target]))
        except BadRows as bad:
            raise refuse_bad_rows(bad, "#/rows/{}".format) from None
    reader = _json_rows.get(model)
    if reader is None:
        reader = _json_rows[model] = JsonRows(model.inputs, model.ignored, len(model.classes or [model.target]))
    return reader.read(context.raw_body)
