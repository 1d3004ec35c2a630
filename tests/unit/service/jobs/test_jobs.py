"""Jobs over HTTP: submit, validate, list, follow, control and delete."""

import csv
import io
import json
import shutil
import threading
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from contract.responses import JobResponse, Problem, ValidationResponse
from learning.data.prepare import prepare
from store.database import begin_read, begin_write
from store.jobs import claims, jobs
from store.jobs.checkpoints import Checkpoint
from store.tables import JobRow
from tables import load_frame
from tests.databases import on_every_database
from tests.unit.service.factories import add_dataset, add_job, claim, record, sessions_of, succeed_job, train_model

EXAMPLES = Path(__file__).parents[4] / "examples"
MISSING = "job_00000000000000000000000000"


def job(data: bytes) -> JobResponse:
    return JobResponse.model_validate_json(data)


def count(app: Flask) -> int:
    with begin_read(sessions_of(app)) as s:
        return s.scalars(select(func.count()).select_from(JobRow).where(JobRow.ensemble_id.is_(None))).one()


def problem(data: bytes) -> Problem:
    return Problem.model_validate_json(data)


def test_a_job_is_taken_with_every_default_filled_in(app: Flask, client: FlaskClient) -> None:
    dataset_id = add_dataset(app)

    response = client.post("/v1/jobs", json={"dataset_id": dataset_id, "target": "price"})

    assert response.status_code == 202
    answer = job(response.data)
    assert response.headers["Location"] == f"/v1/jobs/{answer.id}"
    assert (answer.status, answer.progress.epoch, answer.progress.queue_position) == ("queued", 0, 0)
    assert (answer.spec.task, answer.spec.loss, answer.spec.model_name) == ("regression", "mse", "houses")
    assert answer.allowed_actions == ["pause", "cancel"]
    assert job(client.get(f"/v1/jobs/{answer.id}").data) == answer


@on_every_database
def test_a_taken_job_can_be_claimed_with_the_spec_that_was_answered(app: Flask, client: FlaskClient) -> None:
    net = {"preset": "fast", "layers": [{"type": "dropout", "rate": 0.5}], "seed": 3}
    answer = job(client.post("/v1/jobs", json={"dataset_id": add_dataset(app), "target": "area", **net}).data)

    held = claim(app)

    assert held.job_id == answer.id
    assert json.loads(held.spec_json) == json.loads(answer.spec.model_dump_json())


def test_warnings_stay_with_the_job(app: Flask, client: FlaskClient) -> None:
    sent = {"dataset_id": add_dataset(app), "target": "price", "batch_size": 5000}

    answer = job(client.post("/v1/jobs", json=sent).data)

    assert "batch_size is 5,000" in answer.warnings[0]
    assert job(client.get(f"/v1/jobs/{answer.id}").data).warnings == answer.warnings


@pytest.mark.parametrize(
    ("fields", "pointer", "suggestion"),
    [
        ({"target": "pirce"}, "#/target", "price"),
        ({"features": ["sqft", "aera"]}, "#/features/1", "area"),
        ({"optimizer": {"type": "adam", "learning_rate": -0.1}}, "#/optimizer/learning_rate", None),
        ({"epoch": 3}, "#/epoch", "epochs"),
        ({"loss": "cross_entropy"}, "#/loss", "mse"),
        ({"dataset_id": "ds_" + "0" * 26}, "#/dataset_id", None),
        ({"layers": [{"type": "dense", "units": 16384}] * 64, "batch_size": 1_000_000}, "#/layers", None),
    ],
)
def test_a_job_that_cannot_work_is_refused_and_nothing_stored(
    app: Flask, client: FlaskClient, fields: dict[str, Any], pointer: str, suggestion: str | None
) -> None:
    response = client.post("/v1/jobs", json={"dataset_id": add_dataset(app), "target": "price", **fields})

    assert response.status_code == 422
    errors = problem(response.data).errors
    assert errors is not None
    assert [(error.pointer, error.suggestion) for error in errors] == [(pointer, suggestion)]
    assert count(app) == 0


