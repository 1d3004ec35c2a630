"""Metrics aggregated over all processes, and logs as JSON lines, from real processes."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.databases import on_postgresql_and_redis
from tests.integration.test_server import TABLE, Server
from tests.running import Installation, wait_for

PROCESSES = 2
CSV = "size,price\n" + "".join(f"{size},{3 * size + 1}\n" for size in range(60))


@pytest.fixture(scope="module")
def server(joint_database: str, joint_broker_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {"database_url": joint_database, "broker_url": joint_broker_url, "service_processes": PROCESSES}
    server = Server(tmp_path_factory.mktemp("several"), **settings)
    wait_for(lambda: len(server.process_ids()) == PROCESSES, "all processes")
    yield server
    server.kill()


@pytest.fixture(scope="module")
def installation(server: Server, joint_database: str, joint_broker_url: str) -> Iterator[Installation]:
    """The workers' side of the same installation, with a trained model named `net`."""
    installation = Installation(server.log.parent, joint_broker_url, joint_database)
    installation.start_worker(log_format="json", log_level="debug")
    job = installation.submit(installation.add_dataset(CSV), "price", epochs=3)
    assert installation.wait_for_end(job).status == "succeeded"
    yield installation
    installation.close()


def figure(server: Server, name: str, **labels: str) -> float:
    """A figure, asked for on a connection of its own, so that any of the processes may answer."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        connection.request("GET", "/metrics")
        answer = connection.getresponse()
        assert answer.status == 200
        families = text_string_to_metric_families(answer.read().decode())
        samples = [sample for family in families for sample in family.samples]
        return sum(sample.value for sample in samples if sample.name == name and sample.labels == labels)
    finally:
        connection.close()


@on_postgresql_and_redis
def test_metrics_of_any_process_cover_all_processes(server: Server) -> None:
    for _ in range(40):
        server.ask("GET", "/v1/jobs/nothing")
    server.ask("POST", "/v1/datasets", TABLE, {"Content-Type": "text/csv"})

    for _ in range(10):
        asked = {"route": "/v1/jobs/{job_id}", "method": "GET", "status": "404"}
        assert figure(server, "gradus_request_seconds_count", **asked) == 40
        assert figure(server, "gradus_uploaded_bytes_total") == len(TABLE)


@on_postgresql_and_redis
def test_counters_of_a_dead_process_stay_and_its_gauges_go(server: Server, installation: Installation) -> None:
    kept = set[float]()

    def predict() -> float:
        status, _ = server.ask("POST", "/v1/models/net/predict", b'{"size": 3}', {"Content-Type": "application/json"})
        assert status == 200
        return figure(server, "gradus_model_cache_bytes")

    wait_for(lambda: kept.add(predict()) or max(kept) == PROCESSES * min(kept), "the model in every process")
    rows, loaded = figure(server, "gradus_predicted_rows_total"), figure(server, "gradus_model_cache_misses_total")
    assert loaded == PROCESSES
    assert figure(server, "gradus_model_cache_hits_total") == rows - loaded

    first, *others = server.process_ids()
    os.kill(first, signal.SIGKILL)

    wait_for(lambda: len({*server.process_ids()} - {first, *others}) == 1 and server.is_answering(), "another process")
    wait_for(lambda: first not in server.process_ids(), "its end")
    assert figure(server, "gradus_predicted_rows_total") == rows
    assert figure(server, "gradus_model_cache_bytes") == (PROCESSES - 1) * min(kept)


@on_postgresql_and_redis
def test_every_line_of_service_and_worker_is_a_json_object(server: Server, installation: Installation) -> None:
    headers = {"Content-Type": "application/json", "X-Request-Id": "from-me"}
    dataset = installation.add_dataset("size,secret\n" + CSV.partition("\n")[2])
    asked = json.dumps({"dataset_id": dataset, "target": "secret", "preset": "fast"})
    status, job = server.ask("POST", "/v1/jobs", asked, headers)
    assert status == 202
    (worker,) = installation.workers
    wait_for(lambda: re.search(f'"{job["id"]}".*"succeeded"', worker.read_log()), "the end of the job in the log")
    worker.send(signal.SIGTERM)
    worker.wait()

    lines = [line for process in (server, worker) for line in process.read_log().splitlines()]
    assert [line for line in lines if not line.startswith("{")] == []
    service_lines, worker_lines = ([json.loads(line) for line in p.read_log().splitlines()] for p in (server, worker))

    for line in [*service_lines, *worker_lines]:
        assert {"event", "level", "timestamp"} <= set(line), line
    (asked,) = [line for line in service_lines if line.get("request_id") == "from-me"]
    assert asked["location"] == f"/v1/jobs/{job['id']}"
    assert [line["event"] for line in worker_lines if line.get("job") == job["id"]] == ["claimed", "succeeded"]
    assert "secret" not in server.read_log() + worker.read_log()


def test_crashes_and_warnings_are_json_objects_too() -> None:
    program = """
import threading, warnings
from process import logs
logs.configure("info", "json")
warnings.warn("of two\\nlines")
thread = threading.Thread(target=lambda: 1 / 0)
thread.start()
thread.join()
raise RuntimeError("the\\nend")
"""
    done = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True, check=False)

    warning, *crashes = [json.loads(line) for line in done.stderr.splitlines()]

    assert done.returncode == 1
    assert "of two" in warning["event"]
    assert [crash["event"] for crash in crashes] == ["crashed", "crashed"]
    assert "ZeroDivisionError" in crashes[0]["exception"]
    assert "RuntimeError" in crashes[1]["exception"]
