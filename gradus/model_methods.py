"""What can be asked of a model by its reference: predictions, an evaluation, explanations, texts."""

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any, Literal, cast

from contract.evaluation import EvaluationResponse, SlicesResponse
from contract.model_insight import (
    ConfusionRowResponse,
    ConfusionRowsResponse,
    DependenceResponse,
    ExplanationResponse,
    ImportanceResponse,
    MistakeKind,
    MistakeResponse,
    MistakesResponse,
)
from contract.monitoring import FeedbackResponse, MonitoringResponse
from contract.pictures import ModelFeatureMapsResponse
from contract.responses import (
    NextTokensResponse,
    PredictionResponse,
    RecommendationsResponse,
    SimilarItemsResponse,
)
from gradus.dataframes import AnyFrame, encode_frame, is_frame, is_pandas, list_frame_rows
from gradus.generations import TextStream
from gradus.photo_folder import is_picture
from gradus.row_bodies import make_csv_request, make_picture_request
from gradus.transport import A, Resource, quote_segment

Row = Mapping[str, object]
Rows = Row | Sequence[Row] | AnyFrame
UnknownColumns = Literal["refuse", "ignore"]
BadRows = Literal["refuse", "skip"]
ExportFormat = Literal["python", "onnx", "mlflow", "safetensors", "npz"]


