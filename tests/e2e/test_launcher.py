"""`gradus up`: child processes are restarted, logs merged, shutdowns clean, and no process is left behind."""

import json
import os
import signal
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import HTTPError

import pytest

from gradus import Client
from tests.e2e.installation import GRADUS, Installation, environment, eventually, left_of
from tests.servers import Postgres, RedisServer

Start = Callable[..., Installation]

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[Installation] = []

    def begin(*options: str, cwd: Path | None = None, name: str = "data", **settings: str) -> Installation:
        started.append(Installation(tmp_path / name, *options, cwd=cwd, **settings))
        return started[-1]

    yield begin
    for installation in started:
        installation.close()


def line_model(client: Client, name: str, epochs: int = 3) -> None:
    dataset = client.datasets.upload([{"x": n, "y": 2 * n} for n in range(100)], name="line")
    client.jobs.create(dataset=dataset, target="y", model_name=name, epochs=epochs).wait(timeout=60)


def test_after_a_shutdown_by_signal_the_next_start_resumes_all_jobs(start: Start) -> None:
    first = start("--workers", "2")
    with Client(first.url) as client:
        line_model(client, "kept")
        expected = client.models.predict("kept", {"x": 3}).predictions
        dataset = client.datasets.upload([{"x": n, "y": 2 * n} for n in range(3000)], name="line")
        job = client.jobs.create(dataset=dataset, target="y", preset="fast", epochs=100_000, early_stopping=None)
        eventually(lambda: job.refresh().progress.epoch > 0)
    family = first.family()
    assert sum("-m worker" in command for command in family.values()) >= 2
    first.send(signal.SIGTERM)
    assert first.wait() == 0
    eventually(lambda: left_of(family) == {})
    assert not (first.data_dir / "broker.sock").exists()

    second = start()
    with Client(second.url) as client:
        assert client.models.predict("kept", {"x": 3}).predictions == expected
        again = client.jobs.get(job.id)
        reached = again.progress.epoch
        eventually(lambda: again.refresh().status == "running" and again.progress.epoch > reached)
        again.cancel()
    family = second.family()
    os.kill(second.member("-m worker"), signal.SIGSTOP)  # one that does not listen is ended all the same
    second.send(signal.SIGINT)
    assert second.wait() == 0
    eventually(lambda: left_of(family) == {})


def test_settings_select_postgresql_and_redis(start: Start, postgres: Postgres, redis_server: RedisServer) -> None:
    where = {
        "GRADUS_DATABASE_URL": postgres.create().replace("+psycopg", ""),
        "GRADUS_BROKER_URL": redis_server.unused_url(),
    }
    installation = start(**where, GRADUS_LOG_LEVEL="debug")
    with Client(installation.url) as client:
        line_model(client, "remote")
        (prediction,) = client.models.predict("remote", {"x": 3}).predictions
    assert prediction.value is not None
    with urllib.request.urlopen(f"{installation.url}/readyz") as answer:
        ready = json.load(answer)
    assert (ready["status"], ready["database"], ready["broker"]) == ("ok", "ok", "ok")
    assert not [command for command in installation.family().values() if "valkey" in command]
    assert not [*installation.data_dir.glob("*.sqlite*"), *installation.data_dir.glob("*.sock")]
    installation.close()
    for password in (postgres.password, redis_server.password):
        assert password not in installation.log.read_text()


def test_dead_children_are_restarted_and_a_killed_launcher_leaves_no_child(start: Start, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    for name in ("service", "worker", "migrations", "tables", "store", "gradus"):
        (elsewhere / name).mkdir(parents=True)
        (elsewhere / name / "__init__.py").write_text("raise RuntimeError('the wrong one')\n")
    installation = start(cwd=elsewhere, name="a folder with a long name, spaces and ü" + "x" * 80)
    with Client(installation.url) as client:
        for part in ("-m worker", "valkey-server"):
            victim = installation.member(part)
            os.kill(victim, signal.SIGKILL)
            eventually(lambda victim=victim: victim not in installation.family())
            eventually(lambda part=part: any(part in command for command in installation.family().values()))
            line_model(client, "after")
    assert "was ended by SIGKILL; starting it again" in installation.log.read_text()

    family = installation.family()
    assert len(family) >= 3
    installation.send(signal.SIGKILL)
    installation.wait()
    eventually(lambda: left_of(family) == {})


def test_less_space_than_the_reserve_prevents_no_start(start: Start) -> None:
    installation = start(GRADUS_MIN_FREE_BYTES=str(2**62))
    with pytest.raises(HTTPError) as answer:
        urllib.request.urlopen(f"{installation.url}/readyz")
    assert (answer.value.code, json.load(answer.value)["disk"]) == (503, "full")
    assert "disk is full: less than GRADUS_MIN_FREE_BYTES is free" in installation.log.read_text()
    with Client(installation.url) as client:
        assert list(client.datasets.list()) == []


def start_refused(*options: str) -> str:
    ran = subprocess.run(
        [GRADUS, "up", *options], capture_output=True, text=True, env=environment(), timeout=60, check=False
    )
    assert ran.returncode == 1
    assert ran.stdout == ""
    (line,) = ran.stderr.splitlines()
    return line


def test_a_failed_start_is_an_error_of_one_line(server: Installation, tmp_path: Path) -> None:
    port = server.url.rpartition(":")[2]
    assert f"Port {port} of 127.0.0.1 is in use" in start_refused("--port", port, "--data-dir", str(tmp_path / "new"))
    assert f"is in use by gradus up, process {server.launcher.pid}, at {server.url}" in start_refused(
        "--port", "0", "--data-dir", str(server.data_dir)
    )
    (tmp_path / "file").write_text("in the way")
    assert "cannot be used: Not a directory" in start_refused("--data-dir", str(tmp_path / "file" / "data"))


def test_logs_of_all_processes_are_merged_and_name_their_process(server: Installation, client: Client) -> None:
    line_model(client, "logged")
    speakers = {line.partition("|")[0].strip() for line in server.log.read_text().splitlines()}
    assert {"migrations", "service", "worker"} <= speakers <= {"migrations", "service", "worker", "broker", "gradus"}
