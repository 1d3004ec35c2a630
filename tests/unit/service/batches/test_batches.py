"""Batches over HTTP: what is admitted, and what is answered of output and errors."""

import io
import json
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
from flask import Flask
from flask.testing import FlaskClient

from store.batches import batches
from store.database import begin_write
from tests.unit.service.batches.steps import HOUSES, predict, read_output, read_rows, submit, upload, work
from tests.unit.service.factories import add_model, sessions_of, train_model

FORMATS = ("csv", "ndjson", "parquet")


@pytest.fixture
def model(app: Flask) -> str:
    add_model(app, train_model("price"), "houses")
    add_model(app, train_model("dear"), "dear")
    return "houses"


@pytest.mark.parametrize("ref", ["houses", "dear"])
def test_a_batch_says_the_same_as_a_prediction_in_every_format(
    app: Flask, client: FlaskClient, model: str, ref: str
) -> None:
    dataset = upload(client)
    made = {
        form: submit(client, ref, dataset_id=dataset, columns=["id"], format=form)
        for form in ("csv", "ndjson", "parquet")
    }
    work(app)
    for batch in made.values():
        ended = client.get(f"/v1/batches/{batch['id']}").get_json()
        assert (ended["status"], ended["rows_done"], ended["error"]) == ("succeeded", 40, None)
    expected = predict(client, ref)
    rows = read_rows(client, made["csv"])
    assert [row["id"] for row in rows] == [f"h{row}" for row in range(40)]
    assert [int(row["line"]) for row in rows] == list(range(2, 42))
    names = [name for name in expected[0] if name != "warnings"]
    assert list(rows[0]) == ["line", "id", *names]
    for row, single in zip(rows, expected, strict=True):
        for name in names:
            assert row[name] == single[name] or float(row[name]) == pytest.approx(float(single[name]), rel=1e-9)
    lines = [json.loads(line) for line in read_output(client, made["ndjson"]).splitlines()]
    table = pl.read_parquet(io.BytesIO(read_output(client, made["parquet"])))
    assert table.to_dicts() == lines
    assert [str(line["id"]) for line in lines] == [row["id"] for row in rows]
    assert [line[names[-1]] for line in lines] == [pytest.approx(float(row[names[-1]])) for row in rows]


def test_blocks_of_text_follow_one_another_and_those_of_parquet_are_joined(
    app: Flask, client: FlaskClient, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.batches.admission.row_group_size", lambda columns: 7)
    dataset = upload(client)
    made = {form: submit(client, dataset_id=dataset, format=form) for form in FORMATS}
    work(app)

    lines = read_output(client, made["csv"]).decode().splitlines()
    assert lines[0] == "line,value"
    assert [int(line.split(",")[0]) for line in lines[1:]] == list(range(2, 42))
    assert [json.loads(line)["line"] for line in read_output(client, made["ndjson"]).splitlines()] == list(range(2, 42))
    table = pl.read_parquet(io.BytesIO(read_output(client, made["parquet"])))
    assert table["line"].to_list() == list(range(2, 42))
    with begin_write(sessions_of(app)) as s:
        assert len(batches.list_output(s, made["csv"]["id"])) == 6
        assert len(batches.list_output(s, made["parquet"]["id"])) == 1


def test_what_the_model_reads_otherwise_is_read_anew(app: Flask, client: FlaskClient, model: str) -> None:
    """Of this file alone the column `area` would be numbers."""
    text = "sqft,area,garden\n1200,1,yes\n800,2,no\n"
    batch = submit(client, dataset_id=upload(client, text))
    work(app)

    ended = client.get(f"/v1/batches/{batch['id']}").get_json()
    assert (ended["status"], ended["error"]) == ("succeeded", None)
    rows = read_rows(client, batch)
    expected = predict(client, "houses", text, "")
    assert [float(row["value"]) for row in rows] == pytest.approx([float(row["value"]) for row in expected])


def test_rows_that_cannot_be_read_are_errors_with_line_and_reason(app: Flask, client: FlaskClient, model: str) -> None:
    text = HOUSES + "h40,1200,north,yes,7,8,9\nh41,12oo,north,no\nh42,1000,south,yes\n"
    batch = submit(client, dataset_id=upload(client, text), columns=["id"])
    work(app)

    rows = read_rows(client, batch)
    assert [row["id"] for row in rows] == [f"h{row}" for row in range(43) if row != 40]
    errors = client.get(f"/v1/batches/{batch['id']}/errors").get_json()
    assert [(error["line"], error["action"], error["column"]) for error in errors["data"]] == [
        (42, "row_rejected", None),
        (43, "cell_emptied", "sqft"),
    ]
    assert (errors["rows_rejected"], errors["has_more"]) == (1, False)
    page = client.get(f"/v1/batches/{batch['id']}/errors?limit=1").get_json()
    assert (len(page["data"]), page["has_more"], page["after"]) == (1, True, 1)


def test_a_column_that_the_dataset_has_not_is_missing_in_every_row(app: Flask, client: FlaskClient, model: str) -> None:
    text = "\n".join(line.rpartition(",")[0] for line in HOUSES.splitlines())
    batch = submit(client, dataset_id=upload(client, text))
    work(app)

    assert batch["warnings"] == ["The dataset has no column 'garden': it is missing in every row."]
    rows = read_rows(client, batch)
    expected = predict(client, "houses", text)
    assert [float(row["value"]) for row in rows] == pytest.approx([float(row["value"]) for row in expected])


def test_names_of_columns_that_predictions_have_too_are_kept_apart(app: Flask, client: FlaskClient, model: str) -> None:
    text = HOUSES.replace("id,", "value,", 1).replace("h0,", "=1+1,")
    batch = submit(client, dataset_id=upload(client, text), columns=["value"])
    work(app)

    lines = read_output(client, batch).decode().splitlines()
    assert lines[0] == "line,value,predicted_value"
    assert lines[1].startswith("2,'=1+1,")


@pytest.mark.parametrize(
    ("spec", "pointer"),
    [
        ({"columns": ["idd"]}, "#/columns/0"),
        ({"columns": ["id", "id"]}, "#/columns"),
        ({"format": "xlsx"}, "#/format"),
        ({"interval": 1.5}, "#/interval"),
        ({"more": 1}, "#/more"),
        ({"dataset_id": "ds_1"}, "#/dataset_id"),
    ],
)
def test_what_cannot_be_done_is_refused(client: FlaskClient, model: str, spec: dict[str, Any], pointer: str) -> None:
    answer = client.post("/v1/models/houses/batches", json={"dataset_id": upload(client), **spec})

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.get_json()["errors"]] == [pointer]


