"""Writer of a model as a folder that MLflow loads, in a ZIP file: the model's Python file is what it is loaded by."""

import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, cast

import numpy as np

from learning.errors import NotExportable
from learning.export.pieces import PieceBuffer
from learning.model import Model
from tables.python_export import mlflow_entry
from tables.python_export.file import write_python

ANY_TYPE: Final = "any"
"""MLflow's type of input columns: it would refuse whole numbers for double, and so most data frames. What a cell holds
is checked when it is read."""

REQUIREMENTS: Final = ("numpy", "pandas")
PYTHON_VERSION: Final = "3.11"


def write_mlflow(model: Model, title: str, facts: Mapping[str, str]) -> Iterator[bytes]:
    """The folder in a ZIP file, in pieces.

    Args:
        model: The model.
        title: What it is, in a line.
        facts: What else is known of it; its `model_id` names the module, so that several are loaded side by side.

    Raises:
        NotExportable: it recommends, or cannot be a Python file.
    """
    return _pack(list_mlflow_files(model, title, facts))


def list_mlflow_files(model: Model, title: str, facts: Mapping[str, str]) -> list[tuple[str, Iterator[bytes]]]:
    """The names of the folder's files, and each in pieces; as `write_mlflow`."""
    if model.recommender is not None:
        raise NotExportable(
            "A model that recommends has no predictions of rows that MLflow could ask for.",
            "Export it as python, whose file has a function recommend.",
        )
    code, module = write_python(model, title, facts, (mlflow_entry,)), f"gradus_{facts['model_id']}"
    about = _write_about(model, module, facts["model_id"])
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


def _write_about(model: Model, module: str, model_id: str) -> dict[str, str]:
    """The files that say how the model is loaded; MLflow reads YAML, which JSON is."""
    inputs = [{"name": column.name, "type": ANY_TYPE, "required": False} for column in model.inputs]
    answers = model.header.decode(np.zeros((1, model.net.outputs), np.float32))
    numbers = [{"name": name, "type": "double"} for name in answers.columns]
    outputs = [*([{"name": "label", "type": "string"}] if model.classes else []), *numbers]
    flavor: dict[str, Any] = {
        "loader_module": module,
        "code": "code",
        "env": {"virtualenv": "python_env.yaml", "conda": "conda.yaml"},
        "python_version": PYTHON_VERSION,
    }
    environment = {"python": PYTHON_VERSION, "dependencies": ["-r requirements.txt"]}
    conda = {"dependencies": [f"python={PYTHON_VERSION}", "pip", {"pip": list(REQUIREMENTS)}], "name": "gradus"}
    about = {
        "flavors": {"python_function": flavor},
        "model_uuid": model_id,
        "signature": {"inputs": json.dumps(inputs), "outputs": json.dumps(outputs)},
    }
    return {
        "MLmodel": json.dumps(about, indent=1),
        "requirements.txt": "".join([f"{name}\n" for name in REQUIREMENTS]),
        "python_env.yaml": json.dumps(environment, indent=1),
        "conda.yaml": json.dumps(conda, indent=1),
    }
