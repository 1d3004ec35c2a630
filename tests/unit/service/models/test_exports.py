"""Exports over HTTP: each format, what cannot be exported, and what MLflow makes of a folder."""

import io
import json
import re
import zipfile
from base64 import b64encode
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from flask import Flask
from flask.testing import FlaskClient

from learning.data.prepare import prepare
from learning.language.sampling import GenerateOptions
from learning.model import Model, create_model
from learning.nn.net import NeuralNet
from tests.clients.environment import run_client
from tests.unit.learning.frames import create_frame, create_numeric, create_text
from tests.unit.learning.recommendation.books import train_books
from tests.unit.service.factories import add_model, train_model
from tests.unit.service.generate.test_generate import train_writer
from tests.unit.tables.python_export.exports import run_export
from tests.unit.tables.python_export.test_intervals import calibrate
from tests.unit.tables.python_export.test_pictures import FLAT, draw_file, draw_pixels, train_on

ROWS = [{"sqft": 1200, "area": "north", "garden": True}, {"sqft": None, "area": "nowhere", "garden": None}]


@pytest.fixture
def houses(app: Flask) -> str:
    return add_model(app, train_model("price"), "houses")


def test_the_python_file_predicts_what_the_service_predicts(client: FlaskClient, houses: str, tmp_path: Path) -> None:
    answer = client.get("/v1/models/houses/export")

    assert answer.content_type == "text/x-python"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="houses-1.py"'
    path = tmp_path / "exported.py"
    path.write_bytes(answer.data)
    told = client.post("/v1/models/houses/predict", json={"rows": ROWS}).get_json()["predictions"]
    found = run_export(path, f"result = predict({ROWS!r})", plain=True)
    assert [each["value"] for each in found] == pytest.approx([each["value"] for each in told], rel=1e-6)


@pytest.mark.parametrize("name", ["npz", "safetensors"])
def test_weights_are_the_same_by_either_route(client: FlaskClient, houses: str, name: str) -> None:
    exported, weights = (client.get(f"/v1/models/houses/{each}?format={name}") for each in ("export", "weights"))

    assert exported.data == weights.data
    assert exported.headers["Content-Disposition"] == weights.headers["Content-Disposition"]


def test_a_file_that_a_client_has_is_not_sent_again(client: FlaskClient, houses: str) -> None:
    first = client.get("/v1/models/houses/export?format=mlflow")

    again = client.get("/v1/models/houses/export?format=mlflow", headers={"If-None-Match": first.headers["ETag"]})
    other = client.get("/v1/models/houses/export", headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.data) == (304, b"")
    assert other.status_code == 200


def test_what_a_format_cannot_have_is_refused_with_those_that_can(app: Flask, client: FlaskClient) -> None:
    add_model(app, train_noted(), "noted")

    answer = client.get("/v1/models/noted/export?format=onnx")

    assert answer.status_code == 422
    assert answer.get_json()["type"] == "/problems/not-exportable"
    assert re.search("'note'.*python.*safetensors", answer.get_json()["detail"])
    assert client.get("/v1/models/noted/export?format=pickle").status_code == 422


def train_noted() -> Model:
    """A model of a column of texts."""
    table = create_frame(note=create_text(["sunny flat", "dark flat"] * 30), y=create_numeric(range(60)))
    prepared = prepare(table, target="y")
    return create_model(prepared, NeuralNet(prepared.inputs.net_inputs, (), prepared.output.outputs, seed=1))


