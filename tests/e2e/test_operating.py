"""The operators' guide end to end: a backup taken under load restores an installation that predicts the same."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx2
import pytest

from contract.responses import EpochResponse
from gradus import Client
from tests.e2e.installation import EXAMPLES, Installation, eventually
from tests.running import find_readable

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


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation that writes its log for machines, started with the umask that most systems have."""
    settings = {"GRADUS_LOG_FORMAT": "json", "GRADUS_LEASE_SECONDS": "5"}  # a lease in a backup is waited for
    umask = os.umask(0o022)
    installation = Installation(tmp_path_factory.mktemp("live") / "data", **settings)
    yield installation
    installation.close()
    os.umask(umask)


@pytest.mark.timeout(300)
def test_a_backup_taken_under_load_restores_the_same_predictions(live: Installation, tmp_path: Path) -> None:
    backup, restored = tmp_path / "backup", tmp_path / "restored"
    with Client(live.url) as client:
        dataset = client.datasets.upload(EXAMPLES / "houses.csv")
        client.jobs.create(dataset_id=dataset.id, target="price", model_name="houses", epochs=5).wait()
        before = client.models.predict("houses", ROWS)
        endless = {"preset": "fast", "epochs": 1_000_000, "early_stopping": None}
        under_way = client.jobs.create(dataset_id=dataset.id, target="price", **endless)
        content = httpx2.get(f"{live.url}/v1/datasets/{dataset.id}/content").content
        run("backup", DATA=live.data_dir, BACKUP=backup)
        under_way.cancel()
    for folder in (live.data_dir, backup):
        assert find_readable(folder) == [], "other users can read the data"

    with closing(sqlite3.connect(backup / "gradus.sqlite")) as copy:
        ((status,),) = copy.execute("SELECT status FROM jobs WHERE id = ?", [under_way.id])
    assert status in {"queued", "running"}
    run("restore", BACKUP=backup, RESTORED=restored)
    assert find_readable(restored) == []
    again = Installation(restored)
    try:
        with Client(again.url) as client:
            assert client.models.predict("houses", ROWS) == before
            assert httpx2.get(f"{again.url}/v1/datasets/{dataset.id}/content").content == content
            job = client.jobs.get(under_way.id)
            next(event for event in job.follow() if isinstance(event, EpochResponse))
            job.finish()
            assert job.wait().status == "succeeded"
    finally:
        again.close()


def test_every_line_of_the_launcher_and_all_it_starts_is_a_json_object(live: Installation) -> None:
    os.kill(live.member("-m worker"), signal.SIGKILL)
    eventually(lambda: "starting it again" in live.log.read_text())

    lines = [json.loads(line) for line in live.log.read_text().rpartition("\n")[0].splitlines()]

    assert {"gradus", "service", "worker", "migrations"} <= {line["process"] for line in lines}
    assert all({"event", "level", "timestamp"} <= set(line) for line in lines)
