"""Writer of a model as a folder that MLflow loads, in a ZIP file: the model's Python file is what it is loaded by."""

import json
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

import numpy as np

from learning.errors import NotExportable
from learning.export.pieces import PieceBuffer
from learning.model import Model
from tables.python_export import mlflow_entry
from tables.python_export.file import write_python

SIGNATURE_TYPES: Final = {"numeric": "double", "categorical": "string", "text": "string"}
"""MLflow's types of columns; those of booleans and moments are any, as data frames and JSON have others for them."""

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
    if model.recommender is not None:
        raise NotExportable(
            "A model that recommends has no predictions of rows that MLflow could ask for.",
            "Export it as python, whose file has a function recommend.",
        )
    return _generate(model, write_python(model, title, facts, (mlflow_entry,)), facts["model_id"])


def _generate(model: Model, code: Iterator[bytes], model_id: str) -> Iterator[bytes]:
    module = f"gradus_{model_id}"
    written = PieceBuffer()
    with zipfile.ZipFile(cast("Any", written), "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
        for name, text in _write_about(model, module, model_id).items():
            archive.writestr(zipfile.ZipInfo(name), text)
        with archive.open(_name_member(f"code/{module}.py"), "w", force_zip64=True) as member:
            for piece in code:
                member.write(piece)
                yield written.take()
    yield written.take()


def _name_member(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name)
    member.compress_type = zipfile.ZIP_DEFLATED
    return member


def _write_about(model: Model, module: str, model_id: str) -> dict[str, str]:
    """The files that say how the model is loaded; MLflow reads YAML, which JSON is."""
    inputs = [
        {"name": column.name, "type": SIGNATURE_TYPES.get(column.type, "any"), "required": False}
        for column in model.inputs
    ]
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
