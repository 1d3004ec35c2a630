"""MLflow's scoring protocol: rows in each of its forms predict what /v1 predicts, and its clients read refusals."""

import io
import json
import time
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from store.models.lookup import CACHE_SECONDS
from tests.unit.service.factories import add_model, train_model
from tests.unit.service.generate.test_generate import train_writer
from tests.unit.service.predict.test_intervals import train_calibrated

COLUMNS = ["sqft", "area", "garden"]
DATA = [[1000.5, "north", True], [800, "west", None], [None, None, False]]
ROWS = [dict(zip(COLUMNS, row, strict=True)) for row in DATA]


@pytest.fixture(autouse=True)
def _models(app: Flask) -> None:
    """`houses` predicts a price, `dear` a class, `poet` writes."""
    add_model(app, train_model("price"), "houses")
    add_model(app, train_model("dear"), "dear")
    add_model(app, train_writer(), "poet")


def invoke(client: FlaskClient, body: Any, path: str = "/endpoints/houses/invocations", **headers: str) -> TestResponse:
    return client.post(path, json=body, headers=headers)


def records_of(client: FlaskClient, ref: str) -> list[dict[str, Any]]:
    """What /v1 says of the rows, by the columns of its CSV."""
    found = client.post(f"/v1/models/{ref}/predict", json={"rows": ROWS}, headers={"Accept": "text/csv"})
    rows = pl.read_csv(io.BytesIO(found.data)).drop("warnings").to_dicts()
    assert len(rows) == len(ROWS)
    return rows


@pytest.mark.parametrize(
    "body",
    [
        {"dataframe_split": {"columns": COLUMNS, "data": DATA, "index": [4, 5, 6]}},
        {"dataframe_split": {"columns": COLUMNS[::-1], "data": [row[::-1] for row in DATA]}, "params": {}},
        {"dataframe_split": {"data": DATA}},
        {"dataframe_records": ROWS},
        {"dataframe_records": [*ROWS[:2], {"garden": False}]},
        {"instances": ROWS},
        {"instances": DATA},
        {"inputs": DATA},
        {"inputs": {name: [row[name] for row in ROWS] for name in COLUMNS}},
    ],
)
def test_every_form_of_rows_predicts_the_same(client: FlaskClient, body: Any) -> None:
    for ref in ("houses", "dear"):
        answer = invoke(client, body, f"/endpoints/{ref}/invocations")
        assert answer.status_code == 200, answer.data
        assert answer.get_json()["predictions"] == records_of(client, ref)
    warnings = client.post("/v1/models/dear/predict", json={"rows": ROWS}).get_json()["warnings"]
    assert answer.get_json()["warnings"] == warnings != []


def test_csv_and_parquet_predict_the_same(client: FlaskClient) -> None:
    frame = pl.DataFrame(DATA, COLUMNS, orient="row")
    parquet = io.BytesIO()
    frame.write_parquet(parquet)
    for data, kind in (
        (frame.write_csv().encode(), "text/csv; charset=utf-8"),
        (parquet.getvalue(), "application/vnd.apache.parquet"),
    ):
        answer = client.post("/endpoints/dear/invocations", data=data, content_type=kind)
        assert answer.get_json()["predictions"] == records_of(client, "dear")
    more = io.BytesIO()
    frame.with_columns(pl.lit(1).alias("colour")).write_parquet(more)
    refused = client.post("/endpoints/dear/invocations", data=more.getvalue(), content_type=kind)
    assert (refused.status_code, refused.get_json()["errors"][0]["pointer"]) == (400, "#/0/colour")
    answer = client.post("/endpoints/dear/invocations?unknown=ignore", data=more.getvalue(), content_type=kind)
    assert answer.status_code == 200


