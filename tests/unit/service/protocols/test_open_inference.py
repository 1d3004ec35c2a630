"""The Open Inference Protocol: tensors in JSON and as raw bytes predict what rows predict, and lies are refused."""

import json
import struct
from typing import Any

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.unit.service.factories import add_model, train_model

ROWS = [
    {"sqft": 1000.5, "area": "north", "garden": True},
    {"sqft": 800, "area": "west", "garden": None},
    {"sqft": None, "area": None, "garden": False},
]


@pytest.fixture(autouse=True)
def _models(app: Flask) -> None:
    """`houses` predicts a price in two versions, `dear` a class."""
    add_model(app, train_model("price"), "houses")
    add_model(app, train_model("price", 1), "houses")
    add_model(app, train_model("dear"), "dear")


def tensors() -> list[dict[str, Any]]:
    kinds = {"sqft": "FP64", "area": "BYTES", "garden": "BOOL"}
    return [
        {"name": name, "datatype": kind, "shape": [len(ROWS)], "data": [row[name] for row in ROWS]}
        for name, kind in kinds.items()
    ]


def infer(client: FlaskClient, inputs: Any, path: str = "houses", **members: Any) -> TestResponse:
    return client.post(f"/v2/models/{path}/infer", json={"inputs": inputs, **members})


def predict_rows(client: FlaskClient, ref: str) -> dict[str, Any]:
    return client.post(f"/v1/models/{ref}/predict", json={"rows": ROWS}).get_json()


def test_tensors_predict_what_rows_predict_with_the_same_warnings(client: FlaskClient) -> None:
    answer, wanted = infer(client, tensors(), id="mine").get_json(), predict_rows(client, "houses")
    assert (answer["model_name"], answer["model_version"], answer["id"]) == ("houses", "2", "mine")
    (value,) = answer["outputs"]
    assert value == {
        "name": "value",
        "datatype": "FP64",
        "shape": [3],
        "data": [each["value"] for each in wanted["predictions"]],
    }
    assert json.loads(answer["parameters"]["warnings"]) == wanted["warnings"] != []


def test_classes_are_labels_and_their_probabilities(client: FlaskClient) -> None:
    answer, wanted = infer(client, tensors(), "dear").get_json(), predict_rows(client, "dear")["predictions"]
    label, probabilities = answer["outputs"]
    assert (label["name"], label["datatype"], label["data"]) == ("label", "BYTES", [each["label"] for each in wanted])
    assert (probabilities["shape"], probabilities["parameters"]) == ([3, 2], {"classes": '["no","yes"]'})
    assert probabilities["data"] == [share for each in wanted for share in each["probabilities"].values()]
    (only,) = infer(client, tensors(), "dear", outputs=[{"name": "probabilities"}]).get_json()["outputs"]
    assert only == probabilities


def test_shapes_with_a_one_nested_data_nan_and_fewer_columns_are_the_same(client: FlaskClient) -> None:
    wanted = infer(client, tensors()).get_json()
    columns = [{**each, "shape": [3, 1], "data": [[cell] for cell in each["data"]]} for each in tensors()]
    assert infer(client, columns).get_json() == wanted
    text = json.dumps({"inputs": tensors()}).replace("null", "NaN", 1).encode()
    assert client.post("/v2/models/houses/infer", data=text).get_json() == wanted  # NaN, and no media type
    short = [{"name": "area", "datatype": "BYTES", "shape": [2], "data": ["north", ""]}]
    rows = [{"area": "north"}, {}]
    by_rows = client.post("/v1/models/houses/predict", json=rows).get_json()
    assert infer(client, short).get_json()["outputs"][0]["data"] == [each["value"] for each in by_rows["predictions"]]


def test_models_are_named_by_version_and_alias(client: FlaskClient) -> None:
    client.put("/v1/models/houses/aliases/live", json={"version": 1})
    first, second = (infer(client, tensors(), f"houses:{version}").get_json() for version in (1, 2))
    assert first["outputs"] != second["outputs"]
    assert infer(client, tensors(), "houses%40live").get_json() == first
    assert infer(client, tensors(), "houses/versions/1").get_json() == first
    assert infer(client, tensors(), "houses/versions/2").get_json() == second
    for path in ("houses/versions/3", "houses:2/versions/1", "houses/versions/x", "nobody"):
        answer = infer(client, tensors(), path)
        assert (answer.status_code, answer.get_json()["error"]) == (404, answer.get_json()["detail"])


