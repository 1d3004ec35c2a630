"""Sweeps over HTTP: start, watch, finish, cancel and delete, and what a space may not be."""

from collections.abc import Mapping
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from contract.sweeps import SweepResponse, TrialsResponse
from store.database import begin_write
from store.jobs import claims
from store.sweeps import sweeps
from tests.unit.service.factories import add_dataset, claim, record, sessions_of
from worker.sweeps.trials import suggest

RANGE = {"low": 0.0003, "high": 0.03, "log": True}


def start(client: FlaskClient, dataset_id: str, **more: Any) -> Any:
    base = {"dataset_id": dataset_id, "target": "price", **more.pop("base", {})}
    return client.post("/v1/sweeps", json={"base": base, **more})


def test_a_sweep_starts_with_a_space_of_its_own_and_trials_that_wait(app: Flask, client: FlaskClient) -> None:
    response = start(client, add_dataset(app), trials=20)
    assert response.status_code == 202, response.text
    sweep = SweepResponse.model_validate_json(response.data)
    assert response.headers["Location"] == f"/v1/sweeps/{sweep.id}"
    assert sweep.spec.space is not None
    assert set(sweep.spec.space) == {
        "optimizer.learning_rate",
        "layers",
        "batch_size",
        "weight_decay",
        "numeric.bins",
    }
    assert (sweep.status, sweep.metric, sweep.minimize) == ("running", "validation_loss", True)
    assert (sweep.trials.total, sweep.trials.queued, sweep.best, sweep.job_id) == (20, 16, None, None)
    assert client.get("/v1/jobs").get_json()["data"] == []
    trials = client.get(f"/v1/jobs?sweep_id={sweep.id}").get_json()["data"]
    assert {trial["trial"] for trial in trials} == set(range(1, 17))
    assert {trial["spec"]["nets"] for trial in trials} == {1}
    assert len({trial["spec"]["optimizer"]["learning_rate"] for trial in trials}) > 10


def test_the_leaderboard_has_the_best_trial_first(app: Flask, client: FlaskClient) -> None:
    sweep_id = start(client, add_dataset(app), trials=2, space={"batch_size": [8, 16]}).get_json()["id"]
    for last in (2, 4):
        held = claim(app)
        record(app, held, 1, last)
        with begin_write(sessions_of(app)) as s:
            claims.succeed_trial(s, held.job_id, held.token, "ab", "all_epochs")
            sweeps.advance(s, sweep_id, suggest)
    board = TrialsResponse.model_validate_json(client.get(f"/v1/sweeps/{sweep_id}/trials").data)
    assert [(trial.trial, trial.value, trial.epoch) for trial in board.data] == [(2, 0.5, 4), (1, 1.0, 2)]
    sweep = client.get(f"/v1/sweeps/{sweep_id}").get_json()
    assert (sweep["status"], sweep["best"]["trial"], sweep["trials"]["succeeded"]) == ("succeeded", 2, 2)
    job = client.get(f"/v1/jobs/{sweep['job_id']}").get_json()
    assert job["spec"]["batch_size"] == sweep["best"]["settings"]["batch_size"]
    assert job["reasons"]["batch_size"].startswith("The best of 2 trials")


