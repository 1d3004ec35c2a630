"""Recorded predictions, what came true, accuracy over time, drift with its event, retention, and hostile requests."""

import csv
import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from contract.ids import new_id
from contract.monitoring import FeedbackResponse, MonitoringResponse
from store import predictions as log
from store.database import begin_read, begin_write, now
from store.tables import DeliveryRow, MonitorRow, PredictionRow, WebhookRow
from store.webhooks import webhooks
from tests.databases import on_every_database
from tests.unit.service.factories import ME, add_model, houses, insight, sessions_of, train_model
from tests.unit.service.predict.test_intervals import list_rows

FEATURES = ["sqft", "area", "garden"]
LARGE = {"sqft": 9000.0, "area": "south", "garden": True}


@pytest.fixture
def model_id(app: Flask) -> str:
    return add_model(app, train_model("price"), "houses", insight("price"))


@pytest.fixture
def class_id(app: Flask) -> str:
    return add_model(app, train_model("dear"), "dear", insight("dear"))


def record(client: FlaskClient, rows: list[dict[str, Any]], name: str = "houses", query: str = "record=true") -> Any:
    response = client.post(f"/v1/models/{name}/predict?{query}", json=rows)
    assert response.status_code == 200, response.text
    return response.get_json()


def tell(client: FlaskClient, actual: Mapping[str, Any], name: str = "houses", status: int = 200) -> Any:
    response = client.post(f"/v1/models/{name}/feedback", json={"actual": actual})
    assert response.status_code == status, response.text
    return response.get_json()


def look(client: FlaskClient, name: str = "houses", query: str = "") -> MonitoringResponse:
    response = client.get(f"/v1/models/{name}/monitoring{query}")
    assert response.status_code == 200, response.text
    return MonitoringResponse.model_validate_json(response.data)


def count_kept(app: Flask) -> int:
    with begin_read(sessions_of(app)) as s:
        return s.scalars(select(func.count()).select_from(PredictionRow)).one()


@on_every_database
def test_what_came_true_is_told_by_the_id_of_a_prediction(client: FlaskClient, model_id: str) -> None:
    rows = list_rows(50)
    answer = record(client, rows)
    ids = answer["ids"]
    assert len(set(ids)) == 50

    actual = {one: each["value"] + 10 for one, each in zip(ids[:40], answer["predictions"], strict=False)}
    found = FeedbackResponse.model_validate(tell(client, {**actual, new_id("prd"): 3}))
    assert (found.model_id, found.accepted, len(found.unknown)) == (model_id, 40, 1)

    seen = look(client)
    assert (seen.predictions, seen.outcomes, seen.recent_rows) == (50, 40, 50)
    (part,) = seen.accuracy
    assert (part.predictions, part.outcomes) == (50, 40)
    assert part.metrics == {"rmse": pytest.approx(10), "mae": pytest.approx(10)}
    assert set(seen.baseline) == {"rmse", "mae"}
    assert all(each.psi is None and not each.has_drifted for each in seen.drift)  # too few rows

    tell(client, {one: each["value"] for one, each in zip(ids[:40], answer["predictions"], strict=False)})
    assert look(client).accuracy[0].metrics["rmse"] == pytest.approx(0)


@on_every_database
@pytest.mark.usefixtures("class_id")
def test_classes_come_true_or_are_new(client: FlaskClient) -> None:
    answer = record(client, list_rows(4), "dear")
    labels = [each["label"] for each in answer["predictions"]]
    other = {"yes": "no", "no": "yes"}
    given = dict(zip(answer["ids"], [labels[0], other[labels[1]], "perhaps", True], strict=True))
    assert tell(client, given, "dear")["new_classes"] == ["perhaps", "true"]
    assert look(client, "dear").accuracy[0].metrics == {"accuracy": 0.25}


@pytest.mark.usefixtures("model_id")
def test_nothing_is_recorded_unless_it_is_asked_for(app: Flask, client: FlaskClient) -> None:
    answer = record(client, list_rows(3), query="")
    assert "ids" not in answer
    assert count_kept(app) == 0


@pytest.mark.usefixtures("model_id")
def test_csv_has_the_ids_and_rows_with_faults_have_none(app: Flask, client: FlaskClient) -> None:
    text = "sqft,area,garden\n1200,north,true\nlarge,north,true\n"
    answer = client.post(
        "/v1/models/houses/predict?record=true&bad_rows=skip",
        data=text,
        content_type="text/csv",
        headers={"Accept": "text/csv"},
    )
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert lines[0]["id"].startswith("prd_")
    assert float(lines[0]["value"]) > 0
    assert lines[1]["id"] == lines[1]["value"] == ""
    assert count_kept(app) == 1