def test_a_dataset_without_the_columns_of_the_model_is_refused(client: FlaskClient, model: str) -> None:
    answer = client.post("/v1/models/houses/batches", json={"dataset_id": upload(client, "a,b\n1,2\n3,4\n")})

    assert answer.status_code == 422
    assert "'sqft'" in answer.get_json()["detail"]


def test_intervals_need_rows_that_the_model_did_not_learn_from(client: FlaskClient, model: str) -> None:
    answer = client.post("/v1/models/houses/batches", json={"dataset_id": upload(client), "interval": 0.9})

    assert answer.get_json()["type"] == "/problems/no-coverage"


def test_an_owner_may_have_so_many(make_app: Callable[..., Flask]) -> None:
    app = make_app(batches_per_owner=1)
    add_model(app, train_model("price"), "houses")
    client = app.test_client()
    dataset = upload(client)
    first = submit(client, dataset_id=dataset)

    assert client.post("/v1/models/houses/batches", json={"dataset_id": dataset}).status_code == 429
    assert client.post(f"/v1/batches/{first['id']}/cancel").get_json()["status"] == "cancelled"
    submit(client, dataset_id=dataset)


def test_a_batch_has_output_when_it_has_succeeded_and_goes_with_its_files(
    app: Flask, client: FlaskClient, model: str
) -> None:
    batch = submit(client, dataset_id=upload(client))
    path = f"/v1/batches/{batch['id']}"
    answer = client.get(f"{path}/output")
    assert (answer.status_code, answer.get_json()["allowed_actions"]) == (409, ["cancel"])
    assert client.delete(path).status_code == 409
    work(app)
    files = app.extensions["services"].files
    assert len(list(files.list_keys("batches/"))) == 1
    assert client.post(f"{path}/cancel").status_code == 409
    assert client.delete(path).status_code == 200
    assert list(files.list_keys("batches/")) == []
    assert client.get(path).status_code == 404


def test_a_batch_fails_when_its_model_is_deleted(app: Flask, client: FlaskClient, model: str) -> None:
    batch = submit(client, dataset_id=upload(client))
    assert client.delete("/v1/models/houses").status_code == 200
    work(app)
    ended = client.get(f"/v1/batches/{batch['id']}").get_json()

    assert (ended["status"], ended["error"]["type"]) == ("failed", "/problems/model-gone")


def test_the_same_request_makes_one_batch(client: FlaskClient, model: str) -> None:
    spec = {"dataset_id": upload(client)}
    answers = [client.post("/v1/models/houses/batches", json=spec, headers={"Idempotency-Key": "k"}) for _ in range(2)]

    assert answers[0].get_json() == answers[1].get_json()
    assert len(client.get("/v1/batches?status=queued").get_json()["data"]) == 1


def test_the_batches_of_a_model_are_listed(client: FlaskClient, model: str) -> None:
    dataset = upload(client)
    first, second = (submit(client, ref, dataset_id=dataset) for ref in ("houses", "dear"))

    for batch in (first, second):
        found = client.get(f"/v1/batches?model_id={batch['model_id']}").get_json()["data"]
        assert [each["id"] for each in found] == [batch["id"]]
    assert client.get("/v1/batches?model_id=mdl_nobodys").get_json()["data"] == []