class ModelMethods(Resource):
    """Methods that ask a model.

    `ref` is an id, a name (its newest version), `name:3`, or `name@alias`; NotFound is raised if there is no such
    model. Rows are one mapping or a sequence; a missing cell may be left out or None. An unknown column or a value of
    the wrong type raises Invalid, whose `errors` name each; `predict` ignores and skips them on request.
    """

    def predict(
        self,
        ref: str,
        rows: Rows | str | PathLike[str] | bytes,
        *,
        unknown: UnknownColumns = "refuse",
        bad_rows: BadRows = "refuse",
        interval: float | None = None,
        record: bool = False,
    ) -> PredictionResponse:
        """Predict each row, in order, with warnings about rows unlike those of training.

        Args:
            ref: the model.
            rows: rows, a data frame of pandas or polars, the path of a CSV file with a header, or its bytes; or that
                of a picture.
            unknown: `ignore` leaves out columns that the model has not.
            bad_rows: `skip` predicts None for a row with a cell that cannot be read; `errors` names these cells.
            interval: a coverage, such as 0.9: numbers get an interval, classes a set, that holds what comes true as
                often; `coverage` says what that rests on.
            record: whether each prediction gets an id in `ids` and is kept for `feedback` and `monitor`.
        """
        params = _make_query(unknown, bad_rows, interval, record=record)
        if isinstance(rows, str | PathLike) and is_picture(rows):
            return self.predict_pictures(ref, [rows], bad_rows=bad_rows, interval=interval, record=record)
        if is_pandas(rows):  # as it is uploaded
            rows = encode_frame(rows)[1]
        if isinstance(rows, str | PathLike | bytes):
            return self._request(PredictionResponse, "POST", ref, "predict", params=params, **make_csv_request(rows))
        body = dict(rows) if isinstance(rows, Mapping) else {"rows": list_rows(rows)}
        return self._request(PredictionResponse, "POST", ref, "predict", params=params, json=body)

    def predict_pictures(
        self,
        ref: str,
        pictures: Sequence[str | PathLike[str] | bytes],
        *,
        bad_rows: BadRows = "refuse",
        interval: float | None = None,
        record: bool = False,
    ) -> PredictionResponse:
        """Predict each picture, the path of a file or its bytes, by a model that sees pictures; options as above."""
        params = _make_query("refuse", bad_rows, interval, record=record)
        return self._request(
            PredictionResponse, "POST", ref, "predict", params=params, **make_picture_request(pictures)
        )

    def predict_csv(
        self,
        ref: str,
        rows: str | PathLike[str] | bytes,
        *,
        unknown: UnknownColumns = "refuse",
        bad_rows: BadRows = "refuse",
        interval: float | None = None,
        record: bool = False,
    ) -> bytes:
        """Predict the rows of a CSV file, or its bytes, as CSV.

        The options are those of `predict`; a row that is skipped has the reason in its last cell alone.
        """
        request = make_csv_request(rows, accept="text/csv")
        path, params = model_path(ref, "predict"), _make_query(unknown, bad_rows, interval, record=record)
        return self._transport.request("POST", path, params=params, **request).content

    def feedback(self, ref: str, actual: Mapping[str, Any]) -> FeedbackResponse:
        """Say what came true, by the ids of recorded predictions: a number, a class, or a number of each target."""
        return self._request(FeedbackResponse, "POST", ref, "feedback", json={"actual": dict(actual)})

    def monitor(self, ref: str, *, days: float = 30.0, rows: int = 1000) -> MonitoringResponse:
        """How a model does in use: accuracy of so many days, and drift of so many of the newest predictions."""
        return self._request(MonitoringResponse, "GET", ref, "monitoring", params={"days": days, "rows": rows})

    def recommend(
        self,
        ref: str,
        *,
        user: str | float | None = None,
        liked: Sequence[str | float | Mapping[str, Any]] | None = None,
        user_columns: Mapping[str, str | float] | None = None,
        limit: int = 10,
        exclude_seen: bool = True,
        exclude: Sequence[str | float] = (),
        filter: Mapping[str, Any] | None = None,  # noqa: A002 - its name in the API
    ) -> RecommendationsResponse:
        """Recommend items to a user, or to somebody who liked some; each comes with the nearest things chosen.

        Args:
            ref: the model.
            user: a user of the training rows; another gets what most like, and a warning.
            liked: what somebody liked, in place of a user; each may be `{"item": …, "rating": …}`.
            user_columns: what is known of somebody who has chosen nothing yet, by the table's columns of users.
            limit: the maximum number of items.
            exclude_seen: leave out what the user is known to have chosen.
            exclude: items to leave out.
            filter: what the items' columns have to be: a value, several, or `{"minimum": …, "maximum": …}`.
        """
        body: dict[str, Any] = {"limit": limit, "exclude_seen": exclude_seen, "exclude": [*exclude]}
        body |= {} if user is None else {"user": user}
        body |= {} if liked is None else {"liked": [*liked]}
        body |= {"user_columns": dict(user_columns)} if user_columns else {}
        body |= {} if filter is None else {"filter": dict(filter)}
        return self._request(RecommendationsResponse, "POST", ref, "recommend", json=body)

    def similar(self, ref: str, item: str, *, limit: int = 10) -> SimilarItemsResponse:
        """The items that are most like another one: those that the same users like."""
        return self._request(SimilarItemsResponse, "GET", ref, "similar", params={"item": item, "limit": limit})

    def generate(
        self,
        ref: str,
        prompt: str = "",
        *,
        max_tokens: int | None = None,
        temperature: float | None = None,
        top_k: int | None = None,
        top_p: float | None = None,
        seed: int | None = None,
        stop: Sequence[str] | None = None,
        log_probabilities: int | None = None,
    ) -> TextStream:
        """Write on after a prompt, by a model that writes; iterate over it for the pieces as they come.

        `wait()` of it is the whole answer. What is None is as the server has it.

        Args:
            ref: the model.
            prompt: what is there already, of which the net sees the end.
            max_tokens: the most tokens to write; 200.
            temperature: below 1 probable tokens become more so, above 1 less; 0.8. 0: always the most probable one.
            top_k: draw from so many of the most probable tokens.
            top_p: draw from the most probable tokens that together have this probability.
            seed: the same one writes the same text; 0.
            stop: texts before which to stop.
            log_probabilities: tell each token, and so many of the most probable ones at its place.
        """
        options = {
            "max_tokens": max_tokens,
            "temperature": temperature,
            "top_k": top_k,
            "top_p": top_p,
            "seed": seed,
            "stop": None if stop is None else [*stop],
            "log_probabilities": log_probabilities,
        }
        given = {name: value for name, value in options.items() if value is not None}
        return TextStream(self._transport, model_path(ref, "generate"), {"prompt": prompt, **given})

    def next_tokens(self, ref: str, text: str, *, top: int = 5, attention: bool = False) -> NextTokensResponse:
        """What a model that writes expects at each place of a text, and after it.

        Args:
            ref: the model.
            text: the text, of which the net sees the end.
            top: how many of the most probable tokens are told at each place.
            attention: tell also how much each token looks at each one before it, by layer and head.
        """
        body = {"text": text, "top": top, "attention": attention}
        return self._request(NextTokensResponse, "POST", ref, "next-tokens", json=body)

    def evaluation(self, ref: str, *, split: Literal["validation", "test"] = "validation") -> EvaluationResponse:
        """The evaluation of a model on the held-out rows of its training; raises GradusError if there are none."""
        return self._request(EvaluationResponse, "GET", ref, "evaluation", params={"split": split})

    def evaluate(self, ref: str, dataset_id: str) -> EvaluationResponse:
        """Evaluate a model on another dataset, which must have its columns."""
        return self._request(EvaluationResponse, "POST", ref, "evaluate", json={"dataset_id": dataset_id})

    def slices(
        self, ref: str, *, split: Literal["validation", "test"] = "validation", limit: int = 20
    ) -> SlicesResponse:
        """The slices of held-out rows, by values and ranges of each column: where the model is worse than elsewhere.

        The most surely worse comes first; the bounds of all differences hold together.
        """
        return self._request(SlicesResponse, "GET", ref, "slices", params={"split": split, "limit": limit})

    def mistakes(
        self,
        ref: str,
        *,
        kind: MistakeKind = "worst",
        split: Literal["validation", "test", "train", "all"] | None = None,
        limit: int = 20,
    ) -> Sequence[MistakeResponse]:
        """Hard examples: rows with the largest loss, uncertain predictions or suspect labels, with their lines.

        They are rows of the split; by default of all splits for `suspect_label`, else of validation.
        """
        params = {"kind": kind, "limit": limit, "split": split}
        return self._request(MistakesResponse, "GET", ref, "mistakes", params=params).data

    def confusion(
        self,
        ref: str,
        actual: str,
        predicted: str,
        *,
        split: Literal["validation", "test"] = "validation",
        limit: int = 20,
    ) -> Sequence[ConfusionRowResponse]:
        """The held-out rows of the class `actual` that were predicted as `predicted`, the largest loss first."""
        params = {"actual": actual, "predicted": predicted, "split": split, "limit": limit}
        return self._request(ConfusionRowsResponse, "GET", ref, "confusion", params=params).data

    def explain(
        self, ref: str, rows: Rows, *, label: str | None = None, target: str | None = None
    ) -> ExplanationResponse:
        """Attribute the predictions of up to 100 rows to their columns, by integrated gradients.

        `label` is the class whose probability is explained, by default the predicted one; `target` one of several
        targets, by default the first.
        """
        chosen = {name: value for name, value in (("label", label), ("target", target)) if value is not None}
        body = {"rows": list_rows(rows), **chosen}
        return self._request(ExplanationResponse, "POST", ref, "explain", json=body)

    def saliency(self, ref: str, picture: str | PathLike[str] | bytes, *, label: str | None = None) -> bytes:
        """The saliency map of a picture, the path of a file or its bytes, as a PNG file to lay over it.

        Blue pixels raise the probability of `label`, by default the predicted class, and amber ones lower it.
        """
        request = make_picture_request([picture], accept="image/png")
        return self._transport.request("POST", model_path(ref, "explain"), params={"label": label}, **request).content

    def feature_maps(
        self, ref: str, picture: str | PathLike[str] | bytes, *, channels: int = 16
    ) -> ModelFeatureMapsResponse:
        """What each conv and pool layer makes of a picture, the path of a file or its bytes, as PNG files.

        Of each layer at most so many channels are shown, those with the largest spread.
        """
        request = make_picture_request([picture])
        return self._request(
            ModelFeatureMapsResponse, "POST", ref, "feature-maps", params={"channels": channels}, **request
        )

    def importance(self, ref: str) -> ImportanceResponse:
        """The permutation importance of a model's columns, the most important first."""
        return self._request(ImportanceResponse, "GET", ref, "importance")

    def partial_dependence(
        self, ref: str, column: str, *, label: str | None = None, target: str | None = None
    ) -> DependenceResponse:
        """The partial dependence of predictions on a column.

        `label` is the class whose probability is predicted, `target` one of several targets.
        """
        params = {"column": column, "label": label, "target": target}
        return self._request(DependenceResponse, "GET", ref, "partial-dependence", params=params)

    def schema(self, ref: str) -> dict[str, Any]:
        """The JSON Schema of one row to predict from, with an example."""
        return cast("dict[str, Any]", self._transport.request("GET", model_path(ref, "schema")).json())

    def weights(self, ref: str, *, format: Literal["npz", "safetensors"] = "npz") -> bytes:  # noqa: A002 - its name in the API
        """The weights as a file that NumPy or safetensors opens."""
        return self._transport.request("GET", model_path(ref, "weights"), params={"format": format}).content

    def export(self, ref: str, *, format: ExportFormat = "python") -> bytes:  # noqa: A002 - its name in the API
        """The model as a file for other programs.

        `python` is one file that predicts and needs nothing but Python, `onnx` a graph with an input for each column,
        `mlflow` a ZIP of a folder that MLflow loads; the others have the weights. Invalid is raised if the format
        cannot have the model, with those that can.
        """
        return self._transport.request("GET", model_path(ref, "export"), params={"format": format}).content

    def _request(self, shape: type[A], method: str, ref: str, *below: str, **request: Any) -> A:
        return self._transport.request_model(shape, method, model_path(ref, *below), **request)


def list_rows(rows: Rows) -> Sequence[dict[str, object]]:
    """One row, several, or a data frame, as JSON."""
    if is_frame(rows):
        return list_frame_rows(rows)
    return [dict(row) for row in cast("Sequence[Row]", [rows] if isinstance(rows, Mapping) else rows)]


def model_path(*segments: str) -> str:
    """The path of a model, or of what lies below it."""
    return "/".join(["/v1/models", *map(quote_segment, segments)])


def _make_query(
    unknown: UnknownColumns, bad_rows: BadRows, interval: float | None, *, record: bool
) -> dict[str, str | None]:
    """Query parameters of a prediction; those that are the default are None."""
    given = {"unknown": unknown, "bad_rows": bad_rows}
    query: dict[str, str | None] = {name: None if value == "refuse" else value for name, value in given.items()}
    return {**query, "interval": None if interval is None else repr(interval), "record": "true" if record else None}