def test_metadata_has_a_tensor_for_each_column_and_the_outputs(client: FlaskClient) -> None:
    told = client.get("/v2/models/dear").get_json()
    assert told == {
        "name": "dear",
        "versions": ["1"],
        "platform": "gradus_net",
        "inputs": [
            {"name": "sqft", "datatype": "FP64", "shape": [-1]},
            {"name": "area", "datatype": "BYTES", "shape": [-1]},
            {"name": "garden", "datatype": "BOOL", "shape": [-1]},
        ],
        "outputs": [
            {"name": "label", "datatype": "BYTES", "shape": [-1]},
            {"name": "probabilities", "datatype": "FP64", "shape": [-1, 2], "parameters": {"classes": '["no","yes"]'}},
        ],
    }
    assert client.get("/v2/models/houses").get_json()["versions"] == ["1", "2"]
    assert client.get("/v2/models/houses/versions/1/ready").get_json() == {"name": "houses", "ready": True}
    assert client.get("/v2/models/houses/versions/3").status_code == 404
    assert client.get("/v2").get_json()["extensions"] == ["binary_tensor_data"]
    assert client.get("/v2/health/live").get_json() == client.get("/v2/health/ready").get_json()


def pack_texts(*texts: bytes) -> bytes:
    return b"".join(struct.pack("<I", len(text)) + text for text in texts)


def post_binary(client: FlaskClient, inputs: list[dict[str, Any]], raw: bytes, length: object = None) -> TestResponse:
    text = json.dumps({"inputs": inputs, "parameters": {"binary_data_output": True}}).encode()
    headers = {"Inference-Header-Content-Length": str(len(text) if length is None else length)}
    return client.post("/v2/models/houses/infer", data=text + raw, headers=headers)


def binary(name: str, datatype: str, size: object, shape: Any = (3,)) -> dict[str, Any]:
    return {"name": name, "datatype": datatype, "shape": shape, "parameters": {"binary_data_size": size}}


@pytest.mark.parametrize("kind", ["<f2", "<f4", "<f8"])
def test_raw_bytes_predict_the_same_beside_json(client: FlaskClient, kind: str) -> None:
    sizes, texts = np.array([1000.5, 800, np.nan], kind).tobytes(), pack_texts(b"north", b"west", b"")
    inputs = [
        binary("sqft", f"FP{8 * int(kind[-1])}", len(sizes)),
        binary("area", "BYTES", len(texts), [3, 1]),
        tensors()[2],
    ]
    answer = post_binary(client, inputs, sizes + texts)
    assert answer.get_json() == infer(client, tensors()).get_json()


@pytest.mark.parametrize(
    ("inputs", "raw", "pointer"),
    [
        ([binary("sqft", "FP64", 16)], bytes(16), "#/inputs/0/parameters/binary_data_size"),
        ([binary("sqft", "FP64", 24)], bytes(23), "#/inputs/0/parameters/binary_data_size"),
        ([binary("sqft", "FP64", 24)], bytes(25), "#"),
        ([binary("sqft", "FP64", -1)], b"", "#/inputs/0/parameters/binary_data_size"),
        ([binary("sqft", "FP64", 2**62)], b"", "#/inputs/0/parameters/binary_data_size"),
        ([binary("sqft", "FP64", True)], b"1", "#/inputs/0/parameters/binary_data_size"),
        ([binary("sqft", "FP64", "24")], bytes(24), "#/inputs/0/parameters/binary_data_size"),
        ([binary("garden", "BOOL", 3)], b"\0\1\2", "#/inputs/0"),
        ([binary("area", "BYTES", 4)], b"\xff\xff\xff\xff", "#/inputs/0"),
        ([binary("area", "BYTES", 13)], pack_texts(b"a", b"b", b"c", b"d")[:13], "#/inputs/0"),
        ([binary("area", "BYTES", 20)], pack_texts(b"a", b"b", b"c", b"d"), "#/inputs/0"),
        ([binary("area", "BYTES", 10)], pack_texts(b"a", b"b"), "#/inputs/0"),
        ([binary("area", "BYTES", 15)], pack_texts(b"a", b"\xff", b"c"), "#/inputs/0/data/1"),
        ([binary("area", "BYTES", 15)], pack_texts(b"a", b"b", b"\0"), "#/inputs/0/data/2"),
        ([binary("sqft", "FP64", 24)], np.array([1, np.inf, 2]).tobytes(), "#/inputs/0/data/1"),
        ([{**tensors()[0], "parameters": {"binary_data_size": 24}}], bytes(24), "#/inputs/0/data"),
        ([{"name": "sqft", "datatype": "FP64", "shape": [3]}], b"", "#/inputs/0/data"),
        ([binary("sqft", "BF16", 6)], bytes(6), "#/inputs/0/datatype"),
    ],
)
def test_raw_bytes_that_are_not_what_they_are_said_to_be_are_refused(
    client: FlaskClient, inputs: list[dict[str, Any]], raw: bytes, pointer: str
) -> None:
    answer = post_binary(client, inputs, raw)
    assert answer.status_code == 400, answer.data
    assert answer.get_json()["errors"][0]["pointer"] == pointer
    assert answer.get_json()["error"]


