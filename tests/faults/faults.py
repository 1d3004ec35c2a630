"""The faults by name: the function that injects each, and its counts in `make faults` and `make test`.

The figures are those of the promise; a slow machine does a part of them.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.faults import (
    fault_points,
    on_batches,
    on_disk,
    on_ensembles,
    on_pictures,
    on_queue,
    on_servers,
    on_startup,
    on_sweeps,
    on_workers,
)
from tests.faults.checker import check_jobs
from tests.faults.installation import Database, InstallationUnderFaults
from tests.faults.outcome import Outcome
from tests.faults.training_kinds import ENSEMBLE_KIND, KINDS


@contextmanager
def plain_folder(folder: Path) -> Iterator[Path]:
    """A folder like any other."""
    folder.mkdir()
    yield folder


@dataclass(frozen=True)
class Fault:
    """One kind of harm.

    Attributes:
        title: what is done, for people.
        inflict: does it so many times and asserts what must hold.
        times: how often, all in all.
        daily_times: how often in the tests of every day.
        databases: on which it makes sense.
        kinds: the kinds of job that it needs.
        ground: makes the folder that it needs.
    """

    title: str
    inflict: Callable[[InstallationUnderFaults, int], Outcome]
    times: int
    daily_times: int
    databases: tuple[Database, ...] = ("sqlite", "postgresql")
    kinds: Collection[str] = tuple(KINDS)
    create_folder: Callable[[Path], AbstractContextManager[Path]] = plain_folder

    @property
    def needs_mount(self) -> bool:
        """Whether a file system must be mounted for it."""
        return self.create_folder is not plain_folder


FAULTS = {
    "kills": Fault("kill -9 of workers", on_workers.kill_workers, 100, 2),
    "freezes": Fault("freeze past the lease", on_workers.freeze_workers, 50, 1),
    "points": Fault("crash at a named point", fault_points.crash_at_points, 5 * len(fault_points.POINTS), 3),
    "redis killed": Fault("Redis killed", on_servers.kill_redis, 20, 1),
    "redis emptied": Fault("Redis emptied with jobs queued", on_servers.empty_redis, 10_000, 5),
    "redis silent": Fault("Redis silent, seconds", on_servers.stop_redis, 60, 3),
    "hints": Fault("each hint ten times more", on_workers.repeat_hints, 1000, 3),
    "postgresql": Fault(
        "PostgreSQL restarted, mode immediate", on_servers.restart_postgres, 20, 1, databases=("postgresql",)
    ),
    "lost answers": Fault("API killed between commit and answer", on_servers.lose_answers, 500, 2),
    "full disk": Fault("disk full", on_disk.fill_disks, 20, 1, create_folder=on_disk.small_disk),
    "torn checkpoints": Fault("checkpoint torn or a byte flipped", on_workers.corrupt_checkpoints, 100, 1),
    "cancels": Fault("cancel at any moment", on_workers.cancel_jobs, 200, 3),
    "departures": Fault("SIGTERM of workers and API in turn", on_workers.shut_down_processes, 50, 2),
    "wrong databases": Fault("wrong or empty database", on_startup.give_wrong_databases, 24, 3),
    "full starts": Fault(
        "started on a full disk", on_startup.start_on_full_disks, 10, 1, create_folder=on_disk.roomy_disk
    ),
    "future leases": Fault("lease an hour ahead", on_queue.leave_leases_in_the_future, 50, 1),
    "broken hints": Fault("message that is no hint", on_queue.send_broken_hints, 500, 3),
    "pictures": Fault(
        "kill -9 or pause of jobs on pictures, which are then reproduced and forked",
        on_pictures.harm_picture_jobs,
        50,
        2,
    ),
    "ensembles": Fault(
        "kill -9 of workers that train a net of several, or combine them",
        on_ensembles.kill_workers_of_ensembles,
        50,
        2,
        kinds=(ENSEMBLE_KIND,),
    ),
    "batches": Fault(
        "kill -9 of workers that predict batches", on_batches.kill_predicting_workers, 100, 1, kinds=("long epochs",)
    ),
    "sweeps": Fault("kill -9 of workers and API during a sweep", on_sweeps.kill_processes_of_sweeps, 50, 1, kinds=()),
    "large models": Fault("model too large to be stored", on_queue.train_too_large_models, 5, 1),
}


def inflict_daily_faults(installation: InstallationUnderFaults, name: str) -> None:
    """Inflict one kind of harm as often as every day, and check every job."""
    fault = FAULTS[name]
    outcome = fault.inflict(installation, fault.daily_times)
    assert outcome.landed > 0
    assert check_jobs(installation) == len(installation.acknowledged)
