"""Predict: rows in, what a model says of them out. The path that other programs call thousands of times a second.

Which model a name means is kept for half a second, so that a moved alias serves within that; the model itself is kept
in memory.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from flask import Response
from pydantic import RootModel

from contract.responses import FieldError, PredictionResponse
from contract.specs import FreeText, OneLine, StrictModel
from learning.encoding.columns import InputColumn
from learning.frame import Frame
from learning.model import Model
from service.http.errors import Refused
from service.http.responses import Whole
from service.http.routing import Call, Routes
from service.http.validation_errors import headline
from service.predict.csv_output import CSV, prefers_csv
from service.predict.json_rows import PIECE_BYTES, read_rows, reader_of
from service.predict.responses import MAX_WARNINGS, encode_prediction_csv, encode_prediction_json
from service.request_bodies import reading as bodies
from service.request_bodies.strict_json import ERRORS_AT_MOST, clipped, escaped
from store.models import models
from store.models.lookup import ResolvedModel
from tables import BadCell, BadRows, frame_from_csv, frame_from_rows

routes = Routes("predict", "Ask a model.")

JSON: Final = "application/json"
FEW_BYTES: Final = 2**16
"""A body up to here is answered in a moment; whoever sends more makes nobody wait."""


RowToPredict = dict[OneLine, bool | int | float | FreeText | None]


class RowsRequest(StrictModel):
    """Rows to predict; a column that a row leaves out, or that is null, is imputed as in training."""

    rows: list[RowToPredict]


class PredictRequest(RootModel[RowsRequest | RowToPredict]):
    """Rows, or a bare row."""


@routes.post(
    "/v1/models/{ref}/predict",
    scope="predict",
    summary="Predict",
    answer=PredictionResponse,
    takes=(JSON, CSV),
    forms={JSON: PredictRequest},
    gives=(JSON, CSV),
    problems=("not-found",),
    example={"rows": [{"sqft": 1200, "prefarea": "yes"}]},
    brief=True,
)
def predict(call: Call, ref: str) -> Response | Whole:
    """`{"rows": [{…}, …]}`, a bare row `{…}`, or CSV with a header; with `Accept: text/csv` the answer is CSV.

    A missing value is imputed as in training. A category that training never saw, and a number outside the range that
    it saw, are answered and named in `warnings`. An unknown column or a value of the wrong type is refused.
    """
    bodies.plain(call.request)
    limit = call.backing.settings.max_body_bytes
    length = bodies.expected(call.request, limit)
    if length is None or length > FEW_BYTES or call.media_type != JSON:
        call.backing.turn.leave()
        served, model = load_model(call, ref)
        return _answer(call, _sent(call, limit, model), served, model)
    raw = bodies.whole(call.request, limit)
    served, model = load_model(call, ref)
    with call.backing.turn:
        return _answer(call, _frame(JSON, raw, model), served, model)


def load_model(call: Call, ref: str) -> tuple[ResolvedModel, Model]:
    """The model that a ref means now, ready to predict.

    Raises:
        NotFound: there is none.
    """
    served = call.backing.refs.resolve(call.owner, ref)

    def fetch() -> bytes:
        with call.reading() as s:
            return models.get_weights(s, served.id)

    return served, call.backing.models.get(served.id, fetch)


def read_json_frame(
    rows: Sequence[Mapping[str, object]],
    inputs: Sequence[InputColumn],
    ignored: Collection[str],
    at: Callable[[int], str],
) -> Frame:
    """Rows as the columns that a net wants; `at` says where in the body a row of this number stands.

    Raises:
        Refused: `invalid`, with each place.
    """
    try:
        return frame_from_rows(rows, inputs, ignored)
    except BadRows as bad:
        raise _misfit(bad, at) from None


def _answer(call: Call, frame: Frame, served: ResolvedModel, model: Model) -> Response | Whole:
    predictions = model.predict(frame)
    call.backing.metrics.predicted_rows.inc(frame.rows)
    if prefers_csv(call.request):
        doubts = model.find_warnings(frame, limit=frame.rows * len(model.inputs))
        return Response(encode_prediction_csv(predictions, doubts), content_type=CSV)
    doubts = model.find_warnings(frame, limit=MAX_WARNINGS + 1)
    turn = call.backing.turn
    return Whole(encode_prediction_json(served, predictions, doubts), JSON, turn.rest if turn.crowded else None)


def _sent(call: Call, limit: int, model: Model) -> Frame:
    """The rows of a body that may be large."""
    if call.media_type == CSV:
        return _frame(CSV, bodies.whole(call.request, limit), model)
    with bodies.chunks(call.request, limit, PIECE_BYTES) as chunks:
        frame, raw = reader_of(model).frame_of(chunks)
    return _frame(JSON, raw, model) if frame is None else frame


def _frame(media_type: str, raw: bytes, model: Model) -> Frame:
    bare = False
    try:
        if media_type == CSV:
            return frame_from_csv(raw, model.inputs, model.ignored)
        if (frame := reader_of(model).frame(raw)) is not None:
            return frame
        rows, bare = read_rows(raw)
        return frame_from_rows(rows, model.inputs, model.ignored)
    except BadRows as bad:
        raise _misfit(bad, lambda row: "#" if bare else f"#/rows/{row}") from None


def _misfit(bad: BadRows, at: Callable[[int], str]) -> Refused:
    errors = [_error(cell, at(cell.row)) for cell in bad.errors[:ERRORS_AT_MOST]]
    return Refused("invalid", headline(errors), errors=errors)


def _error(cell: BadCell, row: str) -> FieldError:
    return FieldError(
        pointer=row if cell.column is None else f"{row}/{escaped(cell.column)}",
        detail=cell.detail,
        code=cell.code,
        given=clipped(cell.value),
        suggestion=cell.suggestion,
    )
