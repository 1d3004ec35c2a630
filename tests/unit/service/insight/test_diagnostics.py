"""Diagnosis of a job over HTTP: baselines, verdict and findings."""

from dataclasses import asdict
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from contract.specs import JobSpec
from learning.insight.dataset_stats import DatasetStats
from store.database import begin_write
from store.jobs import claims
from store.jobs.claims import JobClaim, JobProgress
from store.jobs.epochs import EpochRecord
from tests.unit.service.factories import add_job, claim, sessions_of

BASELINES = {
    "naive": {"name": "mean", "metrics": {"rmse": 20.0, "mae": 15.0, "r2": 0.0}},
    "linear": {"name": "linear", "metrics": {"rmse": 14.0, "mae": 9.0, "r2": 0.5}},
}
FACTS = DatasetStats(
    train=96,
    validation=24,
    test=0,
    inputs=4,
    parameters=4545,
    guess_loss=1.0,
    columns=("sqft", "area", "garden"),
    classes={},
    strengths={"sqft": 0.7},
    ids=(),
)


def found_out(app: Flask, held: JobClaim) -> None:
    with begin_write(sessions_of(app)) as s:
        assert claims.add_pretraining_report(s, held.job_id, held.token, baselines=BASELINES, facts=asdict(FACTS))


def add_epochs(app: Flask, held: JobClaim, losses: list[float], rmse: float = 12.4) -> None:
    """Epochs with these losses, of the training rows and the validation rows."""
    metrics = {"rmse": rmse, "mae": 1.0, "r2": 0.5}
    epochs = [
        EpochRecord(
            epoch=number,
            train_loss=loss,
            validation_loss=loss,
            metrics=metrics,
            learning_rate=0.001,
            gradient_norm=0.25,
            seconds=0.01,
        )
        for number, loss in enumerate(losses, start=1)
    ]
    lowest = min(losses)
    best = {"epoch": losses.index(lowest) + 1, "validation_loss": lowest, "metrics": metrics}
    with begin_write(sessions_of(app)) as s:
        progress = JobProgress(samples_per_second=9.0, eta_seconds=1.0, best=best)
        assert claims.add_epochs(s, held.job_id, held.token, epochs, progress)


def ask(client: FlaskClient, job_id: str) -> dict[str, Any]:
    answer = client.get(f"/v1/jobs/{job_id}/diagnostics")
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def test_a_job_has_baselines_before_its_first_epoch_and_a_verdict_after_it(app: Flask, client: FlaskClient) -> None:
    job_id = add_job(app)
    before = client.get(f"/v1/jobs/{job_id}").get_json()
    assert (before["baselines"], before["verdict"]) == (None, None)

    held = claim(app)
    found_out(app, held)
    begun = client.get(f"/v1/jobs/{job_id}").get_json()
    assert (begun["baselines"], begun["verdict"]) == (BASELINES, None)

    add_epochs(app, held, [0.9, 0.5])
    running = client.get(f"/v1/jobs/{job_id}").get_json()
    assert running["verdict"] == (
        "Typical error (RMSE) 12.4 on held-out rows; always guessing the mean: 20; linear regression: 14."
    )
    assert running["best"]["metrics"]["rmse"] == 12.4


def test_baselines_are_stored_once_by_the_holder_of_the_job(app: Flask, client: FlaskClient) -> None:
    job_id = add_job(app)
    held = claim(app)
    other = {**BASELINES, "naive": {"name": "mean", "metrics": {"rmse": 1.0}}}
    with begin_write(sessions_of(app)) as s:
        assert not claims.add_pretraining_report(s, job_id, held.token - 1, baselines=other, facts=asdict(FACTS))
    found_out(app, held)
    with begin_write(sessions_of(app)) as s:
        assert claims.add_pretraining_report(s, job_id, held.token, baselines=other, facts=asdict(FACTS))
        assert not claims.add_pretraining_report(s, job_id, held.token - 1, baselines=other, facts=asdict(FACTS))

    assert client.get(f"/v1/jobs/{job_id}").get_json()["baselines"] == BASELINES


def test_a_queued_job_has_no_findings(app: Flask, client: FlaskClient) -> None:
    job_id = add_job(app)

    assert ask(client, job_id) == {"object": "diagnostics", "job_id": job_id, "epoch": 0, "findings": []}


def test_divergence_is_diagnosed_while_the_job_runs(app: Flask, client: FlaskClient) -> None:
    job_id = add_job(app)
    held = claim(app)
    found_out(app, held)
    add_epochs(app, held, [0.9, 1.1, 3.0, 8.0, 20.0, 70.0, 300.0])

    answer = ask(client, job_id)

    assert answer["epoch"] == 7
    first = answer["findings"][0]
    assert (first["code"], first["severity"], first["evidence"]["epochs"]) == ("diverging", "error", [5, 6, 7])
    assert first["suggested_patch"]["gradient_clip_norm"] == 1.0


def test_a_job_that_diverged_is_diagnosed_with_a_patch_that_may_be_submitted(app: Flask, client: FlaskClient) -> None:
    job_id = add_job(app)
    held = claim(app)
    found_out(app, held)
    problem = {"type": "/problems/diverged", "title": "The training diverged", "detail": "In epoch 1."}
    with begin_write(sessions_of(app)) as s:
        assert claims.fail(s, job_id, held.token, problem)

    (first, few) = ask(client, job_id)["findings"]

    assert (first["code"], few["code"], few["suggested_patch"]) == ("diverging", "too_few_rows", None)
    spec = client.get(f"/v1/jobs/{job_id}").get_json()["spec"]
    spec["optimizer"] |= first["suggested_patch"]["optimizer"]
    spec["gradient_clip_norm"] = first["suggested_patch"]["gradient_clip_norm"]
    assert JobSpec.model_validate(spec, strict=False).optimizer.learning_rate == 0.0001
    assert client.post("/v1/jobs", json=spec).status_code == 202


def test_a_job_without_stored_baselines_is_diagnosed_by_its_epochs(app: Flask, client: FlaskClient) -> None:
    job_id = add_job(app)
    add_epochs(app, claim(app), [0.9, 1.1, 3.0, 8.0, 20.0, 70.0, 300.0])

    assert [finding["code"] for finding in ask(client, job_id)["findings"]] == ["diverging"]
    assert client.get(f"/v1/jobs/{job_id}").get_json()["verdict"] is None


def test_a_long_job_is_diagnosed_on_a_sample_of_its_epochs(app: Flask, client: FlaskClient) -> None:
    job_id = add_job(app, epochs=5000)
    held = claim(app)
    found_out(app, held)
    add_epochs(app, held, [0.5 + 0.5 / number for number in range(1, 5001)])

    answer = ask(client, job_id)

    assert answer["epoch"] == 5000
    (flat,) = (finding for finding in answer["findings"] if finding["code"] == "plateau")
    assert flat["evidence"]["epochs"][1] == 5000


def test_the_best_of_many_epochs_is_the_one_that_is_diagnosed(app: Flask, client: FlaskClient) -> None:
    job_id = add_job(app, epochs=5000)
    held = claim(app)
    found_out(app, held)
    losses = [0.5 + abs(number - 2222) / 10_000 for number in range(1, 5001)]
    add_epochs(app, held, losses, rmse=16.0)

    (worse,) = (found for found in ask(client, job_id)["findings"] if found["code"] == "no_better_than_baseline")
    assert worse["evidence"]["epochs"] == [2222]
