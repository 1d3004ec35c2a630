"""/metrics: values after requests, and labels that clients cannot create."""

import re
from collections.abc import Callable
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from service.app import ROUTES
from tests.databases import on_every_database
from tests.unit.service.factories import add_model, train_model

TABLE = b"a,b\n1,x\n2,y\n"

Figures = dict[tuple[str, frozenset[tuple[str, str]]], float]


def figures(client: FlaskClient) -> Figures:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain; version=")
    families = text_string_to_metric_families(answer.get_data(as_text=True))
    return {(s.name, frozenset(s.labels.items())): s.value for family in families for s in family.samples}


def figure(client: FlaskClient, name: str, **labels: str) -> float:
    return figures(client).get((name, frozenset(labels.items())), 0.0)


def requests(client: FlaskClient, route: str, method: str, status: str) -> float:
    return figure(client, "gradus_request_seconds_count", route=route, method=method, status=status)


def test_requests_are_counted_by_template_method_and_status(client: FlaskClient) -> None:
    for number in range(3):
        client.get(f"/v1/jobs/job_{number}")
    client.head("/healthz")

    assert requests(client, "/v1/jobs/{job_id}", "GET", "404") == 3
    assert requests(client, "/healthz", "HEAD", "200") == 1
    assert figure(client, "gradus_problems_total", problem="not-found") == 3


def test_clients_cannot_create_metric_labels(client: FlaskClient) -> None:
    for number in range(20):
        client.get(f"/nothing/{number}")
        client.open("/v1/jobs", method=f"BREW{number}")

    labels = [dict(labels) for name, labels in figures(client) if name == "gradus_request_seconds_count"]
    templates = {route.path for resource in ROUTES for route in resource} | {"none"}
    assert {label["route"] for label in labels} <= templates
    assert requests(client, "none", "GET", "404") == 20
    assert requests(client, "none", "other", "405") == 20
    assert not re.search("BREW|nothing", client.get("/metrics").get_data(as_text=True))


def test_uploads_are_counted_in_bytes(client: FlaskClient) -> None:
    client.post("/v1/datasets", data=TABLE, content_type="text/csv")

    assert figure(client, "gradus_uploaded_bytes_total") == len(TABLE)
    assert figure(client, "gradus_datasets", state="ready") == 1


def test_predicted_rows_and_the_cache_are_counted(app: Flask, client: FlaskClient) -> None:
    add_model(app, train_model("price"), "net")
    answers = [client.post("/v1/models/net/predict", json={"rows": [{}] * rows}) for rows in (1, 4)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert figure(client, "gradus_predicted_rows_total") == 5
    assert figure(client, "gradus_model_cache_misses_total") == 1
    assert figure(client, "gradus_model_cache_hits_total") == 1
    assert figure(client, "gradus_model_cache_bytes") > 0


@on_every_database
def test_every_job_status_has_a_gauge_even_at_zero(client: FlaskClient) -> None:
    states = {
        dict(labels)["state"]: value for (name, labels), value in figures(client).items() if name == "gradus_jobs"
    }

    assert states == dict.fromkeys(["queued", "running", "paused", "succeeded", "failed", "cancelled"], 0)


def test_without_its_database_it_is_refused_like_every_call_whose_key_cannot_be_checked(
    make_app: Callable[..., Flask], tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    client = make_app(database_url=f"sqlite:///{tmp_path / 'folder'}").test_client()

    answer = client.get("/metrics")

    assert (answer.status_code, answer.content_type) == (503, "application/problem+json")
    assert "Retry-After" in answer.headers
