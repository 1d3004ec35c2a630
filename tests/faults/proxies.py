"""Runs `python -m worker` or `python -m service` with fault points at which it may crash, and counts stale writes.

The product has no line of test code: its functions are wrapped by name, here, in a process that then becomes it.

A point is armed by a file of its name; whoever comes there first removes the file and dies by SIGKILL. So each armed
point kills once, and a file that is gone is the proof that it did.
"""

import os
import runpy
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any, Final

from celery import Celery
from sqlalchemy import select
from sqlalchemy.orm import Session

from contract.states import StopReason
from store import datasets
from store.jobs import claims, jobs
from store.models.models import NewModel
from store.sweeps import sweeps
from store.tables import JobRow, JsonObject

ADDS: Final = (jobs.add, datasets.add, sweeps.add)
"""Commits of the service; a worker claims, and then holds what it claimed."""
CLAIMS: Final = (claims.claim, datasets.claim)
HOLDERS_WRITES: Final = (
    claims.renew_lease,
    claims.add_epochs,
    claims.add_checkpoint,
    claims.add_warnings,
    claims.succeed,
    claims.succeed_net,
    claims.fail,
    claims.release,
)
"""Writes that only the holder of a job may make: each names the job and the token of its claim."""
OTHERS: Final = (datasets.mark_ready,)

STALE: Final = "stale.log"
UNSTORABLE: Final = "unstorable-model"
"""A file of this name makes the next model of a worker larger than a database can hold, each time it is written."""
TOO_MANY_BYTES: Final = 1_100_000_000


class Points:
    """The points of one process, which are armed by files in a folder.

    Args:
        program: the room that this process becomes; a point's name begins with it.
        folder: where points are armed, and stale writes noted.
    """

    def __init__(self, program: str, folder: Path) -> None:
        self._program = program
        self._folder = folder
        self._main = os.getpid()

    def reach(self, name: str) -> None:
        """Die here, if this point is armed."""
        try:
            (self._folder / f"{self._program}-{name}").unlink()
        except FileNotFoundError:
            return
        if self._program == "service" and os.getpid() != self._main:
            os.kill(self._main, signal.SIGKILL)  # or else it would start this process again by itself
        os.kill(os.getpid(), signal.SIGKILL)

    def is_for(self, name: str, job_id: str) -> bool:
        """Whether a point is armed for this job; the first job that asks takes it."""
        file = self._folder / name
        try:
            with file.open("r+") as holder:
                if not (held := holder.read()):
                    holder.write(job_id)
        except FileNotFoundError:
            return False
        return held in {"", job_id}

    def wrap(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, with a point before it and one after it."""

        @wraps(function)
        def call_between_points(*args: Any, **options: Any) -> Any:
            self.reach(f"before-{name}")
            answer = function(*args, **options)
            self.reach(f"after-{name}")
            return answer

        return call_between_points

    def wrap_commit(self, original: Callable[[Session], None]) -> Callable[[Session], None]:
        """Session.commit, with a point before and after for each thing that the transaction did."""

        @wraps(original)
        def commit_between_points(s: Session) -> None:
            does = s.info.pop("does", ())
            for name in does:
                self.reach(f"before-commit-of-{name}")
            original(s)
            for name in does:
                self.reach(f"after-commit-of-{name}")

        return commit_between_points

    def note_stale(self, write: str, refused: bool) -> None:
        """Keep that a holder wrote after somebody else had claimed the job."""
        with (self._folder / STALE).open("a") as log:
            log.write(f"{'refused' if refused else 'TAKEN'} {write}\n")


def name_of(function: Callable[..., Any]) -> str:
    """Such as `claims.add_epochs`."""
    return f"{function.__module__.rpartition('.')[2]}.{function.__name__}"


def wire(points: Points) -> None:
    """Put the points in."""
    for function in (*ADDS, *CLAIMS, *OTHERS):
        setattr(sys.modules[function.__module__], function.__name__, _note_writes(function))
    for function in HOLDERS_WRITES:
        setattr(claims, function.__name__, _detect_stale_writes(points, _note_writes(function)))
    claims.succeed = _store_too_large_model(points, claims.succeed)
    Session.commit = points.wrap_commit(Session.commit)
    os.fsync = points.wrap("fsync", os.fsync)
    Path.replace = points.wrap("rename", Path.replace)
    Celery.send_task = points.wrap("publish", Celery.send_task)


def _note_writes(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, which tells its session what the transaction does, if it did anything."""

    @wraps(function)
    def call_and_note(s: Session, *args: Any, **options: Any) -> Any:
        answer = function(s, *args, **options)
        if answer is not None and answer is not False:
            s.info["does"] = (*s.info.get("does", ()), name_of(function))
        return answer

    return call_and_note


def _detect_stale_writes(points: Points, write: Callable[..., Any]) -> Callable[..., Any]:
    """The write, noted if its token was no longer the job's."""

    @wraps(write)
    def write_and_check(s: Session, job_id: str, token: int, *args: Any, **options: Any) -> Any:
        answer = write(s, job_id, token, *args, **options)
        held = s.scalar(select(JobRow.token).where(JobRow.id == job_id))
        if held is not None and held != token:
            points.note_stale(write.__name__, refused=answer is None or answer is False)
        return answer

    return write_and_check


def _store_too_large_model(points: Points, succeed: Callable[..., Any]) -> Callable[..., Any]:
    """The write of a model, which is replaced by a larger one for the job that comes first, if that is armed."""

    @wraps(succeed)
    def succeed_with_large_model(
        s: Session, job_id: str, token: int, model: NewModel, stop_reason: StopReason, **measured: JsonObject | None
    ) -> Any:
        if points.is_for(UNSTORABLE, job_id):
            model = replace(model, weights=bytes(TOO_MANY_BYTES))
        return succeed(s, job_id, token, model, stop_reason, **measured)

    return succeed_with_large_model


if __name__ == "__main__":
    _, program, folder = sys.argv
    wire(Points(program, Path(folder)))
    sys.argv[1:] = []
    runpy.run_module(program, run_name="__main__", alter_sys=True)
