"""Jobs that real workers log to a real tracking server of MLflow, which is away at first; and workers are killed."""

import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete

from contract.tasks import TRAIN
from learning.model import Model
from process.address_guard import AddressGuard
from process.guarded_http import RequestError, request
from store.database import begin_read, begin_write
from store.tables import TrackingRow
from tables import frame_from_csv
from tests.clients.environment import client_program, run_client
from tests.integration.worker.tables_to_learn import sums
from tests.running import Installation, Process, wait_for
from tests.servers import free_port

pytestmark = pytest.mark.timeout(900)

ROWS = b"a,b\n1,2\n,5\n"


class MlflowServer:
    """A server with a folder and a port of its own, which can be started late."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: Process | None = None

    def start(self) -> None:
        command = [
            *(str(client_program("mlflow")), "server", "--host", "127.0.0.1", "--port", str(self.port)),
            *("--workers", "1", "--backend-store-uri", f"sqlite:///{self.folder}/mlflow.sqlite"),
            *("--artifacts-destination", str(self.folder / "artifacts")),
        ]
        self._process = Process(command, self.folder / "mlflow.log")
        wait_for(self._answers, "the tracking server", 600)

    def stop(self) -> None:
        if self._process is not None:
            self._process.send(signal.SIGTERM)
            self._process.wait()

    def read(self, experiment: str) -> list[dict[str, Any]]:
        rows = self.folder / "rows.csv"
        rows.write_bytes(ROWS)
        return run_client("read_runs.py", self.url, experiment, rows)

    def _answers(self) -> bool:
        guard = AddressGuard.from_texts(["127.0.0.1/32"])
        try:
            return request("GET", f"{self.url}/health", guard=guard, seconds=5).status == 200
        except RequestError:
            return False


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowServer]:
    client_program()
    server = MlflowServer(tmp_path_factory.mktemp("mlflow"))
    yield server
    server.stop()


def submit(installation: Installation, **spec: Any) -> str:
    job_id = installation.submit(installation.add_dataset(sums()), "y", early_stopping=None, tracking=True, **spec)
    installation.send_hint(TRAIN)
    return job_id


def load_row(installation: Installation, job_id: str) -> TrackingRow:
    with begin_read(installation.sessions) as s:
        row = s.get(TrackingRow, job_id)
    assert row is not None
    return row


def make_due(installation: Installation) -> None:
    """As if the pauses after failures were over."""
    with begin_write(installation.sessions) as s:
        for row in s.query(TrackingRow).filter(TrackingRow.due_at.is_not(None)):
            row.due_at = 0.0


def is_logged(installation: Installation, job_id: str) -> bool:
    make_due(installation)
    return load_row(installation, job_id).due_at is None


def has_sent(installation: Installation, job_id: str) -> bool:
    make_due(installation)
    return sum(load_row(installation, job_id).sent.values()) > 0


def test_jobs_are_logged_when_the_server_comes_and_once_when_workers_die(
    module_installation: Installation, server: MlflowServer
) -> None:
    installation = module_installation
    settings = {
        "tracking_url": server.url,
        "tracking_experiment": "nets",
        "reconcile_seconds": 0.2,
        "lease_seconds": 2.0,
    }
    worker = installation.start_worker(**settings)
    first = submit(installation, epochs=12, nets=1)
    assert installation.wait_for_end(first).status == "succeeded"
    wait_for(lambda: load_row(installation, first).failures > 0, "a failure")
    assert load_row(installation, first).run_id is None
    server.start()
    several = submit(installation, epochs=6, nets=2)
    long = submit(installation, epochs=500, nets=1)
    wait_for(partial(has_sent, installation, long), "the first epochs", 120)
    worker.kill()
    worker = installation.start_worker(**settings)
    for job_id in (first, several, long):
        installation.wait_for_end(job_id)
        wait_for(partial(is_logged, installation, job_id), "the last word of a job", 120)
    worker.send(signal.SIGTERM)
    worker.wait()

    runs = {run["tags"]["gradus.job_id"]: run for run in server.read("nets")}

    assert set(runs) == {first, several, long}
    assert {run["status"] for run in runs.values()} == {"FINISHED"}
    for job_id, prefix in ((first, ""), (long, "")):
        epochs = installation.epochs(job_id)
        history = runs[job_id]["history"]
        assert history[f"{prefix}train_loss"] == [[each.epoch, each.train_loss] for each in epochs]
        assert history[f"{prefix}rmse"] == [[each.epoch, each.metrics["rmse"]] for each in epochs]
    assert [step for step, _ in runs[several]["history"]["net_2/train_loss"]] == list(range(1, 7))
    assert runs[first]["params"]["epochs"] == "12"
    assert runs[first]["params"]["optimizer.type"]
    _, data = installation.model(installation.job(first).model_id or "")
    model = Model.from_bytes(data)
    expected = model.predict(frame_from_csv(ROWS, model.inputs))[0].list_predicted()
    assert runs[first]["predicted"]["value"] == pytest.approx(expected, rel=1e-6)
    with begin_write(installation.sessions) as s:
        s.execute(delete(TrackingRow))