@pytest.mark.parametrize("length", ["0", "-1", "1e3", "", "999999", "9" * 30])
def test_a_length_of_json_that_cannot_be_is_refused(client: FlaskClient, length: str) -> None:
    answer = post_binary(client, tensors(), b"", length)
    assert (answer.status_code, answer.get_json()["type"]) == (400, "/problems/bad-request")


def with_members(**members: Any) -> list[dict[str, Any]]:
    return [{**tensors()[0], **members}, *tensors()[1:]]


@pytest.mark.parametrize(
    ("inputs", "pointer"),
    [
        ([], "#/inputs"),
        ("sqft", "#/inputs"),
        (with_members(shape=[]), "#/inputs/0/shape"),
        (with_members(shape=[0], data=[]), "#/inputs/0/shape"),
        (with_members(shape=[-1]), "#/inputs/0/shape"),
        (with_members(shape=[1, 3]), "#/inputs/0/shape"),
        (with_members(shape=[3.5]), "#/inputs/0/shape/0"),
        (with_members(shape=[2], data=[1, 2]), "#/inputs/1/shape"),
        (with_members(data=[1, 2]), "#/inputs/0/data"),
        (with_members(data=[[[1, 2, 3, 4]]]), "#/inputs/0/data"),
        (with_members(data=["1", 2, 3]), "#/inputs/0/data/0"),
        (with_members(data=[1, True, 3]), "#/inputs/0/data/1"),
        (with_members(data=[1, {"a": 1}, 3]), "#/inputs/0/data/1"),
        (with_members(data=[1, 10**400, 3]), "#/inputs/0/data/1"),
        (with_members(datatype="INT8", data=[1, 2, 300]), "#/inputs/0/data/2"),
        (with_members(datatype="UINT64", data=[1, 2, -1]), "#/inputs/0/data/2"),
        (with_members(datatype="INT32", data=[1, 2, 2.5]), "#/inputs/0/data/2"),
        (with_members(datatype="FP80"), "#/inputs/0/datatype"),
        (with_members(datatype="BYTES", data=["12", "many", "13"]), "#/inputs/0/data/1"),
        (with_members(name="area"), "#/inputs/1/name"),
        (with_members(name="sqfeet"), "#/inputs/0/name"),
        (with_members(parameters={"content_type": []}), "#/inputs/0/parameters/content_type"),
        (with_members(dataa=[]), "#/inputs/0/dataa"),
    ],
)
def test_tensors_that_do_not_fit_are_refused_with_their_places(client: FlaskClient, inputs: Any, pointer: str) -> None:
    answer = infer(client, inputs)
    assert answer.status_code == 400, answer.data
    assert answer.get_json()["errors"][0]["pointer"] == pointer, answer.data
    assert answer.get_json()["error"] == answer.get_json()["detail"]


def test_claims_of_many_rows_cost_nothing(client: FlaskClient) -> None:
    assert infer(client, with_members(shape=[2**50])).status_code == 400
    lie = [{"name": "area", "datatype": "BYTES", "shape": [2**50], "parameters": {"binary_data_size": 4}}]
    assert post_binary(client, lie, bytes(4)).status_code == 413
    assert client.post("/v2/models/houses/infer", data=b'{"inputs":' + b"[" * 5000).status_code == 400
    deep = json.dumps({"inputs": with_members(data=[[[1]]])}).replace("[[[1]]]", "[" * 40 + "]" * 40)
    assert client.post("/v2/models/houses/infer", data=deep).status_code == 400


def test_columns_that_the_model_has_not_are_passed_over_if_one_asks_for_it(client: FlaskClient) -> None:
    more = [*tensors(), {"name": "colour", "datatype": "BYTES", "shape": [3], "data": ["red", "blue", "red"]}]
    assert infer(client, more).status_code == 400
    answer = client.post("/v2/models/houses/infer?unknown=ignore", json={"inputs": more})
    assert answer.get_json() == infer(client, tensors()).get_json()
    refused = infer(client, tensors(), outputs=[{"name": "values"}])
    assert (refused.status_code, refused.get_json()["errors"][0]["pointer"]) == (400, "#/outputs/0/name")
