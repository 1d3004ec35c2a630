"""Predictions over HTTP: equal to the model's own, for one row and thousands, in JSON and CSV."""

import csv
import gc
import io
import json
import math
import time
import tracemalloc
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import create_environ, run_wsgi_app

from contract.responses import PredictedClass, PredictedValue, PredictionResponse, Problem
from learning.encoding.columns import InputColumn, WarningList
from learning.frame import BooleanColumn, CategoricalColumn, Frame, NumericColumn
from service.predictions import MAX_CSV_WARNINGS
from store.models.lookup import CACHE_SECONDS
from tables import frame_from_csv, frame_from_rows
from tests.unit.service.factories import add_model, houses, train_model

COLUMNS = ("sqft", "area", "garden")
ONE = {"sqft": 1200, "area": "north", "garden": True}


def rows_of(frame: Frame) -> list[dict[str, Any]]:
    """The houses as JSON rows."""
    sqft, area, garden = (frame[name] for name in COLUMNS)
    assert isinstance(sqft, NumericColumn)
    assert isinstance(area, CategoricalColumn)
    assert isinstance(garden, BooleanColumn)
    return [
        {"sqft": size, "area": area.categories[code], "garden": bool(green)}
        for size, code, green in zip(sqft.values.tolist(), area.codes.tolist(), garden.values.tolist(), strict=True)
    ]


def json_of(rows: list[dict[str, Any]]) -> bytes:
    return json.dumps({"rows": rows}).encode()


