"""An installation that `gradus up` runs, for chaos: its database, its processes by role, and undisturbed results."""

import json
import tempfile
from base64 import b64encode
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, Self
from urllib.request import Request, urlopen

from sqlalchemy import select

from contract.settings import Settings
from contract.states import TERMINAL
from gradus import Client
from store.database import begin_read, make_session_factory, open_database
from store.jobs import epochs, jobs
from store.tables import JobRow
from tests.e2e.installation import Installation, left_of, processes
from tests.faults.installation import LEASE_SECONDS, TIMEOUT, Database
from tests.faults.training_kinds import ENSEMBLE_KIND, KINDS, SETTINGS, TABLES, file_name, training_result
from tests.pictures import png
from tests.running import wait_for
from tests.servers import Postgres

Role = Literal["launcher", "broker", "service", "server", "reader", "worker", "trainer", "database"]

POINT: Final = {"a": 0.5, "b": -0.25}
PICTURE: Final = {"image": b64encode(png(1)).decode()}


class Question(NamedTuple):
    """What is asked of a model: the action, the body, and the part of the response that must always be the same."""

    action: str
    body: bytes
    part: str

    @classmethod
    def of_row(cls, row: dict[str, Any]) -> Self:
        """The question what a row's prediction is."""
        return cls("predict", json.dumps({"rows": [row]}).encode(), "predictions")


QUESTIONS: Final = {
    "sums": Question.of_row(POINT),
    "many": Question.of_row(POINT),
    "sides": Question.of_row(POINT),
    "pictures": Question.of_row(PICTURE),
    "choices": Question("recommend", b'{"user": "reader 10"}', "items"),
    "lines": Question("generate", b'{"prompt": "3 and 3 are ", "max_tokens": 8, "seed": 1}', "text"),
}
"""The question to a model, by the table from which it learned."""
WORKERS: Final = 2
OWNER: Final = "local"
"""The owner of what is made before there are keys."""


@dataclass
class Reference:
    """The result of an undisturbed run of a kind of job."""

    result: tuple[Any, ...]
    answer: Any


class ChaosInstallation:
    """An installation of real processes under one launcher.

    Args:
        database: which kind holds the jobs.
    """

    def __init__(self, database: Database) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="gradus-chaos-"))
        self.postgres = Postgres(durable=True) if database == "postgresql" else None
        url = self.postgres.copy() if self.postgres else ""
        self.settings = {
            "GRADUS_LEASE_SECONDS": str(LEASE_SECONDS),
            "GRADUS_RECONCILE_SECONDS": "0.5",
            "GRADUS_CHECKPOINT_SECONDS": "0.1",
            "GRADUS_MIN_FREE_BYTES": "0",
            "GRADUS_INLINE_READ_SECONDS": "0.5",
            "GRADUS_LOG_FORMAT": "json",
        } | ({"GRADUS_DATABASE_URL": url} if url else {})
        self.launched = Installation(self.folder / "data", "--workers", str(WORKERS), **self.settings)
        self.seen: dict[int, str] = {}
        """Every process that was ever part of it, by id: its command line."""
        self._engine = open_database(url or Settings(data_dir=self.folder / "data").database)
        self.sessions = make_session_factory(self._engine)
        self.references: dict[str, Reference] = {}

    @property
    def port(self) -> int:
        """Where the service listens."""
        return int(self.launched.url.rpartition(":")[2])

    def close(self) -> None:
        """End all that was started."""
        self.launched.close()
        self._engine.dispose()
        if self.postgres:
            self.postgres.remove()

    def train_references(self) -> None:
        """Train each kind once while nothing is harmed."""
        with Client(self.launched.url) as client:
            for name, data in TABLES.items():
                (self.folder / file_name(name)).write_bytes(data)
            datasets = {name: client.datasets.upload(self.folder / file_name(name)).id for name in TABLES}
            for kind, (table, target, spec) in KINDS.items():
                if kind == ENSEMBLE_KIND:
                    continue  # its nets are jobs of their own, which only `on_ensembles` counts
                asked = {**SETTINGS, "model_name": model_name(kind), **spec}
                job = client.jobs.create(dataset_id=datasets[table], target=target, **asked).wait(timeout=TIMEOUT)
                with begin_read(self.sessions) as s:
                    row, curve = jobs.get(s, OWNER, job.id), epochs.list_page(s, job.id, 0, 1_000_000)[0]
                    self.references[kind] = Reference(training_result(row, curve), self._ask(kind))

    def _ask(self, kind: str) -> Any:
        question = QUESTIONS[KINDS[kind][0]]
        url = f"{self.launched.url}/v1/models/{model_name(kind)}/{question.action}"
        with urlopen(Request(url, question.body, {"Content-Type": "application/json"})) as answer:
            return json.load(answer)[question.part]

    def roles(self) -> dict[int, Role]:
        """The role of each living process, by its id."""
        parents, commands = processes()
        found: dict[int, Role] = {self.launched.launcher.pid: "launcher"}
        for _ in range(3):  # children, their children and theirs; ids need not grow
            for pid, parent in parents.items():
                if pid not in found and (role := _child_role(found.get(parent), commands[pid])):
                    found[pid] = role
        if self.postgres:
            found |= {pid: "database" for pid, parent in parents.items() if parent == self.postgres.process.pid}
        self.seen |= {pid: commands[pid] for pid, role in found.items() if role != "database" and pid in commands}
        return found

    def is_whole(self) -> bool:
        """Whether every process is there, each worker with its trainer."""
        roles = list(self.roles().values())
        least = {"launcher": 1, "broker": 1, "server": 1, "worker": WORKERS, "trainer": WORKERS}
        return all(roles.count(role) >= count for role, count in least.items())

    def list_open_jobs(self) -> list[JobRow]:
        """All jobs that have not ended."""
        with begin_read(self.sessions) as s:
            return list(s.scalars(select(JobRow).where(JobRow.status.not_in(TERMINAL))))

    def orphans(self) -> dict[int, str]:
        """Processes that were part of it once, and live without being so now."""
        family = self.roles()
        return {pid: command for pid, command in left_of(self.seen).items() if pid not in family}

    def wait_for_no_orphan(self) -> dict[int, str]:
        """The orphans that are left after a while; none, as it should be."""
        with suppress(AssertionError):
            wait_for(lambda: not self.orphans(), "the end of orphans", 20.0)
        return self.orphans()


def model_name(kind: str) -> str:
    """The name of the models of a kind."""
    return kind.replace(" ", "-")


def _child_role(parent: Role | None, command: str) -> Role | None:
    """The role of a process by that of its parent."""
    if parent == "launcher":
        return next((role for word, role in _BY_COMMAND.items() if word in command), None)
    return _BY_PARENT.get(parent) if parent else None


_BY_COMMAND: Final[dict[str, Role]] = {"valkey-server": "broker", "-m service": "service", "-m worker": "worker"}
_BY_PARENT: Final[dict[Role, Role]] = {"service": "server", "server": "reader", "worker": "trainer"}
