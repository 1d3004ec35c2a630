"""The formats that models are exported in: their names, file endings and media types, and what writes them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from learning.export.npz import write_npz
from learning.export.safetensors import write_safetensors
from learning.model import Model
from service.models.graph_process import write_graph
from store.models.lookup import ResolvedModel
from tables.python_export.file import write_python
from tables.python_export.mlflow.folder import write_mlflow

BYTES: Final = "application/octet-stream"

WeightsFormat = Literal["npz", "safetensors"]
ExportFormatName = Literal["onnx", "python", "mlflow", "safetensors", "npz"]

Write = Callable[[ResolvedModel, Model], Iterator[bytes]]


@dataclass(frozen=True)
class ExportFormat:
    """A format.

    Attributes:
        ending: What the names of its files end in.
        media_type: Their media type.
        write: Writes a model, in pieces.
    """

    ending: str
    media_type: str
    write: Write


def _write_npz(row: ResolvedModel, model: Model) -> Iterator[bytes]:
    del row
    vocabulary = model.vocabulary_json
    return write_npz(model.weight_arrays(), {"inputs.json": vocabulary} if vocabulary else {})


def _write_safetensors(row: ResolvedModel, model: Model) -> Iterator[bytes]:
    vocabulary = model.vocabulary_json
    about = _describe(row, model) | ({"inputs": vocabulary} if vocabulary else {})
    return write_safetensors(model.weight_arrays(), about)


def _write_python(row: ResolvedModel, model: Model) -> Iterator[bytes]:
    return write_python(model, _title(row), _describe(row, model))


def _write_mlflow(row: ResolvedModel, model: Model) -> Iterator[bytes]:
    return write_mlflow(model, _title(row), _describe(row, model))


def _write_onnx(row: ResolvedModel, model: Model) -> Iterator[bytes]:
    return iter([write_graph(model, _describe(row, model))])


def _title(row: ResolvedModel) -> str:
    return f"The model {row.name}:{row.version}."


def _describe(row: ResolvedModel, model: Model) -> dict[str, str]:
    return {"model": f"{row.name}:{row.version}", "model_id": row.id, "weights_sha256": model.weights_sha256}


EXPORT_FORMATS: Final[Mapping[ExportFormatName, ExportFormat]] = {
    "onnx": ExportFormat("onnx", BYTES, _write_onnx),
    "python": ExportFormat("py", "text/x-python", _write_python),
    "mlflow": ExportFormat("mlflow.zip", "application/zip", _write_mlflow),
    "safetensors": ExportFormat("safetensors", BYTES, _write_safetensors),
    "npz": ExportFormat("npz", BYTES, _write_npz),
}