def test_a_job_on_another_owners_dataset_is_refused(app: Flask, client: FlaskClient) -> None:
    theirs = client.post("/v1/jobs", json={"dataset_id": add_dataset(app, owner="somebody"), "target": "price"})
    nobodys = client.post("/v1/jobs", json={"dataset_id": "ds_" + "0" * 26, "target": "price"})

    assert theirs.status_code == nobodys.status_code == 422
    assert [problem(answer.data).detail for answer in (theirs, nobodys)] == [problem(nobodys.data).detail] * 2


def test_a_dataset_that_is_not_ready_is_refused(app: Flask, client: FlaskClient) -> None:
    response = client.post("/v1/jobs", json={"dataset_id": add_dataset(app, ready=False), "target": "price"})

    assert response.status_code == 422
    assert (problem(response.data).errors or [])[0].code == "dataset_not_ready"


def test_an_owner_with_too_many_jobs_waits_for_one_to_end(make_app: Callable[..., Flask]) -> None:
    app = make_app(jobs_per_owner=2)
    client = app.test_client()
    dataset = add_dataset(app)
    add_job(app, owner="ann")
    spec = {"dataset_id": dataset, "target": "price"}
    first = client.post("/v1/jobs", json=spec, headers={"Idempotency-Key": "first"})
    assert first.status_code == 202
    assert client.post("/v1/jobs", json=spec).status_code == 202

    refused = client.post("/v1/jobs", json=spec)

    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "10")
    assert client.post("/v1/jobs", json=spec, headers={"Idempotency-Key": "first"}).get_json() == first.get_json()
    client.post(f"/v1/jobs/{first.get_json()['id']}/cancel")
    assert client.post("/v1/jobs", json=spec).status_code == 202


def test_no_job_is_taken_when_the_disk_is_almost_full(make_app: Callable[..., Flask]) -> None:
    app = make_app(min_free_bytes=2**60)

    response = app.test_client().post("/v1/jobs", json={"dataset_id": add_dataset(app), "target": "price"})

    assert response.status_code == 507
    assert count(app) == 0


@on_every_database
def test_no_job_is_taken_whose_epochs_would_fill_the_disk(
    make_app: Callable[..., Flask], tmp_path: Path, database_url: str
) -> None:
    app = make_app(min_free_bytes=shutil.disk_usage(tmp_path).free - 150_000_000)
    client, spec = app.test_client(), {"dataset_id": add_dataset(app), "target": "price", "preset": "fast"}
    assert client.post("/v1/jobs", json=spec).status_code == 202

    refused = client.post("/v1/jobs", json={**spec, "epochs": 1_000_000})

    if database_url.startswith("sqlite"):
        assert refused.status_code == 507
        assert "1,000,000 epochs take up to 300,000,000 bytes" in refused.get_json()["detail"]
        assert count(app) == 1
    else:
        assert refused.status_code == 202


def test_a_post_that_is_repeated_with_its_key_makes_one_job(app: Flask, client: FlaskClient) -> None:
    sent = {"dataset_id": add_dataset(app), "target": "price"}
    headers = {"Idempotency-Key": "k1"}

    first, again = (client.post("/v1/jobs", json=sent, headers=headers) for _ in range(2))
    other = client.post("/v1/jobs", json={**sent, "seed": 1}, headers=headers)

    assert (first.status_code, again.status_code) == (202, 202)
    assert first.data == again.data
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["Location"] == first.headers["Location"]
    assert other.status_code == 422
    assert count(app) == 1


def test_a_refused_post_does_not_use_up_its_key(app: Flask, client: FlaskClient) -> None:
    dataset_id, headers = add_dataset(app), {"Idempotency-Key": "k2"}

    refused = client.post("/v1/jobs", json={"dataset_id": dataset_id, "target": "pirce"}, headers=headers)
    mended = client.post("/v1/jobs", json={"dataset_id": dataset_id, "target": "price"}, headers=headers)

    assert (refused.status_code, mended.status_code) == (422, 202)


