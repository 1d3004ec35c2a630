"""Which jobs are to be logged to a tracking server, as their spec and the operator say."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from contract.settings import Settings
from store.database import begin_read
from store.tables import TrackingRow
from tests.unit.service.factories import add_dataset, sessions_of


def submit(client: FlaskClient, dataset: str, **spec: object) -> tuple[int, dict]:
    answer = client.post("/v1/jobs", json={"dataset_id": dataset, "target": "price", **spec})
    return answer.status_code, answer.get_json()


def list_tracked(app: Flask) -> set[str]:
    with begin_read(sessions_of(app)) as s:
        return set(s.scalars(select(TrackingRow.job_id)))


def test_without_a_server_nothing_is_logged_and_asking_for_it_is_refused(app: Flask, client: FlaskClient) -> None:
    dataset = add_dataset(app)

    assert submit(client, dataset)[0] == 202
    status, problem = submit(client, dataset, tracking=True)

    assert status == 422
    assert problem["errors"][0]["pointer"] == "#/tracking"
    assert "GRADUS_TRACKING_URL" in problem["errors"][0]["detail"]
    assert list_tracked(app) == set()


@pytest.mark.parametrize(("wanted", "is_logged"), [(None, True), (True, True), (False, False)])
def test_with_a_server_jobs_are_logged_unless_they_are_left_out(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, wanted: bool | None, is_logged: bool
) -> None:
    settings: Settings = app.extensions["services"].settings
    monkeypatch.setitem(settings.__dict__, "tracking_url", "http://mlflow:5000")

    status, job = submit(client, add_dataset(app), tracking=wanted)

    assert status == 202
    assert list_tracked(app) == ({job["id"]} if is_logged else set())
    client.post(f"/v1/jobs/{job['id']}/cancel")
    client.delete(f"/v1/jobs/{job['id']}")
    assert list_tracked(app) == set()
