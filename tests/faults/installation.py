"""A whole installation for fault injection: API, workers, Redis and a database, real processes that are restarted.

What the client was told is logged here, and is what the database is held against afterwards.
"""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from random import Random
from typing import Any, Final, Literal

from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from contract.states import TERMINAL
from gradus import Client
from store.database import begin_read, begin_write
from store.jobs import ensembles
from store.tables import JobRow
from tests.faults.proxies import STALE
from tests.faults.training_kinds import KINDS, LONG_KINDS, SETTINGS, TABLES, file_name, job_body, training_result
from tests.running import Installation, Process, Worker, wait_for
from tests.servers import Postgres, RedisServer, free_port

Database = Literal["sqlite", "postgresql"]

LEASE_SECONDS: Final = 3.0
RECONCILE_SECONDS: Final = 0.5
MIN_FREE_BYTES: Final = 2**20
"""With less of it on the disk workers wait for more."""
PROXIES: Final = str(Path(__file__).with_name("proxies.py"))
TIMEOUT: Final = 300.0
"""Seconds within which whatever must come has come, on a busy machine too."""
TIMEOUT_PER_JOB: Final = 1.0
"""So many more for each job that is waited for."""


class InstallationUnderFaults:
    """An installation at work.

    Args:
        database: which kind holds the jobs.
        folder: an empty folder for all that it keeps.
        seed: what all chance follows from.
        workers: how many there are at any time.
        kinds: the kinds of job among which chance chooses.
    """

    def __init__(
        self, database: Database, folder: Path, seed: int, workers: int = 2, kinds: Sequence[str] = LONG_KINDS
    ) -> None:
        self.random = Random(seed)
        self._kinds = kinds
        self.database = database
        self.folder = folder
        self.target_workers = workers
        self.redis = RedisServer()
        self.postgres = Postgres(durable=True) if database == "postgresql" else None
        url = self.postgres.copy() if self.postgres else ""
        self.base = Installation(folder / "data", self.redis.url(), url)
        self.points = folder / "points"
        self.points.mkdir()
        self.port = free_port()
        self.client = Client(f"http://127.0.0.1:{self.port}", retries=60)
        self.acknowledged: dict[str, str] = {}
        """The kind of each acknowledged job, by id: the oracle."""
        self.cancelled: set[str] = set()
        self.unstorable: set[str] = set()
        """Jobs whose models were made too large to be stored: they must fail."""
        self.references: dict[str, tuple[object, ...]] = {}
        self.api: Process | None = None
        self.restarts_processes = threading.Event()
        self._restarting = threading.Lock()
        self._closing = threading.Event()
        self._restarter = threading.Thread(target=self._restart_processes, name="keeper", daemon=True)
        self.restarts_processes.set()
        self._restarter.start()
        wait_for(self.is_answering, "the API", TIMEOUT)
        self.datasets = {name: self.client.datasets.upload(self._write_table(name)).id for name in TABLES}

    def close(self) -> None:
        """End all that was started."""
        self._closing.set()
        self._restarter.join()
        self.client.close()
        if self.api:
            self.api.kill()
        self.base.close()
        self.redis.remove()
        if self.postgres:
            self.postgres.remove()

    def train_references(self, kinds: Iterable[str] = KINDS) -> None:
        """Train each kind once while nothing is harmed; again if the machine was so busy that a lease lapsed."""
        for kind in kinds:
            wait_for(lambda: self._train_reference(kind), f"an undisturbed run of {kind}", TIMEOUT)  # noqa: B023 - called now

    def submit(self, kind: str = "") -> str:
        """Ask the API for a job of a kind, or of any of its kinds; its id, once that is acknowledged."""
        kind = kind or self.random.choice(self._kinds)
        dataset, target, spec = KINDS[kind]
        job = self.client.jobs.create(dataset_id=self.datasets[dataset], target=target, **{**SETTINGS, **spec})
        self.acknowledged[job.id] = kind
        return job.id

    def job_body(self, kind: str) -> bytes:
        """The body to post for a job of this kind."""
        return job_body(kind, self.datasets[KINDS[kind][0]])

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, dict[str, str], Any]:
        """One request without a second try: status, headers by their names in small letters, and the body as JSON.

        Raises:
            OSError, HTTPException: no answer came.
        """
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            sent = {"Content-Type": "application/json", **{k.replace("_", "-"): v for k, v in headers.items()}}
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            return (
                answer.status,
                {name.lower(): text for name, text in answer.headers.items()},
                json.loads(answer.read()),
            )
        finally:
            connection.close()

    def is_answering(self) -> bool:
        """Whether the API is there."""
        try:
            return self.ask("GET", "/healthz")[0] == 200
        except (OSError, HTTPException):
            return False

    def unfinished_jobs(self) -> list[JobRow]:
        """All that are acknowledged and have not ended."""
        with begin_read(self.base.sessions) as s:
            rows = s.scalars(select(JobRow).where(JobRow.status.not_in(TERMINAL)).order_by(JobRow.id))
            return [row for row in rows if row.id in self.acknowledged]

    def unfinished_job_ids(self) -> set[str]:
        """The ids of those jobs."""
        with begin_read(self.base.sessions) as s:
            return set(s.scalars(select(JobRow.id).where(JobRow.status.not_in(TERMINAL)))) & self.acknowledged.keys()

    def submit_until(self, least: int = 4, kind: str = "") -> None:
        """Submit jobs, of a kind as in `submit`, until so many have not ended."""
        for _ in range(least - len(self.unfinished_job_ids())):
            self.submit(kind)

    def wait_for_running_job(self, *, progress: bool = True) -> JobRow:
        """A running job, chosen by chance; one that has progressed since its last worker was lost, unless told so."""

        def find_running_job() -> JobRow | None:
            rows = [row for row in self.unfinished_jobs() if row.status == "running" and not (progress and row.strikes)]
            return self.random.choice(rows) if rows else None

        return wait_for(find_running_job, "a running job", TIMEOUT)  # type: ignore[return-value] - it is true, so a row

    def wait_for_end(self, job_ids: list[str]) -> None:
        """Wait until all of them have ended."""
        patience = TIMEOUT + TIMEOUT_PER_JOB * len(job_ids)
        wait_for(lambda: self.unfinished_job_ids().isdisjoint(job_ids), f"the end of {len(job_ids)} jobs", patience)

    def wait_for_all(self) -> None:
        """Wait until every acknowledged job has ended, one that is paused excepted."""
        wait_for(
            lambda: not self.unfinished_job_ids(),
            "the end of all jobs",
            TIMEOUT + TIMEOUT_PER_JOB * len(self.acknowledged),
        )

    def wait_for_calm(self) -> None:
        """Wait until no job is in danger of being taken for one that kills its workers."""
        wait_for(
            lambda: not any(row.strikes for row in self.unfinished_jobs()),
            "progress after the last fault",
            TIMEOUT,
        )

    def result(self, job_id: str) -> tuple[object, ...]:
        """All that a training came to, but the time that it took."""
        with begin_read(self.base.sessions) as s:
            nets = [net.id for net in ensembles.list_nets(s, [job_id])[job_id]]
        epochs = [epoch for each in nets or [job_id] for epoch in self.base.epochs(each)]
        return training_result(self.base.job(job_id), epochs)

    def processes_of(self, job: JobRow) -> tuple[Worker, int]:
        """The worker that has the job, and the process id of its trainer; LookupError if they are gone."""
        trainer = int((job.worker or "::").split(":")[1] or 0)
        for worker in self.workers():
            with suppress(FileNotFoundError):
                if trainer in worker.trainers():
                    return worker, trainer
        raise LookupError(job.id)

    def workers(self) -> list[Worker]:
        """Those that run."""
        return [worker for worker in self.base.workers if worker.is_running]

    def freeze(self, job_id: str, *pids: int) -> None:
        """Stop processes at a moment at which they hold no lock in the database, for which all others would wait."""
        while True:
            for pid in pids:
                os.kill(pid, signal.SIGSTOP)
            try:
                with begin_write(self.base.sessions) as s:
                    s.execute(select(JobRow.id).where(JobRow.id == job_id).with_for_update(nowait=True))
            except OperationalError:
                for pid in pids:
                    os.kill(pid, signal.SIGCONT)
                time.sleep(0.05)
            else:
                return

    def arm(self, point: str) -> None:
        """Have whatever process first comes to this point die there."""
        (self.points / point).touch()

    def disarm(self, point: str) -> None:
        """Let processes pass this point again."""
        (self.points / point).unlink()

    def stop_processes(self) -> None:
        """Kill API and workers, and do not restart any until `restarts_processes` is set again."""
        self.restarts_processes.clear()
        with self._restarting:
            for process in (*self.workers(), self.api):
                if process:
                    process.kill()

    def is_armed(self, point: str) -> bool:
        """Whether nobody came there yet."""
        return (self.points / point).exists()

    def stale_writes(self) -> list[str]:
        """`refused` or `TAKEN` and the name of each write by a worker that no longer had its job."""
        log = self.points / STALE
        return log.read_text().splitlines() if log.exists() else []

    def read_log_events(self, job_id: str, event: str) -> list[dict[str, Any]]:
        """The entries of the workers' logs of a job under this event."""
        return [entry for entry in self._lines(job_id) if entry.get("job") == job_id and entry["event"] == event]

    def _lines(self, words: str) -> Iterator[dict[str, Any]]:
        for worker in self.base.workers:
            for line in worker.read_log().splitlines():
                if line.startswith("{") and line.endswith("}") and words in line:
                    yield json.loads(line)

    def _train_reference(self, kind: str) -> bool:
        """Train a job of this kind; whether nothing disturbed it, so that its result is the reference."""
        job_id = self.submit(kind)
        self.wait_for_end([job_id])
        self.references[kind] = self.result(job_id)
        return self.base.job(job_id).attempts == 1

    def _write_table(self, name: str) -> Path:
        path = self.folder / file_name(name)
        path.write_bytes(TABLES[name])
        return path

    def _restart_processes(self) -> None:
        """Start again whatever has ended."""
        while not self._closing.wait(0.05):
            with self._restarting:
                if self.restarts_processes.is_set():
                    self._start_missing()

    def _start_missing(self) -> None:
        if self.api is None or not self.api.is_running:
            self.api = self._start_api()
        for _ in range(self.target_workers - len(self.workers())):
            self.base.begin_worker(
                PROXIES,
                "worker",
                str(self.points),
                lease_seconds=LEASE_SECONDS,
                reconcile_seconds=RECONCILE_SECONDS,
                checkpoint_seconds=0.1,
                min_free_bytes=MIN_FREE_BYTES,
                log_format="json",
            )

    def _start_api(self) -> Process:
        chosen = {
            "data_dir": self.base.folder,
            "database_url": self.base.database_url,
            "broker_url": self.base.broker_url,
            "port": self.port,
            "inline_read_bytes": 0,  # so that workers read every table
            "min_free_bytes": 0,
            "jobs_per_owner": 1_000_000,
            "log_format": "json",
        }
        environment = {f"GRADUS_{name.upper()}": str(value) for name, value in chosen.items()}
        command = [sys.executable, "-P", PROXIES, "service", str(self.points)]
        return Process(command, self.folder / "service.log", environment)