def csv_of(rows: list[dict[str, Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


@pytest.fixture
def model_id(app: Flask) -> str:
    """The model `houses`, which predicts a price, beside `dear`, which predicts a class."""
    add_model(app, train_model("dear"), "dear")
    return add_model(app, train_model("price"), "houses")


def predict_rows(client: FlaskClient, ref: str, body: Any) -> PredictionResponse:
    response = client.post(f"/v1/models/{ref}/predict", json=body)
    assert response.status_code == 200, response.data
    assert response.content_type == "application/json"
    return PredictionResponse.model_validate_json(response.data)


def values(answer: PredictionResponse) -> list[float]:
    return [each.value for each in answer.predictions if isinstance(each, PredictedValue)]


def errors(client: FlaskClient, body: Any, content_type: str = "application/json") -> list[tuple[str, str, str | None]]:
    data = body if isinstance(body, bytes) else json.dumps(body)
    response = client.post("/v1/models/houses/predict", data=data, content_type=content_type)
    assert response.status_code == 422, response.data
    found = Problem.model_validate_json(response.data).errors
    assert found
    return [(error.pointer, error.code, error.suggestion) for error in found]


def test_numbers_are_those_of_the_model(client: FlaskClient, model_id: str) -> None:
    expected, warnings = train_model("price").predict(houses())

    answer = predict_rows(client, "houses", {"rows": rows_of(houses())})

    assert (answer.model_id, answer.name, answer.version) == (model_id, "houses", 1)
    assert values(answer) == expected.list_predicted()
    assert [(w.row, w.column, w.code, w.detail) for w in answer.warnings] == warnings


def test_an_answer_leaves_nothing_for_the_garbage_collector(app: Flask, model_id: str) -> None:
    body = json.dumps(ONE).encode()

    def ask() -> None:
        environ = create_environ(
            f"/v1/models/{model_id}/predict",
            method="POST",
            input_stream=io.BytesIO(body),
            content_type="application/json",
            content_length=len(body),
            environ_base={"REMOTE_ADDR": "127.0.0.1"},
        )
        chunks, status, _ = run_wsgi_app(app, environ)
        assert status == "200 OK", b"".join(chunks)

    for _ in range(3):
        ask()
    gc.disable()
    gc.freeze()  # what other tests left does not count, also when it becomes garbage only now
    try:
        for _ in range(300):
            ask()
        found = gc.collect()
    finally:
        gc.unfreeze()
        gc.enable()

    assert found < 300  # a request in a circle would leave six objects


def test_classes_have_the_probabilities_of_the_model(client: FlaskClient, model_id: str) -> None:
    expected = train_model("dear").predict(houses())[0]

    answer = predict_rows(client, "dear", {"rows": rows_of(houses())})

    predictions = [each for each in answer.predictions if isinstance(each, PredictedClass)]
    assert [each.label for each in predictions] == expected.list_predicted()
    assert [list(each.probabilities.values()) for each in predictions] == expected.numbers.tolist()
    assert all(list(each.probabilities) == ["no", "yes"] for each in predictions)
    assert all(each.label == max(each.probabilities, key=each.probabilities.__getitem__) for each in predictions)


def test_a_bare_row_is_answered_like_a_list_of_one(client: FlaskClient, model_id: str) -> None:
    bare, listed = predict_rows(client, "houses", ONE), predict_rows(client, "houses", {"rows": [ONE]})

    assert bare == listed
    assert len(bare.predictions) == 1


@pytest.mark.parametrize(("body", "pointer"), [({"rows": []}, "#/rows"), ([], "#")])
def test_no_rows_are_refused(client: FlaskClient, model_id: str, body: Any, pointer: str) -> None:
    answer = client.post("/v1/models/houses/predict", json=body)

    assert answer.status_code == 422
    assert [(error["pointer"], error["code"]) for error in answer.get_json()["errors"]] == [(pointer, "too_short")]


def test_thousands_of_rows_are_answered_in_their_order(client: FlaskClient, model_id: str) -> None:
    rows = [{"sqft": 500 + number / 4, "area": "south", "garden": False} for number in range(10_000)]

    found = values(predict_rows(client, "houses", {"rows": rows}))

    assert len(found) == 10_000
    assert found == sorted(found)


def test_missing_and_null_are_imputed_alike(client: FlaskClient, model_id: str) -> None:
    absent, null = predict_rows(client, "houses", {}), predict_rows(client, "houses", dict.fromkeys(COLUMNS))

    assert absent == null
    assert math.isfinite(values(absent)[0])
    assert {warning.code for warning in absent.warnings} <= {"missing_imputed"}


def test_unseen_categories_are_predicted_with_a_warning(client: FlaskClient, model_id: str) -> None:
    answer = predict_rows(client, "houses", {"rows": [ONE, {**ONE, "area": "moon"}, {**ONE, "sqft": 99_999}]})

    assert len(answer.predictions) == 3
    assert [(warning.row, warning.column, warning.code) for warning in answer.warnings] == [
        (1, "area", "unseen_category"),
        (2, "sqft", "outside_trained_range"),
    ]


def test_warnings_are_capped_at_a_hundred_with_a_notice(client: FlaskClient, model_id: str) -> None:
    answer = predict_rows(client, "houses", {"rows": [{**ONE, "area": "moon"}] * 150})

    assert len(answer.warnings) == 101
    assert [warning.row for warning in answer.warnings] == list(range(101))
    assert answer.warnings[-1].code == "more_warnings"


def test_extreme_numbers_get_finite_predictions(client: FlaskClient, model_id: str) -> None:
    sizes = [1e300, -1e300, 10**40, 1.7976931348623157e308, 5e-324, -0.0, 10**290]

    answer = predict_rows(client, "houses", {"rows": [{**ONE, "sqft": size} for size in sizes]})

    assert np.isfinite(values(answer)).all()


def test_columns_of_the_dataset_that_the_model_ignores_may_be_there(client: FlaskClient, model_id: str) -> None:
    with_target = predict_rows(client, "houses", {**ONE, "price": 99, "dear": "yes"})

    assert values(with_target) == values(predict_rows(client, "houses", ONE))


def test_an_unknown_column_is_refused_with_the_nearest_one(client: FlaskClient, model_id: str) -> None:
    found = errors(client, {"rows": [ONE, ONE, ONE, {**ONE, "sqtf": 1}]})

    assert [(pointer, suggestion) for pointer, _, suggestion in found] == [("#/rows/3/sqtf", "sqft")]


def test_a_value_of_the_wrong_type_is_refused_where_it_stands(client: FlaskClient, model_id: str) -> None:
    found = errors(client, {"rows": [ONE, {**ONE, "sqft": "large"}, {**ONE, "garden": "perhaps"}]})

    assert [pointer for pointer, _, _ in found] == ["#/rows/1/sqft", "#/rows/2/garden"]


def test_in_a_bare_row_the_pointer_is_the_column(client: FlaskClient, model_id: str) -> None:
    assert [pointer for pointer, _, _ in errors(client, {**ONE, "sqft": "large"})] == ["#/sqft"]


def test_bodies_that_are_no_rows_are_refused(client: FlaskClient, model_id: str) -> None:
    no_rows = [
        b"[1]",
        b'{"rows": 3}',
        b'{"rows": [{"sqft": [1]}]}',
        b'{"sqft": NaN}',
        b'{"sqft": 1, "sqft": 2}',
        b"[" * 10_000,
    ]
    no_json = [b"{", b"\xff", b'{"sqft": 1,}']

    for body in no_rows:
        assert errors(client, body)
    for body in no_json:
        answer = client.post("/v1/models/houses/predict", data=body, content_type="application/json")
        assert answer.status_code == 400


def test_other_types_are_not_taken(client: FlaskClient, model_id: str) -> None:
    types = ["text/plain", "application/xml", "multipart/form-data", ""]

    answers = [client.post("/v1/models/houses/predict", data=b"x", content_type=kind) for kind in types]

    assert [answer.status_code for answer in answers] == [415] * 4


def test_csv_gets_the_same_predictions_as_json(client: FlaskClient, model_id: str) -> None:
    rows = rows_of(houses())

    response = client.post("/v1/models/houses/predict", data=csv_of(rows), content_type="text/csv")

    assert values(PredictionResponse.model_validate_json(response.data)) == values(
        predict_rows(client, "houses", {"rows": rows})
    )


def test_predictions_are_csv_by_accept_header(client: FlaskClient, model_id: str) -> None:
    rows = [ONE, {**ONE, "area": "moon"}]

    response = client.post(
        "/v1/models/houses/predict", data=csv_of(rows), content_type="text/csv", headers={"Accept": "text/csv"}
    )

    assert response.content_type == "text/csv"
    lines = list(csv.DictReader(io.StringIO(response.get_data(as_text=True))))
    assert [float(line["value"]) for line in lines] == values(predict_rows(client, "houses", {"rows": rows}))
    assert lines[0]["warnings"] == ""
    assert lines[1]["warnings"].startswith("area: 'moon' did not occur")


def test_classes_in_csv_have_a_column_for_each_probability(client: FlaskClient, model_id: str) -> None:
    rows = rows_of(houses())

    response = client.post(
        "/v1/models/dear/predict", data=csv_of(rows), content_type="text/csv", headers={"Accept": "text/csv"}
    )

    lines = list(csv.DictReader(io.StringIO(response.get_data(as_text=True))))
    expected = train_model("dear").predict(houses())[0]
    assert [line["label"] for line in lines] == expected.list_predicted()
    found = [[float(line["probability_no"]), float(line["probability_yes"])] for line in lines]
    assert np.array_equal(found, expected.numbers)


def test_a_csv_with_an_unknown_column_is_refused(client: FlaskClient, model_id: str) -> None:
    found = errors(client, b"sqtf,area\n1,north\n", "text/csv")

    assert [suggestion for _, _, suggestion in found] == ["sqft"]


def test_malformed_csv_is_never_a_server_error(client: FlaskClient, model_id: str) -> None:
    for body in (b"\0\0\0", b'"', b"\xff\xfe", b"sqft\n" + b"1,2,3\n" * 3, b"sqft\n", b"sqft,sqft\n1,2\n"):
        answer = client.post("/v1/models/houses/predict", data=body, content_type="text/csv")
        assert 400 <= answer.status_code < 500, body


def test_a_moved_alias_serves_within_half_a_second(app: Flask, client: FlaskClient, model_id: str) -> None:
    second = add_model(app, train_model("price", 1), "houses")

    for version, id_ in ((1, model_id), (2, second), (1, model_id)):
        client.put("/v1/models/houses/aliases/champion", json={"version": version})
        time.sleep(CACHE_SECONDS)
        answer = predict_rows(client, "houses@champion", ONE)
        assert (answer.model_id, answer.version) == (id_, version)


def test_a_new_version_serves_within_half_a_second(app: Flask, client: FlaskClient, model_id: str) -> None:
    before = predict_rows(client, "houses", ONE)
    add_model(app, train_model("price", 1), "houses")

    time.sleep(CACHE_SECONDS)
    after = predict_rows(client, "houses", ONE)

    assert (before.version, after.version) == (1, 2)
    assert values(before) != values(after)


def test_a_body_that_is_too_large_is_refused(make_app: Any) -> None:
    app = make_app(max_body_bytes=100)
    add_model(app, train_model("price"), "houses")

    assert app.test_client().post("/v1/models/houses/predict", json={"rows": [ONE] * 9}).status_code == 413


@pytest.mark.parametrize("row", [{"sqft": 1}, {"area": "a { b"}, ONE])
def test_more_cells_than_are_predicted_at_once_are_refused_before_there_are_rows(
    client: FlaskClient, model_id: str, monkeypatch: pytest.MonkeyPatch, row: dict[str, Any]
) -> None:
    monkeypatch.setattr("service.predict.json_rows.MAX_JSON_CELLS", 400)
    monkeypatch.setattr("tables.predict_csv.MAX_CSV_CELLS", 400)

    for kind, encode in (("application/json", json_of), ("text/csv", csv_of)):
        bodies = [encode([row] * rows) for rows in (100, 101)]
        sent = [client.post("/v1/models/houses/predict", data=body, content_type=kind) for body in bodies]
        problem = Problem.model_validate_json(sent[1].data)

        assert [response.status_code for response in sent] == [200, 413]
        assert "101 rows" in problem.detail
        assert "3 inputs 100 are accepted" in problem.detail


def test_more_rows_than_a_large_net_predicts_at_once_are_refused(
    client: FlaskClient, model_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.predict.prediction.MAX_PRODUCTS", 1)

    for kind, encode in (("application/json", json_of), ("text/csv", csv_of)):
        bodies = [encode([ONE] * rows) for rows in (1, 2)]
        sent = [client.post("/v1/models/houses/predict", data=body, content_type=kind) for body in bodies]

        assert [response.status_code for response in sent] == [200, 413]
        assert "2 rows" in Problem.model_validate_json(sent[1].data).detail


def test_cells_of_many_classes_count_too(client: FlaskClient, model_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.predict.json_rows.MAX_JSON_CELLS", 500)

    found = [client.post("/v1/models/dear/predict", json={"rows": [ONE] * rows}).status_code for rows in (100, 101)]

    assert found == [200, 413]


def test_braces_in_texts_are_no_rows(client: FlaskClient, model_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.predict.json_rows.MAX_JSON_CELLS", 40)
    area = '{{{{{{{{{{{{{{\\"{{{{{{{{{{{{{{{{{\\\\' * 20

    assert client.post("/v1/models/houses/predict", json={"rows": [{"area": area}] * 10}).status_code == 200
    assert client.post("/v1/models/houses/predict", json={"rows": [{"area": area}] * 11}).status_code == 413


def test_ten_thousand_warnings_of_csv_are_made_and_no_more(
    client: FlaskClient, model_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = list[int]()
    add = WarningList.add
    monkeypatch.setattr(WarningList, "add", lambda self, row, *more: made.append(row) or add(self, row, *more))
    rows = csv_of([{**ONE, "area": "moon", "sqft": 1e9}] * 30_000)

    response = client.post(
        "/v1/models/houses/predict", data=rows, content_type="text/csv", headers={"Accept": "text/csv"}
    )

    assert response.get_data(as_text=True).count("moon") <= MAX_CSV_WARNINGS
    assert len(made) <= 3 * MAX_CSV_WARNINGS <= 30_000


def test_csv_lists_so_many_warnings_and_says_that_there_are_more(
    client: FlaskClient, model_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.predict.routes.MAX_CSV_WARNINGS", 5)
    monkeypatch.setattr("service.predictions.MAX_CSV_WARNINGS", 5)
    rows = csv_of([{**ONE, "area": "moon"}] * 9)

    response = client.post(
        "/v1/models/houses/predict", data=rows, content_type="text/csv", headers={"Accept": "text/csv"}
    )

    found = [line["warnings"] for line in csv.DictReader(io.StringIO(response.get_data(as_text=True)))]
    assert all("'moon' did not occur" in warning for warning in found[:5])
    assert found[5:] == ["area: from here on there are more warnings; these are the first 5", "", "", ""]


@pytest.mark.parametrize("named", [{}, {"moon": 1}])
def test_columns_that_no_row_names_take_no_memory_for_each_row(named: dict[str, Any]) -> None:
    inputs = [InputColumn(f"c{number}", kind) for number in range(500) for kind in ("numeric", "text", "boolean")]
    inputs = [replace(column, name=f"{column.name}{column.type}") for column in inputs]
    rows, csv_rows = [named] * 2000, b"moon,c0numeric\n" + b"1,2\n" * 2000

    for make in (lambda: frame_from_rows(rows, inputs, ["moon"]), lambda: frame_from_csv(csv_rows, inputs, ["moon"])):
        tracemalloc.start()
        try:
            assert make().rows == 2000
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < 2**21 < 2000 * len(inputs)
