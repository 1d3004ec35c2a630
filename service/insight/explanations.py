"""Explanations of a model: attributions of a prediction, permutation importance, and partial dependence."""

from typing import Annotated, Any, Final, cast

import msgspec
import numpy as np
from flask import Response
from pydantic import Field, RootModel

from contract.model_insight import DependenceResponse, ExplanationResponse, ImportanceResponse
from contract.responses import FieldError, rfc3339
from contract.specs import OneLine, RowToPredict, StrictModel
from learning.array_bytes import decode_array
from learning.errors import UnusableColumn
from learning.frame import Column, DatetimeColumn, Frame
from learning.insight.explanations import Explanation
from learning.insight.explanations import explain as compute_explanations
from learning.insight.partial_dependence import compute_partial_dependence
from learning.insight.word_contributions import attribute_words
from learning.model import Model
from service.drawings import draw_saliency, to_address
from service.feature_maps import require_image_column
from service.http.errors import ProblemError
from service.http.pagination import Query
from service.http.responses import json_response
from service.http.routing import Routes
from service.http.strict_json import shorten
from service.insight.output_choice import choose_label, create_output_error, find_class_index, find_target_index
from service.insight.stored_insights import load_insights
from service.picture_bodies import FORM, IMAGES, PICTURES, parse_small_json, read_sound_pictures
from service.request_bodies.strict_rows import build_frame, check_rows
from service.services import Context, load_model, require_few_products
from tables import RowLimit

routes = Routes("explanations", "Attributions, feature importance and partial dependence.")

JSON: Final = "application/json"
PNG: Final = "image/png"
MAX_ROWS: Final = 100
MAX_CELLS: Final = 2**16
"""The most contributions in a response, which has one for each input of each row."""
MAX_PRODUCTS: Final = 2**26
"""The most rows times weights of the net: each product is computed a hundred times."""


class RowsToExplain(StrictModel):
    """Rows to explain; a column that a row leaves out, or that is null, is imputed as in training."""

    rows: Annotated[list[RowToPredict], Field(max_length=MAX_ROWS)]
    label: OneLine | None = Field(
        default=None, description="The class to explain; by default the one that is predicted."
    )
    target: OneLine | None = Field(default=None, description="Of several targets the one to explain; else the first.")


class ExplainRequest(RootModel[RowsToExplain | RowToPredict]):
    """Rows, or a bare row."""


class ExplainQuery(Query):
    """The class and the target to explain, which beside rows may be in the body."""

    label: OneLine | None = Field(
        default=None, description="The class to explain; by default the one that is predicted."
    )
    target: OneLine | None = Field(default=None, description="Of several targets the one to explain; else the first.")


class DependenceQuery(Query):
    """The column to vary, and the class to report."""

    column: OneLine = Field(description="A column that the model predicts from.")
    label: OneLine | None = Field(
        default=None,
        description="The class whose probability is told; by default the second of two, else the likeliest on average.",
    )
    target: OneLine | None = Field(default=None, description="Of several targets the one to report; else the first.")


@routes.post(
    "/v1/models/{ref}/explain",
    scope="predict",
    summary="What moved the prediction for a row",
    response_model=ExplanationResponse,
    large_body=True,
    consumes=(JSON, *IMAGES, FORM),
    body_models={JSON: ExplainRequest},
    produces=(JSON, PNG),
    problems=("not-found", "no-insight", "not-for-task"),
    example={"rows": [{"sqft": 1200, "prefarea": "yes"}]},
)
def explain(context: Context, ref: str, query: ExplainQuery) -> Response:
    """`{"rows": [{…}, …], "label": "yes"}` with up to 100 rows, or a bare row `{…}`; rows are read as by predict.

    Integrated gradients from the average training row: contributions in the columns that were uploaded, in the units of
    the output, a probability or the target's.

    Of a model that sees pictures the body may be one, or a form of several, and each row has a saliency map: the
    contribution of each pixel, from a picture of the mean colour on. With `Accept: image/png` that of a single row is
    the answer, to lay over the picture.
    """
    served, model = load_model(context, ref)
    frame, label, target = _read_body(context, model, query)
    is_drawing = bool(model.image_shapes) and context.request.accept_mimetypes.best_match([JSON, PNG]) == PNG
    if is_drawing:
        require_image_column(model.header)
    if is_drawing and frame.rows != 1:
        raise ProblemError("invalid", f"The body has {frame.rows:,} rows, and a PNG file shows one; send one picture.")
    mean = decode_array(load_insights(context, served, ["mean"], "explanations")["mean"])
    predictions, _ = model.predict(frame, max_warnings=0)
    column = find_target_index(model, target, "#/target")
    if label is None:
        choices = predictions.choose(column)
    else:
        choices = np.full(frame.rows, find_class_index(model, label, "#/label"))
    arrays = model.header.inputs.encode_arrays(frame)
    attributions = compute_explanations(model.net, model.encoding, arrays, mean, choices)
    if is_drawing:
        return Response(draw_saliency(cast("Any", attributions[0].saliency)), content_type=PNG)
    predicted = predictions.list_predicted(column)
    explanations: list[dict[str, Any]] = [
        {
            "output": explanation.output,
            "baseline_output": explanation.baseline_output,
            "misses_by": explanation.misses_by,
            "predicted": predicted[row],
            "target": model.targets[column],
            "label": model.classes[choices[row]] if model.classes else None,
            "contributions": [
                {
                    "column": name,
                    "value": _cell_value(frame[name], row),
                    "contribution": contribution,
                    "words": _list_words(model, name, frame[name].cell(row), explanation),
                }
                for name, contribution in sorted(explanation.contributions.items(), key=lambda each: -abs(each[1]))
            ],
            "saliency": _describe_saliency(model, explanation),
        }
        for row, explanation in enumerate(attributions)
    ]
    return json_response(
        ExplanationResponse.model_validate(
            {
                "model_id": served.id,
                "name": served.name,
                "version": served.version,
                "explanations": explanations,
            }
        )
    )


