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
from gradus.transport import Transport, quote_segment
from gradus.upload import LocalFileError

Row = Mapping[str, object]


class Models:
    """The models of one owner. `ref` is an id, a name (its newest version), `name:3`, or `name@alias`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def predict(self, ref: str, rows: Row | Sequence[Row] | str | PathLike[str] | bytes) -> PredictionResponse:
        """A prediction for each row, in their order, and warnings about rows that are unlike those of training.

        Args:
            ref: which model.
            rows: one row, several, the path of a CSV file with a header, or such a file's bytes. A missing cell may be
                left out or None.

        Raises:
            NotFound: there is no such model.
            Invalid: a column that the model does not know, or a value of the wrong type; `errors` names them.
        """
        if isinstance(rows, str | PathLike | bytes):
            return self._transport.request_model(PredictionResponse, "POST", _predict_path(ref), **_csv_request(rows))
        body = dict(rows) if isinstance(rows, Mapping) else {"rows": [dict(row) for row in rows]}
        return self._transport.request_model(PredictionResponse, "POST", _predict_path(ref), json=body)

    def predict_csv(self, ref: str, rows: str | PathLike[str] | bytes) -> bytes:
        """The same for a CSV file or its bytes, with CSV for an answer.

        Raises:
            NotFound: there is no such model.
            Invalid: a column that the model does not know, or a value of the wrong type; `errors` names them.
        """
        return self._transport.request("POST", _predict_path(ref), **_csv_request(rows, accept="text/csv")).content

    def evaluation(self, ref: str, *, split: Literal["validation", "test"] = "validation") -> EvaluationResponse:
        """How good a model is on the rows that were kept back when it was trained.

        Raises:
            NotFound: there is no such model.
            GradusError: nothing was kept of it, or there were no such rows.
        """
        return self._transport.request_model(
            EvaluationResponse, "GET", _model_path(ref, "evaluation"), params={"split": split}
        )

    def evaluate(self, ref: str, dataset_id: str) -> EvaluationResponse:
        """How good a model is on another dataset.

        Raises:
            NotFound: there is no such model or dataset.
            Invalid: the dataset does not fit the model.
        """
        return self._transport.request_model(
            EvaluationResponse, "POST", _model_path(ref, "evaluate"), json={"dataset_id": dataset_id}
        )

    def mistakes(
        self,
        ref: str,
        *,
        kind: MistakeKind = "worst",
        split: Literal["validation", "test", "train", "all"] | None = None,
        limit: int = 20,
    ) -> Sequence[MistakeResponse]:
        """The rows that a model gets most wrong, is unsure of, or whose label is suspect, with their lines in the file.

        Args:
            ref: which model.
            kind: why they are of interest.
            split: of which rows; None: of all for `suspect_label`, else of validation.
            limit: how many at most.
        """
        params = {"kind": kind, "limit": limit, **({} if split is None else {"split": split})}
        return self._transport.request_model(MistakesResponse, "GET", _model_path(ref, "mistakes"), params=params).data

    def explain(self, ref: str, rows: Row | Sequence[Row], *, label: str | None = None) -> ExplanationResponse:
        """What moved the prediction for each row, and by how much, in the columns that were uploaded.

        Args:
            ref: which model.
            rows: one row, or up to a hundred.
            label: the class whose probability is explained; None: the predicted one.

        Raises:
            NotFound: there is no such model.
            Invalid: a column or class that the model does not know, or a value of the wrong type.
        """
        listed = [rows] if isinstance(rows, Mapping) else rows
        body = {"rows": [dict(row) for row in listed], **({} if label is None else {"label": label})}
        return self._transport.request_model(ExplanationResponse, "POST", _model_path(ref, "explain"), json=body)

    def importance(self, ref: str) -> ImportanceResponse:
        """Which columns a model's answers depend on, the most important first."""
        return self._transport.request_model(ImportanceResponse, "GET", _model_path(ref, "importance"))

    def partial_dependence(self, ref: str, column: str, *, label: str | None = None) -> DependenceResponse:
        """How a model's answers change with one column; `label` is the class whose probability is told."""
        wanted = {"column": column, **({} if label is None else {"label": label})}
        return self._transport.request_model(
            DependenceResponse, "GET", _model_path(ref, "partial-dependence"), params=wanted
        )

    def list(self) -> Iterator[ModelResponse]:
        """All models, newest first."""
        return self._transport.paginate(ModelResponse, "/v1/models")

    def get(self, ref: str) -> ModelResponse:
        """One model.

        Raises:
            NotFound: there is no such model.
        """
        return self._transport.request_model(ModelResponse, "GET", f"/v1/models/{quote_segment(ref)}")

    def delete(self, ref: str) -> None:
        """Delete one version, and the aliases that point to it."""
        self._transport.request("DELETE", f"/v1/models/{quote_segment(ref)}")

    def schema(self, ref: str) -> dict[str, Any]:
        """The JSON Schema of one row to predict from, with an example."""
        return cast("dict[str, Any]", self._transport.request("GET", f"/v1/models/{quote_segment(ref)}/schema").json())

    def weights(self, ref: str, *, format: Literal["npz", "safetensors"] = "npz") -> bytes:  # noqa: A002 - its name in the API
        """The weights as a file that NumPy or safetensors opens."""
        return self._transport.request(
            "GET", f"/v1/models/{quote_segment(ref)}/weights", params={"format": format}
        ).content

    def set_alias(self, name: str, alias: str, version: int) -> AliasResponse:
        """Point an alias to a version; within half a second it serves that version."""
        path = f"/v1/models/{quote_segment(name)}/aliases/{quote_segment(alias)}"
        return self._transport.request_model(AliasResponse, "PUT", path, json={"version": version})

    def remove_alias(self, name: str, alias: str) -> None:
        """Remove an alias; the version stays."""
        self._transport.request("DELETE", f"/v1/models/{quote_segment(name)}/aliases/{quote_segment(alias)}")


def _predict_path(ref: str) -> str:
    return _model_path(ref, "predict")


def _model_path(ref: str, what: str) -> str:
    return f"/v1/models/{quote_segment(ref)}/{what}"


def _csv_request(rows: str | PathLike[str] | bytes, accept: str = "application/json") -> dict[str, Any]:
    try:
        content = rows if isinstance(rows, bytes) else Path(rows).read_bytes()
    except OSError as error:
        raise LocalFileError(f"{error.filename}: {error.strerror}") from error
    return {"headers": {"Content-Type": "text/csv", "Accept": accept}, "body": lambda: content}
