"""Models: predict, evaluate, explain, and move an alias from one version to another."""

from collections.abc import Iterator, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, Literal, cast

from contract.model_insight import (
    DependenceResponse,
    EvaluationResponse,
    ExplanationResponse,
    ImportanceResponse,
    MistakeKind,
    MistakeResponse,
    MistakesResponse,
)
from contract.responses import AliasResponse, ModelResponse, PredictionResponse
from gradus.transport import A, Resource, quote_segment
from gradus.upload import LocalFileError

Row = Mapping[str, object]


class Models(Resource):
    """The models of one owner.

    `ref` is an id, a name (its newest version), `name:3`, or `name@alias`; if there is no such model, NotFound is
    raised. Rows are one or several; a missing cell may be left out or None. A column that the model does not know, or
    a value of the wrong type, raises Invalid, whose `errors` name them.
    """

    def predict(self, ref: str, rows: Row | Sequence[Row] | str | PathLike[str] | bytes) -> PredictionResponse:
        """A prediction for each row, in their order, and warnings about rows that are unlike those of training.

        The rows may be the path of a CSV file with a header, or such a file's bytes.
        """
        if isinstance(rows, str | PathLike | bytes):
            return self._request(PredictionResponse, "POST", ref, "predict", **_csv_request(rows))
        body = dict(rows) if isinstance(rows, Mapping) else {"rows": list_rows(rows)}
        return self._request(PredictionResponse, "POST", ref, "predict", json=body)

    def predict_csv(self, ref: str, rows: str | PathLike[str] | bytes) -> bytes:
        """The same for a CSV file or its bytes, with CSV for an answer."""
        request = _csv_request(rows, accept="text/csv")
        return self._transport.request("POST", _model_path(ref, "predict"), **request).content

    def evaluation(self, ref: str, *, split: Literal["validation", "test"] = "validation") -> EvaluationResponse:
        """How good a model is on the rows kept back when it was trained; raises GradusError if there are none."""
        return self._request(EvaluationResponse, "GET", ref, "evaluation", params={"split": split})

    def evaluate(self, ref: str, dataset_id: str) -> EvaluationResponse:
        """How good a model is on another dataset, whose columns must fit."""
        return self._request(EvaluationResponse, "POST", ref, "evaluate", json={"dataset_id": dataset_id})

    def mistakes(
        self,
        ref: str,
        *,
        kind: MistakeKind = "worst",
        split: Literal["validation", "test", "train", "all"] | None = None,
        limit: int = 20,
    ) -> Sequence[MistakeResponse]:
        """The rows that a model gets most wrong, is unsure of, or whose label is suspect, with their lines in the file.

        They are rows of the split; by default of all for `suspect_label`, else of validation.
        """
        params = {"kind": kind, "limit": limit, "split": split}
        return self._request(MistakesResponse, "GET", ref, "mistakes", params=params).data

    def explain(self, ref: str, rows: Row | Sequence[Row], *, label: str | None = None) -> ExplanationResponse:
        """What moved the prediction for each of up to 100 rows, and by how much, in the columns that were uploaded.

        `label` is the class whose probability is explained; by default the predicted one.
        """
        body = {"rows": list_rows(rows), **({} if label is None else {"label": label})}
        return self._request(ExplanationResponse, "POST", ref, "explain", json=body)

    def importance(self, ref: str) -> ImportanceResponse:
        """Which columns a model's answers depend on, the most important first."""
        return self._request(ImportanceResponse, "GET", ref, "importance")

    def partial_dependence(self, ref: str, column: str, *, label: str | None = None) -> DependenceResponse:
        """How a model's answers change with one column; `label` is the class whose probability is told."""
        params = {"column": column, "label": label}
        return self._request(DependenceResponse, "GET", ref, "partial-dependence", params=params)

    def list(self) -> Iterator[ModelResponse]:
        """All models, newest first."""
        return self._transport.paginate(ModelResponse, "/v1/models")

    def get(self, ref: str) -> ModelResponse:
        """One model."""
        return self._request(ModelResponse, "GET", ref)

    def delete(self, ref: str) -> None:
        """Delete one version, and the aliases that point to it."""
        self._transport.request("DELETE", _model_path(ref))

    def schema(self, ref: str) -> dict[str, Any]:
        """The JSON Schema of one row to predict from, with an example."""
        return cast("dict[str, Any]", self._transport.request("GET", _model_path(ref, "schema")).json())

    def weights(self, ref: str, *, format: Literal["npz", "safetensors"] = "npz") -> bytes:  # noqa: A002 - its name in the API
        """The weights as a file that NumPy or safetensors opens."""
        return self._transport.request("GET", _model_path(ref, "weights"), params={"format": format}).content

    def set_alias(self, name: str, alias: str, version: int) -> AliasResponse:
        """Point an alias to a version; within half a second it serves that version."""
        return self._request(AliasResponse, "PUT", name, "aliases", alias, json={"version": version})

    def remove_alias(self, name: str, alias: str) -> None:
        """Remove an alias; the version stays."""
        self._transport.request("DELETE", _model_path(name, "aliases", alias))

    def _request(self, shape: type[A], method: str, ref: str, *below: str, **request: Any) -> A:
        return self._transport.request_model(shape, method, _model_path(ref, *below), **request)


def list_rows(rows: Row | Sequence[Row]) -> Sequence[dict[str, object]]:
    """One row or several, as JSON."""
    return [dict(row) for row in ([rows] if isinstance(rows, Mapping) else rows)]


def _model_path(*segments: str) -> str:
    return "/".join(["/v1/models", *map(quote_segment, segments)])


def _csv_request(rows: str | PathLike[str] | bytes, accept: str = "application/json") -> dict[str, Any]:
    try:
        content = rows if isinstance(rows, bytes) else Path(rows).read_bytes()
    except OSError as error:
        raise LocalFileError(f"{error.filename}: {error.strerror}") from error
    return {"headers": {"Content-Type": "text/csv", "Accept": accept}, "body": lambda: content}