def _list_words(model: Model, name: str, text: object, explanation: Explanation) -> list[dict[str, Any]] | None:
    """The fields of each `WordContribution` of a text; None of another column, and of a text that is missing."""
    if name not in explanation.terms or not isinstance(text, str):
        return None
    (encoder,) = [each for each in model.encoding.inputs.terms_encoders if each.name == name]
    return [word._asdict() for word in attribute_words(encoder, text, explanation.terms[name])]


def _describe_saliency(model: Model, explanation: Explanation) -> dict[str, Any] | None:
    """The fields of a `SaliencyMap`; None of a row without a picture."""
    if explanation.saliency is None:
        return None
    return {
        "column": next(iter(model.image_shapes)),
        "image": to_address(draw_saliency(explanation.saliency)),
        "largest": float(np.nan_to_num(np.abs(explanation.saliency)).max()),
    }


@routes.get(
    "/v1/models/{ref}/importance",
    scope="read",
    summary="Which columns a model depends on",
    problems=("not-found", "no-insight", "not-for-task"),
)
def importance(context: Context, ref: str) -> ImportanceResponse:
    """Permutation feature importance: the loss of score on validation rows with each column shuffled."""
    served = context.services.model_resolver.resolve(context.owner, ref)
    stored = msgspec.json.decode(load_insights(context, served, ["importance"], "importance")["importance"])
    return ImportanceResponse.model_validate({**stored, "model_id": served.id})


@routes.get(
    "/v1/models/{ref}/partial-dependence",
    scope="read",
    summary="How a model's answers change with one column",
    problems=("not-found", "no-insight", "not-for-task"),
)
def partial_dependence(context: Context, ref: str, query: DependenceQuery) -> DependenceResponse:
    """Partial dependence: mean and spread of predictions with each value of the column in turn, over up to 2,000 rows.

    They are rows of validation, and all their other columns stay as they are.
    """
    served, model = load_model(context, ref)
    x = decode_array(load_insights(context, served, ["sample"], "partial_dependence")["sample"])
    label = choose_label(model, x) if query.label is None else query.label
    column = find_target_index(model, query.target, "?target")
    choice = column if label is None else find_class_index(model, label, "?label")
    try:
        dependence = compute_partial_dependence(model.net, model.encoding, x, query.column, choice)
    except UnusableColumn as unusable:
        error = FieldError(
            pointer="?column", detail=unusable.detail, code="unusable_column", given=shorten(query.column)
        )
        raise ProblemError("invalid", f"{unusable.detail} {unusable.advice}".strip(), errors=[error]) from None
    is_moment = any(column.name == query.column and column.type == "datetime" for column in model.inputs)
    points = [
        {**vars(point), "value": rfc3339(cast("float", point.value)) if is_moment else point.value}
        for point in dependence.points
    ]
    return DependenceResponse.model_validate(
        {
            "model_id": served.id,
            "column": query.column,
            "target": model.targets[column],
            "label": label,
            "rows": dependence.rows,
            "points": points,
        }
    )


def _read_body(context: Context, model: Model, query: ExplainQuery) -> tuple[Frame, str | None, str | None]:
    """The rows to explain, and the label of the class and the target to explain, if given.

    Raises:
        ProblemError: `unreadable-json` or `invalid`; `body-too-large` for more rows than a net of its size explains.
        TooManyRows: the rows have too many cells, be they there or missing.
    """
    label, target = query.label, query.target
    if context.media_type in PICTURES:
        frame = read_sound_pictures(context, model.inputs)
        _require_few_rows(frame.rows, model)
        return frame, label, target
    tree = parse_small_json(context)
    if isinstance(tree, dict) and isinstance(cast("dict[str, Any]", tree).get("rows"), list | dict):
        body = cast("dict[str, Any]", tree)
        label, target = _pop_text(body, "label") or label, _pop_text(body, "target") or target
    rows, pointer = check_rows(cast("Any", tree))
    _require_few_rows(len(rows), model)
    return build_frame(rows, model.inputs, model.ignored, pointer), label, target


def _require_few_rows(rows: int, model: Model) -> None:
    if rows > MAX_ROWS:
        raise create_output_error("#/rows", f"has {rows:,} rows; send {MAX_ROWS} at a time", "too_long", rows)
    RowLimit(len(model.inputs), 0, MAX_CELLS).check(rows)
    require_few_products(rows, model, MAX_PRODUCTS)


def _pop_text(body: dict[str, Any], field: str) -> str | None:
    """Take a field that is text, if there, out of a body.

    Raises:
        ProblemError: `invalid`: it is something else.
    """
    value = body.pop(field, None)
    if value is not None and not isinstance(value, str):
        raise create_output_error(f"#/{field}", "must be text", "string_type", value)
    return value


def _cell_value(column: Column, row: int) -> object:
    """A cell of a frame as a JSON value; None if it is missing."""
    value = column.cell(row)
    return rfc3339(value) if isinstance(column, DatetimeColumn) and isinstance(value, float) else value