@pytest.mark.parametrize(
    ("body", "pointer", "detail"),
    [
        ({"base": {"target": "prize"}}, "#/base/target", "is not a column"),
        ({"space": {"batch_sise": [1, 2]}}, "#/space/batch_sise", "no setting"),
        ({"space": {"batch_size": [8, 0]}}, "#/space/batch_size/1", "greater than or equal to 1"),
        ({"space": {"batch_size": [8, 8]}}, "#/space/batch_size/1", "twice"),
        ({"space": {"batch_size": [8]}}, "#/space/batch_size", "at least 2"),
        ({"space": {"batch_size": {"low": 8, "high": 2}}}, "#/space/batch_size", "less than"),
        ({"space": {"batch_size": {"low": 0.5, "high": 2.5}}}, "#/space/batch_size/low", "integer"),
        ({"space": {"target": ["a", "b"]}}, "#/space/target", "may not differ"),
        ({"space": {"optimizer": [{"type": "sgd"}, {"type": "adam"}], "optimizer.learning_rate": RANGE}},
         "#/space/optimizer.learning_rate", "part of 'optimizer'"),
        ({"metric": "accuracy"}, "#/metric", "is no metric of regression"),
        ({"trials": 1}, "#/trials", "greater than or equal to 2"),
        ({"base": {"split": {"validation": 0.0}}}, "#/base/split/validation", "validation rows"),
        ({"space": {"epochs": list(range(1, 102))}}, "#/space/epochs", "at most 100"),
        ({"space": {"epochs": list(range(1, 60)), "batch_size": list(range(1, 60))}}, "#/space", "100 are accepted"),
    ],
)  # fmt: skip
def test_what_cannot_be_searched_is_refused_with_its_place(
    app: Flask, client: FlaskClient, body: Mapping[str, Any], pointer: str, detail: str
) -> None:
    response = start(client, add_dataset(app), **body)
    assert response.status_code == 422, response.text
    errors = {error["pointer"]: error["detail"] for error in response.get_json()["errors"]}
    assert detail in errors.get(pointer, ""), errors
    assert client.get("/v1/sweeps").get_json()["data"] == []


def test_values_stand_in_the_space_as_in_a_spec(app: Flask, client: FlaskClient) -> None:
    layers = [[{"type": "dense", "units": 8}], [{"type": "dense", "units": 16}]]
    sweep = start(client, add_dataset(app), space={"layers": layers}).get_json()
    assert sweep["spec"]["space"]["layers"][0][0] == {
        "type": "dense",
        "units": 8,
        "activation": "relu",
        "initializer": "auto",
        "groups": 1,
    }


def test_the_nets_of_the_base_are_of_the_last_job_alone(app: Flask, client: FlaskClient) -> None:
    base = {"nets": 3, "preset": "fast"}
    sweep_id = start(client, add_dataset(app), base=base, trials=2, space={"batch_size": [8, 16]}).get_json()["id"]
    for last in (2, 4):
        held = claim(app)
        record(app, held, 1, last)
        with begin_write(sessions_of(app)) as s:
            claims.succeed_trial(s, held.job_id, held.token, "ab", "all_epochs")
            sweeps.advance(s, sweep_id, suggest)
    trials = client.get(f"/v1/jobs?sweep_id={sweep_id}").get_json()["data"]
    assert {(trial["spec"]["nets"], trial["spec"]["split"]["folds"]) for trial in trials} == {(1, None)}
    job = client.get(f"/v1/jobs/{client.get(f'/v1/sweeps/{sweep_id}').get_json()['job_id']}").get_json()
    assert (job["spec"]["nets"], job["spec"]["split"]["folds"], len(job["nets"])) == (3, 3, 3)


def test_a_sweep_is_cancelled_and_then_deleted(app: Flask, client: FlaskClient) -> None:
    sweep_id = start(client, add_dataset(app)).get_json()["id"]
    assert client.delete(f"/v1/sweeps/{sweep_id}").status_code == 409
    assert client.post(f"/v1/sweeps/{sweep_id}/finish").status_code == 409
    cancelled = client.post(f"/v1/sweeps/{sweep_id}/cancel").get_json()
    assert (cancelled["status"], cancelled["trials"]["cancelled"]) == ("cancelled", 16)
    assert client.get("/v1/sweeps?status=running").get_json()["data"] == []
    assert client.delete(f"/v1/sweeps/{sweep_id}").get_json() == {"object": "deleted", "id": sweep_id}
    assert client.get(f"/v1/sweeps/{sweep_id}").status_code == 404


def test_an_owner_may_not_have_sweeps_without_end(app: Flask, client: FlaskClient) -> None:
    dataset_id = add_dataset(app)
    for _ in range(10):
        assert start(client, dataset_id, space={"batch_size": [8, 16]}, trials=2).status_code == 202
    refused = start(client, dataset_id, space={"batch_size": [8, 16]}, trials=2)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