@pytest.mark.parametrize("path", ["/v1/jobs", "/v1/jobs/validate"])
def test_a_job_may_have_a_mebibyte_and_no_more(client: FlaskClient, path: str) -> None:
    for length, refused in ((2**20, False), (2**20 + 1, True)):
        answer = client.post(path, data=b"{}".ljust(length), content_type="application/json")
        assert (answer.status_code == 413) is refused


def test_validation_estimates_a_job_and_stores_nothing(app: Flask, client: FlaskClient) -> None:
    response = client.post("/v1/jobs/validate", json={"dataset_id": add_dataset(app), "target": "price"})

    assert response.status_code == 200
    answer = ValidationResponse.model_validate_json(response.data)
    assert (answer.valid, answer.errors) == (True, [])
    assert answer.spec is not None
    assert answer.spec.task == "regression"
    assert answer.estimate is not None
    assert answer.estimate.parameters > 64 * 64
    assert count(app) == 0


@pytest.mark.parametrize(
    ("table", "target"),
    [("penguins", "species"), ("penguins", "sex"), ("concrete", "compressive_strength"), ("houses", "price")],
)
def test_the_estimate_is_that_of_the_net_that_would_be_trained(
    app: Flask, client: FlaskClient, table: str, target: str
) -> None:
    sent = (EXAMPLES / f"{table}.csv").read_bytes()
    dataset = client.post(f"/v1/datasets?name={table}.csv", data=sent, content_type="text/csv").get_json()
    with app.extensions["services"].files.local_copy(f"datasets/{dataset['id']}/table.parquet") as path:
        prepared = prepare(load_frame(path, None, dataset["columns"]), target=target)
    widths = [prepared.train.width, 64, 64, prepared.train.outputs]
    parameters = sum((before + 1) * after for before, after in pairwise(widths))

    asked = {"dataset_id": dataset["id"], "target": target, "preset": "fast"}
    body = client.post("/v1/jobs/validate", json=asked).data

    answer = ValidationResponse.model_validate_json(body)
    assert answer.valid
    assert answer.estimate is not None
    assert answer.estimate.parameters == pytest.approx(parameters, rel=0.1)


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [({"target": "pirce"}, "#/target"), ({"epochs": 0}, "#/epochs"), ({"target": 3}, "#/target"), ({"x": 1}, "#/x")],
)
def test_validation_of_an_invalid_job_reports_its_faults(
    app: Flask, client: FlaskClient, fields: dict[str, Any], pointer: str
) -> None:
    response = client.post("/v1/jobs/validate", json={"dataset_id": add_dataset(app), "target": "price", **fields})

    assert response.status_code == 200
    answer = ValidationResponse.model_validate_json(response.data)
    assert not answer.valid
    assert [error.pointer for error in answer.errors] == [pointer]


def test_validation_and_submission_report_the_same_faults(app: Flask, client: FlaskClient) -> None:
    wrong = {"dataset_id": add_dataset(app), "target": "price", "features": ["price", "x"], "loss": "cross_entropy"}

    validated = ValidationResponse.model_validate_json(client.post("/v1/jobs/validate", json=wrong).data)
    submitted = problem(client.post("/v1/jobs", json=wrong).data)

    assert validated.errors == submitted.errors


def test_bodies_that_are_no_specs_are_never_a_server_error(client: FlaskClient) -> None:
    no_json = [b" ", b"{", b"\xff", b"{'a': 1}"]
    no_spec = [b"[]", b"[" * 5000, b'{"a":NaN}', b'{"target":"\\u0000"}', b'{"seed":1e400}', b'{"seed":1,"seed":2}']

    for bodies, submitted, validated in ((no_json, 400, 400), (no_spec, 422, 200)):
        for body in bodies:
            answers = [
                client.post(path, data=body, content_type="application/json")
                for path in ("/v1/jobs", "/v1/jobs/validate")
            ]
            assert [answer.status_code for answer in answers] == [submitted, validated], body


