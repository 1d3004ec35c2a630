"""Predict: rows in, predictions out. The path that other programs call thousands of times a second.

Which model a reference means is cached for half a second, so that a moved alias serves within that; the model itself as
long as there is room.
"""

from flask import Response
from pydantic import RootModel

from contract.responses import PredictionResponse
from contract.specs import RowToPredict, StrictModel
from service.http.csv_output import CSV, prefers_csv
from service.http.responses import RawResponse
from service.http.routing import Routes
from service.picture_bodies import FORM, IMAGES
from service.predict.prediction import predict_frame
from service.predict.readers import JSON, PredictQuery, read_rows
from service.prediction_log import record_predictions, require_few_rows
from service.predictions import MAX_CSV_WARNINGS, MAX_WARNINGS, encode_prediction_csv, encode_prediction_json
from service.services import Context, load_model

routes = Routes("predict", "Predictions of a model.")


class RowsRequest(StrictModel):
    """Rows to predict; a column that a row leaves out, or that is null, is imputed as in training."""

    rows: list[RowToPredict]


class PredictRequest(RootModel[RowsRequest | list[RowToPredict] | RowToPredict]):
    """Rows, a list of them, or a bare row."""


@routes.post(
    "/v1/models/{ref}/predict",
    scope="predict",
    summary="Predict",
    large_body=True,
    response_model=PredictionResponse,
    consumes=(JSON, CSV, *IMAGES, FORM),
    body_models={JSON: PredictRequest},
    produces=(JSON, CSV),
    problems=("not-found", "no-coverage", "not-for-task"),
    example={"rows": [{"sqft": 1200, "prefarea": "yes"}]},
)
def predict(context: Context, ref: str, query: PredictQuery) -> Response | RawResponse:
    """`{"rows": [{…}, …]}`, `[{…}, …]`, a bare row `{…}`, or CSV with a header; with `Accept: text/csv` it answers CSV.

    Of a model that sees pictures also one as it is, or several as the files of a form; in JSON a picture is a cell of
    base64, best as a `data:` address.

    A missing value is imputed as in training. A category that training never saw, and a number outside the range that
    it saw, are answered and named in `warnings`. An unknown column or a value of the wrong type is refused, unless the
    query says otherwise; a column without a name that numbers the rows is passed over.

    With `interval` numbers have an interval and classes a set by conformal prediction; `coverage` says what it
    promises, and by how many rows. With `record=true` each has an id in `ids`, by which one can say what came true.
    """
    resolved, model = load_model(context, ref)
    rows, bad = read_rows(context, model, query)
    if query.record:
        require_few_rows(rows.rows)
    if prefers_csv(context.request):
        predictions, warnings = predict_frame(context, model, rows, MAX_CSV_WARNINGS + 1, query.interval)
        ids = record_predictions(context, resolved, model, rows, predictions, bad=bad) if query.record else None
        return Response(encode_prediction_csv(predictions, warnings, bad, ids), content_type=CSV)
    predictions, warnings = predict_frame(context, model, rows, MAX_WARNINGS + 1, query.interval)
    promise = None if query.interval is None else model.header.calibration.promise(query.interval)
    ids = record_predictions(context, resolved, model, rows, predictions, bad=bad) if query.record else None
    return RawResponse(encode_prediction_json(resolved, predictions, warnings, bad, promise=promise, ids=ids), JSON)
