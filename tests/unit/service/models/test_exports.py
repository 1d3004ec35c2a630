"""Exports over HTTP: each format, what cannot be exported, and what MLflow makes of a folder."""

import io
import re
import zipfile
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.clients.environment import run_client
from tests.unit.service.factories import add_model, train_model
from tests.unit.service.generate.test_generate import train_writer
from tests.unit.tables.python_export.exports import run_export

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


def test_what_no_format_can_have_is_refused_with_those_that_can(app: Flask, client: FlaskClient) -> None:
    add_model(app, train_writer(), "writer")

    for name in ("python", "mlflow"):
        answer = client.get(f"/v1/models/writer/export?format={name}")
        assert answer.status_code == 422
        assert answer.get_json()["type"] == "/problems/not-exportable"
        assert "safetensors" in answer.get_json()["detail"]
    assert client.get("/v1/models/writer/export?format=npz").status_code == 200
    assert client.get("/v1/models/writer/export?format=pickle").status_code == 422


def test_mlflow_loads_models_side_by_side(app: Flask, client: FlaskClient, houses: str, tmp_path: Path) -> None:
    add_model(app, train_model("dear"), "dear")
    folders = [tmp_path / name for name in ("houses", "dear")]
    for folder in folders:
        answer = client.get(f"/v1/models/{folder.name}/export?format=mlflow")
        assert answer.content_type == "application/zip"
        zipfile.ZipFile(io.BytesIO(answer.data)).extractall(folder)
    rows = b"sqft,area,garden\n1200,north,True\n900,nowhere,False\n,south,\n"
    (tmp_path / "rows.csv").write_bytes(rows)

    found = run_client("load_mlflow.py", tmp_path / "rows.csv", *folders)

    told = client.post("/v1/models/houses/predict", data=rows, content_type="text/csv").get_json()["predictions"]
    dear = client.post("/v1/models/dear/predict", data=rows, content_type="text/csv").get_json()["predictions"]
    values, labels = found["predicted"]
    assert values["value"] == pytest.approx([each["value"] for each in told], rel=1e-6)
    assert labels["label"] == [each["label"] for each in dear]
    expected = [each["probabilities"]["yes"] for each in dear]
    np.testing.assert_allclose(labels["probability_yes"], expected, rtol=1e-6)
    assert "sqft" in found["signature"][0]
    assert re.search("sqft", found["refusal"])


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