@on_every_database
def test_lists_are_newest_first_and_paginated_by_cursor(app: Flask, client: FlaskClient) -> None:
    dataset_id = add_dataset(app)
    made = [add_job(app, dataset_id=dataset_id) for _ in range(5)]

    first = client.get("/v1/jobs?limit=3").get_json()
    rest = client.get(f"/v1/jobs?limit=3&after={first['last_id']}").get_json()

    assert [item["id"] for item in first["data"] + rest["data"]] == made[::-1]
    assert (first["has_more"], rest["has_more"]) == (True, False)
    assert [item["progress"]["queue_position"] for item in first["data"]] == [4, 3, 2]


def test_lists_are_filtered_by_status_and_dataset(app: Flask, client: FlaskClient) -> None:
    mine, other = add_job(app), add_job(app)
    with begin_write(sessions_of(app)) as s:
        jobs.cancel(s, "local", other)
    add_job(app, owner="somebody")

    def ids(query: str) -> list[str]:
        return [item["id"] for item in client.get(f"/v1/jobs?{query}").get_json()["data"]]

    assert ids("status=queued") == [mine]
    assert ids("status=queued,cancelled") == [other, mine]
    assert ids("status=running") == []
    assert ids(f"dataset_id={job(client.get(f'/v1/jobs/{mine}').data).spec.dataset_id}") == [mine]
    assert client.get("/v1/jobs?status=qeued").status_code == 422


def test_a_running_job_has_progress(app: Flask, client: FlaskClient) -> None:
    job_id = add_job(app, epochs=8)
    record(app, claim(app), 1, 2)

    answer = job(client.get(f"/v1/jobs/{job_id}").data)

    assert (answer.status, answer.attempts, answer.progress.queue_position) == ("running", 1, None)
    assert (answer.progress.epoch, answer.progress.fraction, answer.progress.eta_seconds) == (2, 0.25, 1.0)
    assert answer.latest is not None
    assert answer.latest.metrics == {"rmse": 1.5, "r2": 0.5}
    assert answer.best is not None
    assert answer.best.epoch == 2


def test_a_job_that_stopped_early_is_done(app: Flask, client: FlaskClient) -> None:
    job_id = add_job(app, epochs=8)
    held = claim(app)
    record(app, held, 1, 2)
    model_id = succeed_job(app, held, train_model("price"), "houses")

    answer = job(client.get(f"/v1/jobs/{job_id}").data)

    assert (answer.status, answer.model_id, answer.progress.fraction) == ("succeeded", model_id, 1.0)
    assert answer.weights_sha256 == train_model("price").weights_sha256
    assert answer.allowed_actions == ["delete"]


def test_a_failed_job_carries_its_problem(app: Flask, client: FlaskClient) -> None:
    job_id = add_job(app)
    with begin_write(sessions_of(app)) as s:
        held = claims.claim(s, "worker", 30)
        assert held is not None
        claims.fail(
            s, job_id, held.token, {"type": "/problems/diverged", "title": "Diverged", "detail": "Loss is NaN."}
        )

    answer = job(client.get(f"/v1/jobs/{job_id}").data)

    assert answer.status == "failed"
    assert answer.error is not None
    assert (answer.error.type, answer.error.detail) == ("/problems/diverged", "Loss is NaN.")


def test_an_unchanged_job_is_not_sent_again(app: Flask, client: FlaskClient) -> None:
    job_id = add_job(app)
    tag = client.get(f"/v1/jobs/{job_id}").headers["ETag"]

    unchanged = client.get(f"/v1/jobs/{job_id}", headers={"If-None-Match": tag})
    claim(app)
    changed = client.get(f"/v1/jobs/{job_id}", headers={"If-None-Match": tag})

    assert (unchanged.status_code, unchanged.data) == (304, b"")
    assert changed.status_code == 200


def test_a_get_that_waits_is_answered_when_the_status_changes(app: Flask, client: FlaskClient) -> None:
    job_id = add_job(app)
    timer = threading.Timer(0.2, lambda: claim(app))
    timer.start()

    answer = client.get(f"/v1/jobs/{job_id}", headers={"Prefer": "wait=30"})

    timer.join()
    assert job(answer.data).status == "running"


