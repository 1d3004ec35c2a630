"""Diagnosis and baselines of jobs trained by real workers, read through the service."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from contract.settings import Settings
from contract.specs import JobSpec
from service.app import create_app
from store.database import begin_read
from store.jobs import jobs
from tests.integration.worker.tables_to_learn import sides, sums
from tests.running import Installation


@pytest.fixture
def client(steady: Installation) -> Iterator[FlaskClient]:
    """Asks the service of the installation that the worker works for."""
    urls = {"database_url": steady.database_url, "broker_url": steady.broker_url}
    app = create_app(Settings(data_dir=steady.folder, min_free_bytes=0, **urls))
    yield app.test_client()
    app.extensions["services"].sessions.kw["bind"].dispose()


def submit_job(client: FlaskClient, spec: dict[str, Any]) -> str:
    answer = client.post("/v1/jobs", json={"preset": "fast", **spec})
    assert answer.status_code == 202, answer.text
    return answer.get_json()["id"]


def get_json(client: FlaskClient, path: str) -> dict[str, Any]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def test_a_job_is_compared_with_its_baselines(steady: Installation, client: FlaskClient):
    job_id = submit_job(client, {"dataset_id": steady.add_dataset(sides()), "target": "side", "epochs": 30})
    steady.wait_for_end(job_id)

    job = get_json(client, f"/v1/jobs/{job_id}")

    naive, logistic, trees = (job["baselines"][kind] for kind in ("naive", "linear", "boosted"))
    assert (naive["name"], logistic["name"], trees["name"]) == ("most_frequent_class", "logistic", "boosted_trees")
    assert naive["metrics"].keys() == logistic["metrics"].keys() == trees["metrics"].keys()
    assert trees["metrics"].keys() == job["best"]["metrics"].keys()
    assert naive["metrics"]["accuracy"] < job["best"]["metrics"]["accuracy"]
    result = r"\d+%(?:, a tie|, which is better)?"
    assert re.fullmatch(
        r"\d+% accurate \(\d+% to \d+% with 95% confidence\) on \d+ held-out rows; always guessing the most common "
        rf"class: {result}; logistic regression: {result}; gradient-boosted trees: {result}\.",
        job["verdict"],
    ), job["verdict"]
    with begin_read(steady.sessions) as s:
        found = jobs.get_dataset_stats(s, job_id)
    assert found is not None
    assert sum(found["classes"].values()) == found["train"]


def test_a_job_that_diverged_learns_with_the_patch_that_its_diagnosis_suggests(
    steady: Installation, client: FlaskClient
):
    wild = {"type": "sgd", "learning_rate": 100.0}
    job_id = submit_job(
        client, {"dataset_id": steady.add_dataset(sums()), "target": "y", "epochs": 20, "optimizer": wild}
    )
    assert steady.wait_for_end(job_id).status == "failed"
    (finding,) = get_json(client, f"/v1/jobs/{job_id}/diagnostics")["findings"]
    assert finding["code"] == "diverging"

    spec = get_json(client, f"/v1/jobs/{job_id}")["spec"]
    patch = finding["suggested_patch"]
    spec["optimizer"] |= patch.pop("optimizer")
    again = submit_job(client, JobSpec.model_validate(spec | patch, strict=False).model_dump(mode="json"))
    job = steady.wait_for_end(again)

    assert (job.status, job.error) == ("succeeded", None)
    findings = get_json(client, f"/v1/jobs/{again}/diagnostics")["findings"]
    assert "diverging" not in {each["code"] for each in findings}


def test_leaking_columns_and_row_numbers_are_excluded_by_the_suggested_patch(steady: Installation, client: FlaskClient):
    header, *lines = sides().splitlines()
    rows = [f"{line},{1000 + number},{'paid' if 'above' in line else 'open'}" for number, line in enumerate(lines)]
    dataset_id = steady.add_dataset("\n".join([f"{header},customer,status", *rows, ""]))
    spec = {"dataset_id": dataset_id, "target": "side", "epochs": 5}
    for code, left in (("target_leakage", ["a", "b", "customer"]), ("id_column", ["a", "b"])):
        job_id = submit_job(client, spec)
        assert steady.wait_for_end(job_id).status == "succeeded"
        findings = {each["code"]: each for each in get_json(client, f"/v1/jobs/{job_id}/diagnostics")["findings"]}
        assert findings[code]["suggested_patch"] == {"features": left}
        spec = {**spec, **findings[code]["suggested_patch"]}
    last = submit_job(client, spec)
    steady.wait_for_end(last)
    codes = {each["code"] for each in get_json(client, f"/v1/jobs/{last}/diagnostics")["findings"]}
    assert codes.isdisjoint({"target_leakage", "id_column"})
