"""Fuzzing from the OpenAPI document: thousands of valid and invalid requests to a running service with keys.

Schemathesis makes them and judges the answers by all checks that it has; what holds for every answer of ours is asked
of its record of them. The same requests in every run: what it finds can be asked again.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

import pytest

from contract.ids import new_id
from contract.problems import PROBLEM_KINDS
from contract.specs import JobSpec
from contract.sweeps import SweepSpec
from service.jobs.routes import EXAMPLE
from service.operating import bootstrap_key
from store.database import begin_write
from store.sweeps import sweeps
from tests.integration.test_server import Server
from tests.running import OWNER, Installation

pytestmark = pytest.mark.timeout(600)

CONFIG = Path(__file__).with_name("schemathesis.toml")
TABLE = "sqft,prefarea,price\n" + "".join(f"{size},{'yes' if size % 3 else 'no'},{9 * size}\n" for size in range(40))
CASES = 1500
"""The least number of requests."""


@dataclass(frozen=True)
class Case:
    """A request that was made, and its answer."""

    method: str
    url: str
    status: int
    headers: dict[str, str]
    text: str
    milliseconds: float

    def __str__(self) -> str:
        return f"{self.method} {self.url} -> {self.status} {self.text[:500]}"


@dataclass(frozen=True)
class FuzzingResult:
    """The result of a run."""

    exit_status: int
    output: str
    cases: list[Case]


@pytest.fixture(scope="module")
def fuzzing_result(tmp_path_factory: pytest.TempPathFactory, broker: Any) -> FuzzingResult:
    """A service with a dataset, a job and a model, asked everything."""
    folder = tmp_path_factory.mktemp("fuzzing")
    installation = Installation(folder / "data", broker.unused_url())
    try:
        things = add_examples(installation)
        bootstrap_key.create_key(installation.database_url, folder / "admin.key")
        key = (folder / "admin.key").read_text().strip()
        server = Server(installation.folder, prepared=True, broker_url=installation.broker_url, wrong_keys_per_minute=0)
        try:
            return fuzz(server, key, things, folder)
        finally:
            server.kill()
    finally:
        installation.close()


def add_examples(installation: Installation) -> dict[str, str]:
    """Things to ask about, by what the configuration calls them; the examples in the document are about them too."""
    dataset = installation.add_dataset(TABLE, EXAMPLE["dataset_id"])
    worker = installation.start_worker()
    job, spare = (installation.submit(dataset, EXAMPLE["target"], epochs=2) for _ in range(2))
    model, spare_model = (str(installation.wait_for_end(done).model_id) for done in (job, spare))
    worker.kill()
    sweep, spare_sweep = add_sweep(installation, dataset), add_sweep(installation, dataset)
    with begin_write(installation.sessions) as s:
        sweeps.cancel(s, OWNER, spare_sweep)
    return {
        "sweep": sweep,
        "spare_sweep": spare_sweep,
        "dataset": dataset,
        "job": job,
        "model": model,
        "spare_dataset": installation.add_dataset(TABLE),
        "spare_job": spare,
        "spare_model": spare_model,
    }


def add_sweep(installation: Installation, dataset: str) -> str:
    """A sweep whose trials nobody trains."""
    base = JobSpec(dataset_id=dataset, target=EXAMPLE["target"]).model_dump(mode="json")
    spec = SweepSpec(base=JobSpec(dataset_id=dataset, target=EXAMPLE["target"]), space={"batch_size": [8, 16]})
    with begin_write(installation.sessions) as s:
        return sweeps.add(
            s,
            id=new_id("sw"),
            owner=OWNER,
            spec=spec.model_dump(mode="json"),
            trial_base=base,
            metric="validation_loss",
            time_limit_seconds=None,
        ).id


def fuzz(server: Server, key: str, things: dict[str, str], folder: Path) -> FuzzingResult:
    def create(path: str, **spec: Any) -> str:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        return str(server.ask("POST", path, json.dumps(spec), headers)[1]["id"])

    config, record = folder / "schemathesis.toml", folder / "record.json"
    known = {"key": key, **things}
    known |= {name: create("/v1/keys", name="k", scopes=["read"]) for name in ("key_id", "spare_key_id")}
    known |= {name: create("/v1/webhooks", url="https://hooks.example.com/") for name in ("webhook", "spare_webhook")}
    config.write_text(Template(CONFIG.read_text()).substitute(known))
    program = Path(sys.executable).with_name("schemathesis")
    command = [program, "--config-file", config, "run", f"http://127.0.0.1:{server.port}/openapi.json"]
    done = subprocess.run(
        [*command, "--report-har-path", record],
        cwd=folder,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert record.exists(), done.stdout + done.stderr
    return FuzzingResult(done.returncode, done.stdout + done.stderr, list(cases(json.loads(record.read_text()))))


def cases(record: dict[str, Any]) -> Iterator[Case]:
    """The requests and answers of an HTTP archive."""
    for entry in record["log"]["entries"]:
        asked, answer = entry["request"], entry["response"]
        headers = {header["name"].title(): header["value"] for header in answer["headers"]}
        text = answer["content"].get("text", "")
        yield Case(asked["method"], asked["url"], answer["status"], headers, text, entry["time"])


def test_schemathesis_finds_no_failure(fuzzing_result: FuzzingResult) -> None:
    assert fuzzing_result.exit_status == 0, fuzzing_result.output


def test_thousands_of_requests_cover_every_route_and_kind_of_status(fuzzing_result: FuzzingResult) -> None:
    statuses = Counter(case.status for case in fuzzing_result.cases)

    assert len(fuzzing_result.cases) >= CASES
    assert {200, 201, 202, 400, 401, 404, 405, 409, 415, 422} <= set(statuses), statuses


def test_no_answer_is_a_server_error(fuzzing_result: FuzzingResult) -> None:
    assert [str(case) for case in fuzzing_result.cases if case.status >= 500] == []


def test_every_error_is_a_problem_document(fuzzing_result: FuzzingResult) -> None:
    for case in fuzzing_result.cases:
        if case.status < 400:
            continue
        assert case.headers["Content-Type"] == "application/problem+json", str(case)
        if case.method == "HEAD":
            continue
        document = json.loads(case.text)
        assert document["status"] == case.status, str(case)
        assert document["type"].removeprefix("/problems/") in PROBLEM_KINDS, str(case)
        assert document["title"], str(case)
        assert document["detail"], str(case)
        assert document["instance"] == case.headers["X-Request-Id"], str(case)
        if document["type"] == "/problems/invalid":
            assert all({"pointer", "detail", "code"} <= set(error) for error in document["errors"]), str(case)


def test_every_response_has_the_security_headers(fuzzing_result: FuzzingResult) -> None:
    for case in fuzzing_result.cases:
        assert case.headers["X-Content-Type-Options"] == "nosniff", str(case)
        assert "default-src 'none'" in case.headers["Content-Security-Policy"], str(case)


def test_the_slowest_responses_stay_within_the_limit(fuzzing_result: FuzzingResult) -> None:
    """A second is what is promised; the machine of a test may be busy with other things."""
    slowest = sorted(fuzzing_result.cases, key=lambda case: -case.milliseconds)[:5]

    print("\n".join(f"{case.milliseconds:8.1f} ms  {case}"[:200] for case in slowest))  # noqa: T201 - shown by -s

    assert slowest[0].milliseconds < 60_000, str(slowest[0])