def test_a_cancelled_job_stays_cancelled(app: Flask, client: FlaskClient) -> None:
    job_id = add_job(app)

    first, again = (client.post(f"/v1/jobs/{job_id}/cancel") for _ in range(2))

    assert (first.status_code, again.status_code) == (200, 200)
    assert first.data == again.data
    assert job(first.data).status == "cancelled"


def test_an_ended_job_cannot_be_cancelled(app: Flask, client: FlaskClient) -> None:
    job_id = add_job(app)
    succeed_job(app, claim(app), train_model("price"), "houses")

    response = client.post(f"/v1/jobs/{job_id}/cancel")

    assert response.status_code == 409
    assert response.get_json()["allowed_actions"] == ["delete"]
    assert "succeeded" in response.get_data(as_text=True)


def test_a_cancelled_jobs_checkpoints_are_deleted(app: Flask, client: FlaskClient) -> None:
    job_id = add_job(app)
    held = claim(app)
    files = app.extensions["services"].files
    key = f"checkpoints/{job_id}/1_1_32"
    files.put([b"half an epoch"], key, 100)
    with begin_write(sessions_of(app)) as s:
        kept = Checkpoint(key=key, sha256="ab", bytes=13, epoch=0, rows=32)
        assert claims.add_checkpoint(s, job_id, held.token, kept) == []

    assert client.post(f"/v1/jobs/{job_id}/cancel").status_code == 200

    assert not files.exists(key)


@on_every_database
def test_a_running_job_is_paused_resumed_and_finished(app: Flask, client: FlaskClient) -> None:
    job_id = add_job(app)
    record(app, claim(app), 1, 2)
    running = job(client.get(f"/v1/jobs/{job_id}").data)
    paused, again = (job(client.post(f"/v1/jobs/{job_id}/pause").data) for _ in range(2))
    resumed, on = (job(client.post(f"/v1/jobs/{job_id}/resume").data) for _ in range(2))
    claim(app)
    finishing = job(client.post(f"/v1/jobs/{job_id}/finish").data)

    assert running.allowed_actions == ["pause", "cancel", "finish"]
    assert (paused.status, paused.allowed_actions) == ("paused", ["resume", "cancel", "finish"])
    assert again == paused
    assert (resumed.status, resumed.progress.queue_position) == ("queued", 0)
    assert on == resumed
    assert (finishing.status, finishing.progress.epoch) == ("running", 2)
    assert [(resume.epoch, resume.reason) for resume in finishing.resumes] == [(2, "paused")]


@pytest.mark.parametrize("verb", ["pause", "resume", "finish"])
def test_an_ended_job_refuses_every_action(app: Flask, client: FlaskClient, verb: str) -> None:
    job_id = add_job(app)
    succeed_job(app, claim(app), train_model("price"), "houses")
    before = client.get(f"/v1/jobs/{job_id}").data

    response = client.post(f"/v1/jobs/{job_id}/{verb}")

    assert (response.status_code, response.get_json()["allowed_actions"]) == (409, ["delete"])
    assert response.get_json()["current_status"] == "succeeded"
    assert client.get(f"/v1/jobs/{job_id}").data == before


def test_a_job_without_an_epoch_cannot_finish(app: Flask, client: FlaskClient) -> None:
    response = client.post(f"/v1/jobs/{add_job(app)}/finish")

    assert (response.status_code, response.get_json()["allowed_actions"]) == (409, ["pause", "cancel"])


def test_only_a_job_that_has_ended_is_deleted(app: Flask, client: FlaskClient) -> None:
    job_id = add_job(app)

    early = client.delete(f"/v1/jobs/{job_id}")
    client.post(f"/v1/jobs/{job_id}/cancel")
    late = client.delete(f"/v1/jobs/{job_id}")

    assert (early.status_code, early.get_json()["allowed_actions"]) == (409, ["pause", "cancel"])
    assert late.get_json() == {"object": "deleted", "id": job_id}
    assert client.get(f"/v1/jobs/{job_id}").status_code == 404


