"""Writer of a model as a folder that MLflow loads, in a ZIP file: the model's Python file is what it is loaded by."""

import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Final, cast

import numpy as np

from learning.export.pieces import PieceBuffer
from learning.model import Model
from tables.python_export.file import write_python
from tables.python_export.mlflow import pair_loader, table_loader, text_loader

ANY_TYPE: Final = "any"
"""MLflow's type of input columns: it would refuse whole numbers for double, and so most data frames. What a cell holds
is checked when it is read."""

TEXT_PARAMS: Final[dict[str, tuple[str, object]]] = {
    "max_tokens": ("long", 200),
    "temperature": ("double", 0.8),
    "top_k": ("long", None),
    "top_p": ("double", 1.0),
    "seed": ("long", 0),
}
PYTHON_VERSION: Final = "3.11"


def write_mlflow(model: Model, title: str, facts: Mapping[str, str]) -> Iterator[bytes]:
    """The folder in a ZIP file, in pieces.

    Args:
        model: The model.
        title: What it is, in a line.
        facts: What else is known of it; its `model_id` names the module, so that several are loaded side by side.

    Raises:
        NotExportable: it cannot be a Python file.
    """
    return _pack(list_mlflow_files(model, title, facts))


def list_mlflow_files(model: Model, title: str, facts: Mapping[str, str]) -> list[tuple[str, Iterator[bytes]]]:
    """The names of the folder's files, and each in pieces; as `write_mlflow`."""
    flavor = _choose_flavor(model)
    code, module = write_python(model, title, facts, (flavor.entry,)), f"gradus_{facts['model_id']}"
    about = _write_about(model, flavor, module, facts["model_id"])
    return [*((name, iter([text.encode()])) for name, text in about.items()), (f"code/{module}.py", code)]


def _pack(files: Iterable[tuple[str, Iterator[bytes]]]) -> Iterator[bytes]:
    """A ZIP file of them, in pieces."""
    written = PieceBuffer()
    with zipfile.ZipFile(cast("Any", written), "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
        for name, pieces in files:
            with archive.open(_name_member(name), "w", force_zip64=True) as member:
                for piece in pieces:
                    member.write(piece)
                    yield written.take()
    yield written.take()


def _name_member(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name)
    member.compress_type = zipfile.ZIP_DEFLATED
    return member


@dataclass(frozen=True)
class _Flavor:
    """What MLflow is told of a model.

    Attributes:
        entry: The module that it is loaded by.
        outputs: The columns of its predictions, with their types.
        params: The parameters that a prediction may be given: their types, and what they are by default.
        requirements: The packages that it needs.
    """

    entry: ModuleType
    outputs: dict[str, str]
    params: dict[str, tuple[str, object]] = field(default_factory=dict[str, tuple[str, object]])
    requirements: tuple[str, ...] = ("numpy", "pandas")


def _choose_flavor(model: Model) -> _Flavor:
    if model.writer is not None:
        return _Flavor(text_loader, {"text": "string"}, TEXT_PARAMS)
    if model.recommender is not None:
        return _Flavor(pair_loader, {"value": "double"})
    answers = model.header.decode(np.zeros((1, model.net.outputs), np.float32))
    outputs = {"label": "string"} if model.classes else {}
    outputs |= dict.fromkeys(answers.columns, "double")
    needs = ("numpy", "pandas", *(["pillow"] if model.image_shapes else []))
    return _Flavor(table_loader, outputs, {"interval": ("double", None)}, needs)


def _write_about(model: Model, flavor: _Flavor, module: str, model_id: str) -> dict[str, str]:
    """The files that say how the model is loaded; MLflow reads YAML, which JSON is."""
    inputs = [{"name": column.name, "type": ANY_TYPE, "required": False} for column in model.inputs]
    outputs = [{"name": name, "type": kind} for name, kind in flavor.outputs.items()]
    params = [
        {"name": name, "type": kind, "default": default, "shape": None}
        for name, (kind, default) in flavor.params.items()
    ]
    function: dict[str, Any] = {
        "loader_module": module,
        "code": "code",
        "env": {"virtualenv": "python_env.yaml", "conda": "conda.yaml"},
        "python_version": PYTHON_VERSION,
    }
    environment = {"python": PYTHON_VERSION, "dependencies": ["-r requirements.txt"]}
    conda = {"dependencies": [f"python={PYTHON_VERSION}", "pip", {"pip": list(flavor.requirements)}], "name": "gradus"}
    about = {
        "flavors": {"python_function": function},
        "model_uuid": model_id,
        "signature": {
            "inputs": json.dumps(inputs),
            "outputs": json.dumps(outputs),
            "params": json.dumps(params) if params else None,
        },
    }
    return {
        "MLmodel": json.dumps(about, indent=1),
        "requirements.txt": "".join([f"{name}\n" for name in flavor.requirements]),
        "python_env.yaml": json.dumps(environment, indent=1),
        "conda.yaml": json.dumps(conda, indent=1),
    }
