"""Fault injection at the start: programs that are given a wrong database, and a launcher on a disk that is almost full.

Each takes an installation and the number of faults that must land, injects them, and waits until every job has ended.
"""

import json
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Final

from migrations.upgrade import apply_migrations
from store.database import make_session_factory, open_database
from store.files.files import FolderFileStore
from store.installation import bind_files
from tests.e2e.installation import GRADUS, Installation, environment
from tests.faults.installation import LEASE_SECONDS, TIMEOUT, InstallationUnderFaults
from tests.faults.on_disk import fill_until
from tests.faults.outcome import Outcome
from tests.faults.training_kinds import TABLES
from tests.running import wait_for

RESERVE_BYTES: Final = 32 * 2**20
"""With less than this the launcher must start all the same."""
PROGRAMS: Final = ("work", "serve", "up")


def give_wrong_databases(installation: InstallationUnderFaults, times: int) -> Outcome:
    """Start each program on the files, but with an empty or another database: it must refuse, and change no file.

    With the right database everything goes on.
    """
    foreign = _create_foreign_database(installation)
    with everything_stopped(installation):
        for number in range(times):
            url = _empty_database(installation, number) if number % 2 else foreign
            _assert_refused(installation, PROGRAMS[number % len(PROGRAMS)], url)
    wait_for(installation.is_answering, "the API", TIMEOUT)
    for name, dataset_id in installation.datasets.items():
        assert _download(installation, dataset_id) == TABLES[name], f"{name} is not as it was uploaded"
    return Outcome(times, {"starts refused": times, "files deleted": 0})


@contextmanager
def everything_stopped(installation: InstallationUnderFaults) -> Generator[None]:
    """No process of the installation runs in the block, except for the servers of others."""
    installation.stop_processes()
    yield
    installation.restarts_processes.set()


def _list_files(installation: InstallationUnderFaults) -> list[Path]:
    return sorted(path for path in (installation.base.folder / "files").rglob("*") if path.is_file())


def _empty_database(installation: InstallationUnderFaults, number: int) -> str:
    if installation.postgres:
        return installation.postgres.create()
    return f"sqlite:///{installation.folder / f'empty-{number}.sqlite'}"


def _create_foreign_database(installation: InstallationUnderFaults) -> str:
    """The database of another installation."""
    url = _empty_database(installation, -1)
    apply_migrations(url)
    engine = open_database(url)
    bind_files(make_session_factory(engine), FolderFileStore(installation.folder / "other files"))
    engine.dispose()
    return url


def _assert_refused(installation: InstallationUnderFaults, program: str, url: str) -> None:
    settings = environment(
        GRADUS_DATA_DIR=str(installation.base.folder),
        GRADUS_DATABASE_URL=url,
        GRADUS_BROKER_URL=installation.base.broker_url,
        GRADUS_PORT=str(installation.port),
    )
    files = _list_files(installation)
    done = subprocess.run([GRADUS, program], env=settings, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    assert done.returncode == 1, f"gradus {program} ended with status {done.returncode}: {done.stderr}"
    assert "do not belong to this database" in done.stderr, done.stderr
    assert "Traceback" not in done.stderr
    assert _list_files(installation) == files, f"gradus {program} with another database changed the files"


def _download(installation: InstallationUnderFaults, dataset_id: str) -> bytes:
    status, content = _send(installation.port, "GET", f"/v1/datasets/{dataset_id}/content")
    assert status == 200, content
    return content


def _send(port: int, method: str, path: str, body: bytes = b"", content_type: str = "") -> tuple[int, bytes]:
    """One request; its status and its body as it came."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body or None, {"Content-Type": content_type} if content_type else {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def start_on_full_disks(installation: InstallationUnderFaults, times: int) -> Outcome:
    """Start `gradus up` with less space than the reserve: it must predict and delete, and train once there is room."""
    for _ in range(times):
        status, _, dataset = installation.ask("POST", "/v1/datasets", TABLES["sums"], Content_Type="text/csv")
        assert status == 201, dataset
        wait_for(lambda: installation.base.dataset_row(dataset["id"]).status == "ready", "the dataset", TIMEOUT)  # noqa: B023 - called now
        job_id = installation.submit("brief")
        installation.wait_for_end([job_id])
        with everything_stopped(installation):
            filler = installation.base.folder / "filler"
            fill_until(filler, RESERVE_BYTES // 2)
            launched = Installation(
                installation.base.folder, "--port", str(installation.port), **_settings(installation)
            )
            try:
                _assert_usable_without_space(installation, dataset["id"])
                filler.unlink()
                wait_for(lambda: _submit_once(installation), "a job that is taken", TIMEOUT)
                installation.wait_for_all()
            finally:
                filler.unlink(missing_ok=True)
                launched.close()
        wait_for(installation.is_answering, "the API", TIMEOUT)
    return Outcome(times, {"starts": times})


def _settings(installation: InstallationUnderFaults) -> dict[str, str]:
    return {
        "GRADUS_DATABASE_URL": installation.base.database_url,
        "GRADUS_BROKER_URL": installation.base.broker_url,
        "GRADUS_MIN_FREE_BYTES": str(RESERVE_BYTES),
        "GRADUS_LEASE_SECONDS": str(LEASE_SECONDS),
    }


def _assert_usable_without_space(installation: InstallationUnderFaults, dataset_id: str) -> None:
    row = json.dumps({"rows": [{"a": 0.5, "b": -0.25}]}).encode()
    status, _, answer = installation.ask("POST", "/v1/models/net/predict", row)
    assert status == 200, answer
    status, _, answer = installation.ask("POST", "/v1/jobs", installation.job_body("brief"))
    assert status == 507, answer
    status, _, answer = installation.ask("DELETE", f"/v1/datasets/{dataset_id}")
    assert status == 200, answer


def _submit_once(installation: InstallationUnderFaults) -> bool:
    status, _, answer = installation.ask("POST", "/v1/jobs", installation.job_body("brief"))
    assert status in {202, 507}, answer
    if status == 202:
        installation.acknowledged[answer["id"]] = "brief"
    return status == 202