def test_jobs_of_another_owner_are_not_found(app: Flask, client: FlaskClient) -> None:
    verbs = [("POST", f"/{verb}") for verb in ("pause", "resume", "finish", "cancel")]
    asked = [("GET", ""), ("DELETE", ""), *verbs, ("GET", "/epochs"), ("GET", "/events")]

    for job_id in (MISSING, add_job(app, owner="somebody")):
        for method, path in asked:
            response = client.open(f"/v1/jobs/{job_id}{path}", method=method)
            assert response.status_code == 404
            assert problem(response.data).detail == f"There is no job '{job_id}'."


@on_every_database
def test_epochs_come_oldest_first_and_page_by_page(app: Flask, client: FlaskClient) -> None:
    job_id = add_job(app, epochs=9)
    record(app, claim(app), 1, 9)

    first = client.get(f"/v1/jobs/{job_id}/epochs?limit=5").get_json()
    rest = client.get(f"/v1/jobs/{job_id}/epochs?limit=5&after_epoch={first['after_epoch']}").get_json()

    assert [item["epoch"] for item in first["data"] + rest["data"]] == list(range(1, 10))
    assert (first["has_more"], rest["has_more"], rest["after_epoch"]) == (True, False, 9)
    assert first["data"][1] == {
        "net": None,
        "epoch": 2,
        "train_loss": 0.5,
        "validation_loss": 1.0,
        "metrics": {"rmse": 1.5, "r2": 0.5},
        "learning_rate": 0.001,
        "gradient_norm": 0.25,
        "seconds": 0.01,
        "non_finite": None,
        "weights_sha256": None,
        "sample": None,
    }


def test_epochs_are_csv_by_accept_header(app: Flask, client: FlaskClient) -> None:
    job_id = add_job(app, epochs=9)
    record(app, claim(app), 1, 9)

    response = client.get(f"/v1/jobs/{job_id}/epochs?after_epoch=7", headers={"Accept": "text/csv"})

    assert response.content_type == "text/csv"
    rows = list(csv.DictReader(io.StringIO(response.get_data(as_text=True))))
    assert [(row["epoch"], float(row["train_loss"]), row["r2"]) for row in rows] == [
        ("8", 1 / 8, "0.5"),
        ("9", 1 / 9, "0.5"),
    ]


def test_a_job_without_epochs_has_an_empty_list_and_a_csv_header(app: Flask, client: FlaskClient) -> None:
    path = f"/v1/jobs/{add_job(app)}/epochs"

    assert client.get(path).get_json() == {"object": "list", "data": [], "has_more": False, "after_epoch": 0}
    assert client.get(path, headers={"Accept": "text/csv"}).data.startswith(b"epoch,train_loss,")


def test_invalid_page_parameters_are_refused(app: Flask, client: FlaskClient) -> None:
    path = f"/v1/jobs/{add_job(app)}/epochs"

    for query in ("limit=1001", "limit=0", "after_epoch=-1", "after=3", "limit=x"):
        assert client.get(f"{path}?{query}").status_code == 422


def test_an_answer_lists_fifty_of_the_unknown_features_and_says_that_there_are_more(
    app: Flask, client: FlaskClient
) -> None:
    sent = {"dataset_id": add_dataset(app), "target": "price", "features": [f"x{number}" for number in range(1000)]}

    refused = problem(client.post("/v1/jobs", json=sent).data)
    validated = ValidationResponse.model_validate_json(client.post("/v1/jobs/validate", json=sent).data)

    assert "And 50 or more others" in refused.detail
    assert len(refused.errors or []) == 50
    assert validated.errors == refused.errors


def test_a_post_is_replayed_after_its_dataset_was_deleted(app: Flask, client: FlaskClient) -> None:
    sent, headers = {"dataset_id": add_dataset(app), "target": "price"}, {"Idempotency-Key": "k9"}
    first = client.post("/v1/jobs", json=sent, headers=headers)
    client.post(f"/v1/jobs/{job(first.data).id}/cancel")
    client.delete(f"/v1/jobs/{job(first.data).id}")
    assert client.delete(f"/v1/datasets/{sent['dataset_id']}").status_code == 200

    assert client.post("/v1/jobs", json=sent, headers=headers).data == first.data
    assert client.post("/v1/jobs", json=sent).status_code == 422