@on_every_database
def test_drift_is_found_told_once_and_seen(app: Flask, client: FlaskClient, model_id: str) -> None:
    with begin_write(sessions_of(app)) as s:
        webhooks.add(s, id=new_id("wh"), owner=ME, url="https://example.com/hook", events=["drift.detected"])
    usual = list_rows(120)
    for _ in range(2):
        record(client, usual)
    assert not any(each.has_drifted for each in look(client).drift)
    assert list_events(app) == []

    for _ in range(6):
        record(client, [LARGE] * 100)
    seen = look(client)
    drifted = [each for each in seen.drift if each.has_drifted]
    assert {each.column for each in drifted} == {"sqft", "area", "garden"}
    assert next(each for each in seen.drift if each.kind == "output").psi is None  # 24 held-out rows are too few
    assert [each.has_drifted for each in seen.drift] == sorted((each.has_drifted for each in seen.drift), reverse=True)
    sqft = next(each for each in drifted if each.column == "sqft")
    assert sqft.psi is not None
    assert sqft.threshold is not None
    assert sqft.psi > sqft.threshold >= seen.test.min_psi
    assert sqft.bins[-2].recent == pytest.approx(0.7, abs=0.2)
    assert sum(each.reference for each in sqft.bins) == pytest.approx(1)
    assert (seen.reference_rows or 0) > 50

    told = list_events(app)
    names = [name for event in told for name in event["columns"]]
    assert len(names) == len(set(names))
    assert set(names) == {"sqft", "area", "garden"}
    assert {event["id"] for event in told} == {model_id}

    for _ in range(3):
        record(client, [LARGE] * 100)
    assert len(list_events(app)) == len(told)

    for _ in range(9):  # as it was: then a new drift is told again
        record(client, usual)
    assert look(client, query="?rows=900").recent_rows == 900
    assert not any(each.has_drifted for each in look(client, query="?rows=900").drift)
    for _ in range(8):
        record(client, [LARGE] * 100)
    assert len(list_events(app)) > len(told)


def list_events(app: Flask) -> list[dict[str, Any]]:
    with begin_read(sessions_of(app)) as s:
        found = s.scalars(select(DeliveryRow).order_by(DeliveryRow.id)).all()
        assert s.scalars(select(WebhookRow)).first() is not None
        return [row.data for row in found if row.type == "drift.detected"]


@on_every_database
def test_the_newest_are_kept_and_old_ones_deleted(make_app: Any) -> None:
    app = make_app(monitoring_rows=1000)
    add_model(app, train_model("price"), "houses", insight("price"))
    client = app.test_client()
    first = record(client, list_rows(100))["ids"]
    for _ in range(11):
        record(client, list_rows(100))
    assert count_kept(app) == 1000
    assert tell(client, {first[0]: 1})["accepted"] == 0
    with begin_write(sessions_of(app)) as s:
        s.execute(update(PredictionRow).values(created_at=now() - 3 * 86400))
    assert look(client, query="?days=2").accuracy == []
    assert sum(part.predictions for part in look(client, query="?days=4").accuracy) == 1000
    with begin_write(sessions_of(app)) as s:
        assert log.delete_old(s, 86400) == 1000
    assert look(client).predictions == 0


@on_every_database
def test_a_deleted_model_takes_its_predictions_along(app: Flask, client: FlaskClient, model_id: str) -> None:
    record(client, list_rows(120))
    assert client.delete(f"/v1/models/{model_id}").status_code == 200
    assert count_kept(app) == 0
    with begin_read(sessions_of(app)) as s:
        assert s.scalars(select(MonitorRow)).all() == []


def test_predictions_of_another_model_are_unknown(client: FlaskClient, model_id: str, class_id: str) -> None:
    one = record(client, list_rows(1))["ids"][0]
    assert model_id != class_id
    assert tell(client, {one: "yes"}, "dear")["unknown"] == [one]
    assert look(client).outcomes == 0


def test_a_model_of_an_earlier_version_tells_accuracy_alone(app: Flask, client: FlaskClient) -> None:
    add_model(app, train_model("price"), "old")
    answer = record(client, list_rows(120), "old")
    tell(client, {answer["ids"][0]: 200}, "old")
    seen = look(client, "old")
    assert (seen.drift, seen.reference_rows, seen.outcomes) == ([], None, 1)
    assert seen.unavailable
    assert "earlier version" in seen.unavailable


@pytest.mark.usefixtures("model_id", "class_id")
@pytest.mark.parametrize(
    ("name", "actual"),
    [
        ("houses", {}),
        ("houses", {"prd_x": 1}),
        ("houses", {new_id("prd"): "large"}),
        ("houses", {new_id("prd"): True}),
        ("houses", {new_id("prd"): 1e300}),
        ("houses", {new_id("prd"): None}),
        ("houses", {new_id("prd"): {"price": 1}}),
        ("houses", {new_id("prd"): [1]}),
        ("dear", {new_id("prd"): {"dear": 1}}),
        ("dear", {new_id("prd"): "a\x00b"}),
        ("dear", {new_id("prd"): "a" * 1001}),
        ("houses", {new_id("prd"): 1 for _ in range(10_001)}),
    ],
)
def test_outcomes_that_cannot_be_are_refused_with_their_place(client: FlaskClient, name: str, actual: Any) -> None:
    problem = tell(client, actual, name, status=422)
    assert problem["errors"][0]["pointer"].startswith("#/actual")


@pytest.mark.usefixtures("model_id")
@pytest.mark.parametrize("number", [10**400, -(10**400), 2**63, 1e150, -0.0])
def test_large_numbers_are_taken_or_refused(client: FlaskClient, number: float) -> None:
    one = record(client, list_rows(1))["ids"][0]
    response = client.post(
        "/v1/models/houses/feedback", data=f'{{"actual": {{"{one}": {number}}}}}', content_type="application/json"
    )
    assert response.status_code in {200, 400, 422}, response.text
    assert np.isfinite(list(look(client).accuracy[0].metrics.values())).all()


@pytest.mark.usefixtures("model_id")
def test_many_rows_and_odd_queries_are_refused(app: Flask, client: FlaskClient) -> None:
    many = client.post("/v1/models/houses/predict?record=true", json=[LARGE] * 1001)
    assert many.status_code == 422
    assert "at most 1,000" in many.text
    assert count_kept(app) == 0
    for query in ("days=0", "days=nan", "rows=0", "rows=1e9", "since=1"):
        assert client.get(f"/v1/models/houses/monitoring?{query}").status_code == 422
    assert houses().rows == 120