def test_mlflow_loads_models_of_all_kinds_side_by_side(app: Flask, client: FlaskClient, tmp_path: Path) -> None:
    rated, writer, pixels = train_books(rated=True)[0], train_writer(), draw_pixels(3)
    assert writer.writer is not None
    picture = b64encode(draw_file("RGB", (40, 30), "PNG")).decode()
    asked: dict[str, tuple[Model, dict[str, Any]]] = {
        "houses": (calibrate(train_model("price")), {"rows": ROWS, "params": {"interval": 0.9}}),
        "dear": (train_model("dear"), {"rows": ROWS}),
        "books": (rated, {"rows": [{"reader": "1", "book": "The Last Oracle"}, {"reader": "?", "book": None}]}),
        "colours": (train_on(pixels, FLAT), {"rows": [{"picture": picture, "size": 1.5}, {"picture": None}]}),
        "poet": (writer, {"rows": [{"text": "the cat"}], "params": {"max_tokens": 12, "seed": 3}}),
    }
    for name, (model, each) in asked.items():
        add_model(app, model, name)
        answer = client.get(f"/v1/models/{name}/export?format=mlflow")
        assert answer.content_type == "application/zip"
        zipfile.ZipFile(io.BytesIO(answer.data)).extractall(tmp_path / name)
        each["folder"] = str(tmp_path / name)
    (tmp_path / "asked.json").write_text(json.dumps([each for _, each in asked.values()]))

    found = run_client("load_mlflow.py", tmp_path / "asked.json")

    predicted = dict(zip(asked, found["predicted"], strict=True))
    told = {
        name: client.post(f"/v1/models/{name}/predict", json={"rows": each["rows"]}, query_string=query).get_json()
        for name, query in (("houses", {"interval": 0.9}), ("dear", {}), ("books", {}), ("colours", {}))
        for each in [asked[name][1]]
    }
    answers = {name: each["predictions"] for name, each in told.items()}
    for name in ("houses", "books"):
        assert predicted[name]["value"] == pytest.approx([each["value"] for each in answers[name]], rel=1e-6)
    for side in ("low", "high"):
        assert predicted["houses"][side] == pytest.approx([each["interval"][side] for each in answers["houses"]])
    for name, label in (("dear", "yes"), ("colours", "cat")):
        assert predicted[name]["label"] == [each["label"] for each in answers[name]]
        expected = [each["probabilities"][label] for each in answers[name]]
        np.testing.assert_allclose(predicted[name][f"probability_{label}"], expected, rtol=1e-5)
    written = writer.writer.write("the cat", GenerateOptions(max_tokens=12, seed=3))
    assert predicted["poet"] == {"text": ["".join([token.text for token in written])]}
    assert "sqft" in found["signature"][0]
    assert "sqft" in found["refusal"]


def test_the_graph_predicts_what_the_service_predicts(client: FlaskClient, houses: str) -> None:
    answer = client.get("/v1/models/houses/export?format=onnx")

    assert answer.headers["Content-Disposition"] == 'attachment; filename="houses-1.onnx"'
    session = onnxruntime.InferenceSession(answer.data)
    assert session.get_modelmeta().custom_metadata_map["model_id"] == houses
    feeds = {
        "sqft": np.array([[1200.0], [np.nan]]),
        "area": np.array([["north"], ["nowhere"]], object),
        "garden": np.array([[1.0], [np.nan]]),
    }
    told = client.post("/v1/models/houses/predict", json={"rows": ROWS}).get_json()["predictions"]
    found = session.run(["value"], feeds)[0][:, 0]
    np.testing.assert_allclose(found, [each["value"] for each in told], rtol=1e-5)


def test_without_its_package_onnx_is_refused_with_how_to_install_it(
    client: FlaskClient, houses: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "spox.py").write_text("raise ImportError\n")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{Path(__file__).parents[4]}")

    answer = client.get("/v1/models/houses/export?format=onnx")

    assert answer.status_code == 422
    assert "pip install gradus[onnx]" in answer.get_json()["detail"]


def test_a_model_that_is_too_large_for_a_format_is_refused(
    client: FlaskClient, houses: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("learning.export.onnx.file.MAX_GRAPH_BYTES", 10)
    monkeypatch.setattr("tables.python_export.file.MAX_FILE_BYTES", 10)

    for name in ("onnx", "python", "mlflow"):
        answer = client.get(f"/v1/models/houses/export?format={name}")
        assert answer.status_code == 422
        assert "safetensors" in answer.get_json()["detail"]


def test_a_writer_that_ends_is_a_refusal_and_leaves_the_next_one_alone(
    client: FlaskClient, houses: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "spox.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n")
    with monkeypatch.context() as patched:
        patched.setenv("PYTHONPATH", f"{tmp_path}:{Path(__file__).parents[4]}")
        killed = client.get("/v1/models/houses/export?format=onnx")

    assert killed.status_code == 422
    assert "too much time or memory" in killed.get_json()["detail"]
    assert client.get("/v1/models/houses/export?format=onnx").status_code == 200