def test_intervals_are_columns_and_tensors_too(app: Flask, client: FlaskClient) -> None:
    for target, name in (("price", "price"), ("dear", "dear")):
        add_model(app, train_calibrated(target), name)
    (record,) = invoke(client, {"inputs": {"sqft": 1200}}, "/endpoints/price/invocations?interval=0.5").get_json()[
        "predictions"
    ]
    assert record["low"] < record["value"] < record["high"]
    tensor = {"name": "sqft", "datatype": "FP64", "shape": [1], "data": [1200]}
    outputs = client.post("/v2/models/price/infer?interval=0.5", json={"inputs": [tensor]}).get_json()["outputs"]
    assert {each["name"]: each["data"][0] for each in outputs} == record
    sets = client.post("/v2/models/dear/infer?interval=0.5", json={"inputs": [tensor]}).get_json()["outputs"][2]
    assert (sets["name"], sets["datatype"], sets["shape"]) == ("set", "BOOL", [1, 2])


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#"),
        ([], "#"),
        ([ROWS[0]], "#"),
        ({"instances": ROWS, "inputs": ROWS}, "#"),
        ({"instances": ROWS, "rows": ROWS}, "#/rows"),
        ({"instances": ROWS, "params": {"method": "predict_proba"}}, "#/params"),
        ({"instances": []}, "#/instances"),
        ({"instances": "x"}, "#/instances"),
        ({"instances": {"sqft": [1]}}, "#/instances"),
        ({"instances": [1, 2]}, "#/instances/0"),
        ({"instances": [DATA[0], [1]]}, "#/instances/1"),
        ({"instances": [ROWS[0], DATA[0]]}, "#/instances/1"),
        ({"inputs": {}}, "#/inputs"),
        ({"inputs": {"sqft": []}}, "#/inputs/sqft"),
        ({"inputs": {"sqft": [1, 2], "area": ["north"]}}, "#/inputs/sqft"),
        ({"inputs": {"sqft": [1], "area": "north"}}, "#/inputs/area"),
        ({"inputs": {"sqft": [1, "many"]}}, "#/inputs/sqft/1"),
        ({"inputs": {"sqfeet": [1]}}, "#/inputs/sqfeet/0"),
        ({"dataframe_records": [1]}, "#/dataframe_records/0"),
        ({"dataframe_records": [{"sqft": {"a": 1}}]}, "#/dataframe_records/0/sqft"),
        ({"dataframe_records": [ROWS[0], {"sqfeet": 1}]}, "#/dataframe_records/1/sqfeet"),
        ({"dataframe_split": DATA}, "#/dataframe_split/data"),
        ({"dataframe_split": {"columns": ["sqft", 1], "data": DATA}}, "#/dataframe_split/columns"),
        ({"dataframe_split": {"columns": ["sqft", "sqft"], "data": [[1, 2]]}}, "#/dataframe_split/columns"),
        ({"dataframe_split": {"columns": ["sqft"], "data": DATA}}, "#/dataframe_split/data/0"),
        ({"dataframe_split": {"columns": ["garden", "sqft"], "data": [[1, [2]]]}}, "#/dataframe_split/data/0/1"),
        ({"dataframe_split": {"columns": ["sqft"], "data": [[1]], "rows": 1}}, "#/dataframe_split/rows"),
    ],
)
def test_what_does_not_fit_is_refused_in_mlflows_shape_with_its_place(
    client: FlaskClient, body: Any, pointer: str
) -> None:
    answer = invoke(client, body)
    problem = answer.get_json()
    assert answer.status_code == 400, answer.data
    assert problem["errors"][0]["pointer"] == pointer, answer.data
    assert (problem["error_code"], problem["message"]) == ("BAD_REQUEST", problem["detail"])


