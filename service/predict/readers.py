"""Readers of rows to predict, one for each media type of a body."""

from typing import Final, Literal
from weakref import WeakKeyDictionary

from pydantic import Field

from learning.frame import Frame
from learning.model import Model
from service.http.csv_output import CSV
from service.http.pagination import Query
from service.picture_bodies import PICTURES, read_pictures
from service.predict.json_rows import ADVICE, JsonRows
from service.request_bodies.strict_rows import WRAPPED, refuse_bad_rows
from service.services import Context
from tables import BadCells, BadRows, frame_from_csv


class PredictQuery(Query):
    """What becomes of columns and cells that do not fit."""

    unknown: Literal["refuse", "ignore"] = Field(
        default="refuse", description="Columns that the model has not: refused, or passed over."
    )
    bad_rows: Literal["refuse", "skip"] = Field(
        default="refuse",
        description="Rows with a cell that cannot be read: all are refused, or the prediction of each is null, and "
        "`errors` names the cells.",
    )
    interval: float | None = Field(
        default=None,
        gt=0,
        lt=1,
        description="A coverage, such as 0.9: numbers get an interval, classes a set, that holds what comes true as "
        "often as that.",
    )
    record: bool = Field(
        default=False,
        description="Whether each prediction gets an id and is recorded, for feedback and monitoring; at most 1,000.",
    )


JSON: Final = "application/json"

_json_rows: Final[WeakKeyDictionary[Model, JsonRows]] = WeakKeyDictionary()
"""Readers of JSON by their models, as making their decoders takes longer than reading a row."""


def read_rows(context: Context, model: Model, query: PredictQuery) -> tuple[Frame, BadCells | None]:
    """The rows of a request's body as the columns that a model takes, and the faults in them, if these are skipped.

    Raises:
        ProblemError: `unreadable-json` or `invalid`, with the place of each fault.
        TooManyRows: the rows have too many cells, be they there or missing.
        UnreadableFile: it is no delimited file with at least one row.
    """
    bad = BadCells(is_allowed=True) if query.bad_rows == "skip" else None
    if context.media_type in PICTURES:
        try:
            return read_pictures(context, model.inputs, bad), bad
        except BadRows as refused:
            raise refuse_bad_rows(refused, WRAPPED, ADVICE) from None
    ignore_unknown, outputs = query.unknown == "ignore", len(model.header.output_names)
    if context.media_type == CSV:
        data, inputs, ignored = context.raw_body, model.inputs, model.ignored
        try:
            return frame_from_csv(data, inputs, ignored, outputs, ignore_unknown=ignore_unknown, bad=bad), bad
        except BadRows as refused:
            raise refuse_bad_rows(refused, WRAPPED, ADVICE) from None
    reader = _json_rows.get(model)
    if reader is None:
        reader = _json_rows[model] = JsonRows(model.inputs, model.ignored, outputs)
    return reader.read(context.raw_body, ignore_unknown=ignore_unknown, bad=bad), bad
