"""The page for operators is true: its backup of an installation at work restores to one that predicts the same."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import httpx2
import pytest

from contract.responses import EpochResponse
from gradus import Client
from tests.e2e.installation import EXAMPLES, Installation, eventually

PAGE = (Path(__file__).parents[2] / "docs" / "operating.md").read_text()
ROWS = [{"location": "harbour", "sqft": 1200, "bedrooms": 3}, {"sqft": 800}]


def run(name: str, **folders: Path) -> None:
    """Run the block of that name as it stands on the page, with folders of ours for those that it names."""
    found = re.search(rf"<!-- run: {name} -->\n```sh\n(.*?)```", PAGE, re.DOTALL)
    assert found, name
    text = found[1]
    for variable, folder in folders.items():
        text, times = re.subn(rf"^{variable}=.*$", f"{variable}={folder}", text, flags=re.MULTILINE)
        assert times == 1, variable
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    command = ["bash", "-euo", "pipefail", "-c", text]
    done = subprocess.run(command, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.timeout(300)
def test_a_backup_made_at_work_restores_to_one_that_predicts_the_same(tmp_path: Path) -> None:
    data, backup, restored = (tmp_path / name for name in ("data", "backup", "restored"))
    live = Installation(data)
    try:
        with Client(live.url) as client:
            dataset = client.datasets.upload(EXAMPLES / "houses.csv")
            client.jobs.create(dataset_id=dataset.id, target="price", model_name="houses", epochs=5).wait()
            before = client.models.predict("houses", ROWS)
            endless = {"epochs": 1_000_000, "early_stopping": None}
            under_way = client.jobs.create(dataset_id=dataset.id, target="price", **endless)
            content = httpx2.get(f"{live.url}/v1/datasets/{dataset.id}/content").content
            run("backup", DATA=data, BACKUP=backup)
    finally:
        live.close()

    with closing(sqlite3.connect(backup / "gradus.sqlite")) as copy:
        ((status,),) = copy.execute("SELECT status FROM jobs WHERE id = ?", [under_way.id])
    assert status in {"queued", "running"}
    run("restore", BACKUP=backup, RESTORED=restored)
    again = Installation(restored)
    try:
        with Client(again.url) as client:
            assert client.models.predict("houses", ROWS) == before
            assert httpx2.get(f"{again.url}/v1/datasets/{dataset.id}/content").content == content
            job = client.jobs.get(under_way.id)
            next(told for told in job.follow() if isinstance(told, EpochResponse))
            job.finish()
            assert job.wait().status == "succeeded"
    finally:
        again.close()


def test_every_line_of_the_launcher_and_all_it_starts_is_a_json_object(tmp_path: Path) -> None:
    installation = Installation(tmp_path / "data", GRADUS_LOG_FORMAT="json")
    os.kill(installation.member("-m worker"), signal.SIGKILL)
    eventually(lambda: "starting it again" in installation.log.read_text())
    installation.close()

    lines = [json.loads(line) for line in installation.log.read_text().splitlines()]

    assert {"gradus", "service", "worker", "migrations"} <= {line["process"] for line in lines}
    assert all({"event", "level", "timestamp"} <= set(line) for line in lines)