@pytest.mark.parametrize(
    ("send", "status", "code"),
    [
        (lambda c: c.post("/endpoints/nobody/invocations", json={}), 404, "RESOURCE_DOES_NOT_EXIST"),
        (lambda c: c.post("/endpoints/houses/invocations", data="x", content_type="text/xml"), 415, "BAD_REQUEST"),
        (
            lambda c: c.post("/endpoints/houses/invocations", data='{"a":', content_type="application/json"),
            400,
            "BAD_REQUEST",
        ),
        (
            lambda c: c.post("/endpoints/houses/invocations", data="[" * 9999, content_type="application/json"),
            400,
            "BAD_REQUEST",
        ),
        (
            lambda c: c.post(
                "/endpoints/houses/invocations", data=b"PAR1", content_type="application/vnd.apache.parquet"
            ),
            400,
            "BAD_REQUEST",
        ),
        (lambda c: c.post("/endpoints/houses/invocations", data=b"\n", content_type="text/csv"), 400, "BAD_REQUEST"),
        (lambda c: c.get("/api/2.0/endpoints/nobody"), 404, "RESOURCE_DOES_NOT_EXIST"),
        (lambda c: c.get("/api/2.0/endpoints/", headers={"Authorization": "Bearer no"}), 401, "UNAUTHENTICATED"),
    ],
)
def test_other_refusals_have_mlflows_codes(
    client: FlaskClient, send: Callable[[FlaskClient], TestResponse], status: int, code: str
) -> None:
    answer = send(client)
    assert (answer.status_code, answer.get_json()["error_code"]) == (status, code), answer.data
    assert answer.content_type == "application/problem+json"


def test_rows_of_names_that_are_all_others_cost_no_more_than_they_are(client: FlaskClient) -> None:
    many = {"dataframe_records": [{f"c{number}": 1} for number in range(50_000)]}
    assert invoke(client, many).status_code == 400
    answer = invoke(client, many, "/endpoints/houses/invocations?unknown=ignore")
    assert len(answer.get_json()["predictions"]) == 50_000


def test_the_root_asks_the_only_model_or_that_of_the_setting(make_app: Callable[..., Flask]) -> None:
    body = {"inputs": {"sqft": [1200]}}
    app = make_app()
    client = app.test_client()
    several = client.post("/invocations", json=body)
    assert several.status_code == 404
    assert "dear, houses, poet" in several.get_json()["message"]
    for name in ("dear", "poet"):
        assert client.delete(f"/v1/models/{name}").status_code == 200
    add_model(app, train_model("price", 1), "houses")
    wanted = invoke(client, body).get_json()
    assert client.post("/invocations", json=body).get_json() == wanted
    chosen = make_app(invocations_model="houses:1").test_client()
    assert (
        chosen.post("/invocations", json=body).get_json()
        == invoke(client, body, "/endpoints/houses:1/invocations").get_json()
        != wanted
    )
    for version in (1, 2):
        client.delete(f"/v1/models/houses:{version}")
    time.sleep(CACHE_SECONDS)
    assert "GRADUS_INVOCATIONS_MODEL" in client.post("/invocations", json=body).get_json()["message"]


def test_endpoints_are_the_models_by_name(app: Flask, client: FlaskClient) -> None:
    add_model(app, train_model("price", 1), "houses")
    found = client.get("/api/2.0/endpoints/").get_json()
    assert [(each["name"], each["endpoint_type"], each["model"]["name"]) for each in found["endpoints"]] == [
        ("dear", "gradus/classification", "dear:1"),
        ("houses", "gradus/regression", "houses:2"),
        ("poet", "llm/v1/completions", "poet:1"),
    ]
    assert "next_page_token" not in found
    rest = client.get("/api/2.0/endpoints/?page_token=houses").get_json()["endpoints"]
    assert [each["name"] for each in rest] == ["poet"]
    one = client.get("/api/2.0/endpoints/houses:1").get_json()
    assert one["endpoint_url"] == "/endpoints/houses:1/invocations"
    assert one["model"] == {"name": "houses:1", "provider": "gradus"}


def test_a_model_that_writes_takes_a_prompt(client: FlaskClient) -> None:
    asked = {"prompt": "the", "max_tokens": 5, "seed": 1}
    answer = invoke(client, asked, "/endpoints/poet/invocations")
    wanted = client.post("/v1/completions", json={**asked, "model": "poet"}).get_json()
    assert answer.get_json()["choices"] == wanted["choices"]
    assert invoke(client, asked).status_code == 400
    assert (
        invoke(client, {**asked, "max_tokens": -1}, "/endpoints/poet/invocations").get_json()["error_code"]
        == "BAD_REQUEST"
    )


def test_the_server_says_that_it_is_there(client: FlaskClient) -> None:
    assert client.get("/ping").get_json() == client.get("/health").get_json() == {}
    assert client.get("/version").data.decode() == json.loads(client.get("/v2").data)["version"]
