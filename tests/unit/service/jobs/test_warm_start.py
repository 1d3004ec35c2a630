"""Warm starts over HTTP: resolution of the start model, inherited fields, and contradictions."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from contract.responses import JobResponse, ValidationResponse
from tests.unit.service.factories import add_dataset, add_job, claim, record, succeed_job, train_model


@pytest.fixture
def source(app: Flask) -> tuple[str, str]:
    """A job that has ended, and its model `houses`, whose best epoch is the third."""
    job_id = add_job(app)
    held = claim(app)
    record(app, held, 1, 3)
    return job_id, succeed_job(app, held, train_model("price"), "houses")


def validate_job(client: FlaskClient, app: Flask, **spec: Any) -> ValidationResponse:
    asked = {"dataset_id": add_dataset(app), "target": "price", **spec}
    response = client.post("/v1/jobs/validate", json=asked)
    assert response.status_code == 200
    return ValidationResponse.model_validate_json(response.data)


@pytest.mark.parametrize("field", ["job_id", "model", "name"])
def test_the_start_model_is_pinned_and_its_fields_filled_in(
    app: Flask, client: FlaskClient, source: tuple[str, str], field: str
) -> None:
    start = {"job_id": {"job_id": source[0]}, "model": {"model": source[1]}, "name": {"model": "houses"}}[field]
    asked = {"dataset_id": add_dataset(app), "target": "price", "start_from": start, "epochs": 5}

    response = client.post("/v1/jobs", json=asked)

    assert response.status_code == 202
    spec = JobResponse.model_validate_json(response.data).spec
    assert spec.start_from is not None
    assert spec.start_from.model_dump() == {"job_id": None, "model": source[1], "epoch": None}
    assert spec.layers == list(train_model("price").layers)
    assert spec.features == [column.name for column in train_model("price").inputs]
    assert (spec.task, spec.epochs) == ("regression", 5)


def test_without_a_weight_history_only_the_best_epoch_is_a_start(
    app: Flask, client: FlaskClient, source: tuple[str, str]
) -> None:
    best = validate_job(client, app, start_from={"job_id": source[0], "epoch": 3})
    other = validate_job(client, app, start_from={"job_id": source[0], "epoch": 2})

    assert best.valid
    (error,) = other.errors
    assert (error.pointer, error.code, error.suggestion) == ("#/start_from/epoch", "epoch_not_kept", "3")


@pytest.mark.parametrize(
    ("start", "pointer", "code"),
    [
        ({}, "#/start_from", "one_of"),
        ({"job_id": "job_00000000000000000000000000", "model": "houses"}, "#/start_from", "one_of"),
        ({"job_id": "job_00000000000000000000000000"}, "#/start_from/job_id", "unknown_job"),
        ({"model": "castles"}, "#/start_from/model", "unknown_model"),
        ({"model": "houses:7"}, "#/start_from/model", "unknown_model"),
        ({"model": "houses", "epoch": 0}, "#/start_from/epoch", "greater_than_equal"),
        ({"job_id": "'; --"}, "#/start_from/job_id", "string_pattern_mismatch"),
    ],
)
@pytest.mark.usefixtures("source")
def test_an_unusable_start_is_refused_with_its_pointer(
    app: Flask, client: FlaskClient, start: dict[str, Any], pointer: str, code: str
) -> None:
    (error,) = validate_job(client, app, start_from=start).errors

    assert (error.pointer, error.code) == (pointer, code)


def test_another_owners_model_is_no_start(app: Flask, client: FlaskClient) -> None:
    job_id = add_job(app, owner="somebody")
    model_id = succeed_job(app, claim(app), train_model("price"), "theirs")

    for start in ({"job_id": job_id}, {"model": model_id}, {"model": "theirs"}):
        (error,) = validate_job(client, app, start_from=start).errors
        assert error.code in {"unknown_job", "unknown_model"}


def test_a_job_without_a_model_is_no_start(app: Flask, client: FlaskClient) -> None:
    (error,) = validate_job(client, app, start_from={"job_id": add_job(app)}).errors

    assert (error.pointer, error.code) == ("#/start_from/job_id", "no_model")
    assert "queued" in error.detail


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"target": "sqft"}, "#/target"),
        ({"task": "classification"}, "#/task"),
        ({"features": ["sqft"]}, "#/features"),
        ({"layers": [{"type": "dense", "units": 3}]}, "#/layers"),
        ({"layers": [{"type": "dense", "units": 8, "groups": 2}]}, "#/layers"),
        ({"layers": [{"type": "residual", "layers": [{"type": "dense", "units": 8}]}]}, "#/layers"),
    ],
)
def test_fields_that_contradict_the_start_model_are_refused_with_their_pointers(
    app: Flask, client: FlaskClient, source: tuple[str, str], change: dict[str, Any], pointer: str
) -> None:
    answer = validate_job(client, app, **{"start_from": {"model": source[1]}, **change})

    assert not answer.valid
    assert (pointer, "start_unfit") in [(error.pointer, error.code) for error in answer.errors]
