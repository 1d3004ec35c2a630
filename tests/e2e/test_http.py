"""The HTTP API end to end without a client library: only the documented requests."""

import json
import shutil
import subprocess
import urllib.error
import urllib.request
from email.message import Message
from typing import Any

import pytest

from tests.e2e.installation import EXAMPLES, Installation, eventually


def ask(method: str, url: str, body: bytes | None = None, **headers: str) -> tuple[int, Message, bytes]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, data=body, method=method, headers=named)
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, response.headers, response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def test_upload_train_watch_predict_and_clean_up(server: Installation) -> None:
    status, headers, body = ask(
        "POST",
        f"{server.url}/v1/datasets?name=p.csv",
        (EXAMPLES / "penguins.csv").read_bytes(),
        Content_Type="text/csv",
    )
    dataset = json.loads(body)
    assert (status, dataset["status"]) == (201, "ready")
    assert headers["Location"].endswith(f"/v1/datasets/{dataset['id']}")

    asked = {"target": "species", "model_name": "plain", "preset": "fast", "epochs": 5}
    spec = json.dumps({"dataset_id": dataset["id"], **asked})
    once = {"Content_Type": "application/json", "Idempotency_Key": "the-same"}
    status, _, body = ask("POST", f"{server.url}/v1/jobs", spec.encode(), **once)
    job = json.loads(body)
    assert (status, job["status"], job["spec"]["epochs"]) == (202, "queued", 5)
    _, headers, body = ask("POST", f"{server.url}/v1/jobs", spec.encode(), **once)
    assert json.loads(body)["id"] == job["id"]
    assert headers["Idempotency-Replayed"] == "true"

    _, headers, events = ask("GET", f"{server.url}/v1/jobs/{job['id']}/events", Accept="text/event-stream")
    assert headers["Content-Type"].startswith("text/event-stream")
    kinds = [line.removeprefix(b"event: ") for line in events.splitlines() if line.startswith(b"event: ")]
    assert kinds.count(b"epoch") == 5
    assert kinds[-1] == b"end"

    row = {
        "island": "Biscoe",
        "bill_length_mm": 47.2,
        "bill_depth_mm": 14.6,
        "flipper_length_mm": 216,
        "body_mass_g": 5000,
    }
    status, _, body = ask(
        "POST", f"{server.url}/v1/models/plain/predict", json.dumps(row).encode(), Content_Type="application/json"
    )
    (prediction,) = json.loads(body)["predictions"]
    assert status == 200
    assert prediction["label"] == max(prediction["probabilities"], key=prediction["probabilities"].__getitem__)
    assert sum(prediction["probabilities"].values()) == pytest.approx(1.0)

    for path in (f"jobs/{job['id']}", "models/plain:1", f"datasets/{dataset['id']}"):
        assert ask("DELETE", f"{server.url}/v1/{path}")[0] == 200
        status, headers, body = ask("GET", f"{server.url}/v1/{path}")
        assert (status, headers["Content-Type"]) == (404, "application/problem+json")
        assert json.loads(body)["status"] == 404


def test_a_get_that_prefers_to_wait_answers_when_the_job_changes(server: Installation) -> None:
    rows = json.dumps({"name": "w", "rows": [{"x": n, "y": n % 7} for n in range(200)]}).encode()
    dataset = json.loads(ask("POST", f"{server.url}/v1/datasets", rows, Content_Type="application/json")[2])
    spec = json.dumps({"dataset_id": dataset["id"], "target": "y", "epochs": 3, "task": "regression"}).encode()
    job = json.loads(ask("POST", f"{server.url}/v1/jobs", spec, Content_Type="application/json")[2])
    url = f"{server.url}/v1/jobs/{job['id']}"
    eventually(lambda: json.loads(ask("GET", url, Prefer="wait=20")[2])["status"] == "succeeded")
    _, headers, _ = ask("GET", url)
    assert ask("GET", url, If_None_Match=headers["ETag"])[0] == 304


def test_health_readiness_openapi_and_docs_are_served(server: Installation) -> None:
    assert ask("GET", f"{server.url}/healthz")[0] == 200
    ready = json.loads(ask("GET", f"{server.url}/readyz")[2])
    assert (ready["status"], ready["broker"], ready["database"]) == ("ok", "ok", "ok")
    openapi: dict[str, Any] = json.loads(ask("GET", f"{server.url}/openapi.json")[2])
    assert openapi["openapi"].startswith("3.1")
    assert "/v1/models/{ref}/predict" in openapi["paths"]
    assert ask("GET", f"{server.url}/docs")[0] == 200


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl here")
def test_the_curl_commands_of_the_walkthrough_work(server: Installation) -> None:
    def curl(*arguments: str) -> Any:
        ran = subprocess.run(["curl", "-sS", "--fail-with-body", *arguments], capture_output=True, check=False)
        assert ran.returncode == 0, ran
        return json.loads(ran.stdout)

    table = f"@{EXAMPLES / 'houses.csv'}"
    dataset = curl("--data-binary", table, "-H", "Content-Type: text/csv", f"{server.url}/v1/datasets?name=houses.csv")
    form = curl("-F", f"file={table}", f"{server.url}/v1/datasets")
    assert (form["name"], form["sha256"], form["rows"]) == ("houses.csv", dataset["sha256"], dataset["rows"])
    spec = json.dumps({"dataset_id": dataset["id"], "target": "price", "model_name": "curled", "epochs": 2})
    job = curl("-d", spec, "-H", "Content-Type: application/json", f"{server.url}/v1/jobs")
    eventually(lambda: curl("-H", "Prefer: wait=20", f"{server.url}/v1/jobs/{job['id']}")["status"] == "succeeded")
    row = '{"location": "harbour", "sqft": 1200, "bedrooms": 3}'
    answer = curl("-d", row, "-H", "Content-Type: application/json", f"{server.url}/v1/models/curled/predict")
    assert answer["predictions"][0]["value"] > 0
