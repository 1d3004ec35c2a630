"""Fault injection on workers: kills, pauses past the lease, shutdowns, cancelled jobs, corrupt checkpoints.

Each takes an installation and the number of faults that must land, injects them, and waits until every job has ended.
"""

import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from contract.states import TERMINAL
from contract.tasks import TRAIN
from gradus.errors import Conflict
from store.database import begin_read
from store.jobs import checkpoints
from tests.faults.installation import LEASE_SECONDS, TIMEOUT, InstallationUnderFaults
from tests.faults.outcome import Bar, Outcome, p99
from tests.running import Worker, wait_for

JOBS_AT_ONCE: Final = 2
SPARE_WORKERS: Final = 1
"""Workers that have nothing to do when another is killed."""


@dataclass(frozen=True)
class KilledJob:
    """A job whose worker was killed, and when."""

    job_id: str
    token: int
    moment: float


def kill_workers(installation: InstallationUnderFaults, times: int) -> Outcome:
    """Kill -9 a trainer, or a worker with all of it, in the middle of a job. It landed if the job is claimed anew.

    Whenever one is killed there are more workers than jobs: how soon a job goes on says something only where a worker
    is free.
    """
    usual, installation.target_workers = installation.target_workers, SPARE_WORKERS + JOBS_AT_ONCE
    wait_for(lambda: len(_ready_workers(installation)) >= installation.target_workers, "the workers", TIMEOUT)
    first = len(installation.acknowledged)
    landed: list[float] = []
    pending: list[KilledJob] = []
    while len(landed) < times:
        time.sleep(0.02)
        landed += _measure_recoveries(installation, pending)
        if len(landed) < times and not pending and len(_ready_workers(installation)) > JOBS_AT_ONCE:
            installation.submit_until(JOBS_AT_ONCE)
            _kill_holder(installation, pending)
    for _ in range(first + 2 * times - len(installation.acknowledged)):
        installation.submit()
    installation.wait_for_all()
    installation.target_workers = usual
    for spare in installation.workers()[usual:]:
        spare.kill()
    recovery = Bar("recovery p99, s", p99(landed), LEASE_SECONDS + 2.0)
    return Outcome(len(landed), {"jobs": len(installation.acknowledged) - first}, [recovery])


def kill_each_worker(installation: InstallationUnderFaults) -> None:
    """Kill -9 every worker, or one of its trainers, whatever it is at."""
    for worker in installation.workers():
        with suppress(ProcessLookupError, FileNotFoundError):
            os.kill(installation.random.choice([worker.pid, *worker.trainers()]), signal.SIGKILL)


def _kill_holder(installation: InstallationUnderFaults, pending: list[KilledJob]) -> None:
    """Kill whoever has some job after a while."""
    chosen = installation.wait_for_running_job()
    time.sleep(installation.random.uniform(0.0, 0.6))
    job = installation.base.job(chosen.id)
    if job.status != "running" or job.strikes:
        return
    with suppress(LookupError, ProcessLookupError):
        worker, trainer = installation.processes_of(job)
        os.kill(installation.random.choice([worker.pid, trainer]), signal.SIGKILL)
        pending.append(KilledJob(job.id, job.token, time.monotonic()))


def _measure_recoveries(installation: InstallationUnderFaults, pending: list[KilledJob]) -> list[float]:
    """The waiting time of each struck job that has been claimed anew; the others stay, unless they ended."""
    waited: list[float] = []
    for struck in list(pending):
        job = installation.base.job(struck.job_id)
        if job.token > struck.token:
            waited.append(time.monotonic() - struck.moment)
        if job.token > struck.token or job.status in TERMINAL:
            pending.remove(struck)
    return waited


def freeze_workers(installation: InstallationUnderFaults, times: int) -> Outcome:
    """Stop a worker until another one has its job, then wake it. It landed if the job was claimed anew meanwhile."""
    landed = 0
    first = len(installation.stale_writes())
    while landed < times:
        installation.submit_until()
        before = len(installation.stale_writes())
        job = installation.wait_for_running_job()
        time.sleep(installation.random.uniform(0.0, 0.3))
        try:
            worker, trainer = installation.processes_of(installation.base.job(job.id))
        except LookupError:
            continue
        frozen = (trainer, worker.pid)
        installation.freeze(job.id, *frozen)
        held = installation.base.job(job.id)
        taken_over = held.status == "running"
        if taken_over:
            token = held.token
            wait_for(lambda: installation.base.job(job.id).token > token, "the take-over", TIMEOUT)  # noqa: B023 - called now
            time.sleep(installation.random.uniform(0.0, 0.3))
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)
        if taken_over:
            stale = wait_for(lambda: installation.stale_writes()[before:], "a write of the woken worker", TIMEOUT)  # noqa: B023 - called now
            assert all(write.startswith("refused") for write in stale), f"stale writes were taken: {stale}"
            landed += 1
        installation.wait_for_calm()
    installation.wait_for_all()
    stale = installation.stale_writes()[first:]
    refused = sum(write.startswith("refused") for write in stale)
    assert refused == len(stale), f"stale writes were taken: {stale}"
    return Outcome(landed, {"stale writes tried": len(stale), "refused": refused})


def cancel_jobs(installation: InstallationUnderFaults, times: int) -> Outcome:
    """Cancel a job at any moment. It landed if it was not over; from then on nothing of it may change."""
    took: list[float] = []
    after: dict[str, tuple[object, ...]] = {}
    while len(after) < times:
        installation.submit_until(3)
        time.sleep(installation.random.uniform(0.0, 0.5))
        job_id = installation.random.choice(
            [job.id for job in installation.unfinished_jobs()] or [installation.submit()]
        )
        began = time.monotonic()
        status, _, answer = installation.ask("POST", f"/v1/jobs/{job_id}/cancel")
        if status == 409:
            continue
        took.append(time.monotonic() - began)
        assert (status, answer["status"]) == (200, "cancelled"), answer
        installation.cancelled.add(job_id)
        after[job_id] = (installation.base.job(job_id).revision, *installation.result(job_id))
    installation.wait_for_all()
    time.sleep(LEASE_SECONDS)
    for job_id, was in after.items():
        assert (installation.base.job(job_id).revision, *installation.result(job_id)) == was, (
            f"{job_id} was written to afterwards"
        )
    return Outcome(
        len(took), {"jobs": len(installation.acknowledged)}, [Bar("to the terminal state p99, s", p99(took), 1.0)]
    )


def shut_down_processes(installation: InstallationUnderFaults, times: int) -> Outcome:
    """SIGTERM workers and the API in turn under load. It landed if the process left; nobody may notice."""
    first = set(installation.acknowledged)
    for number in range(times):
        installation.submit_until()
        ready = wait_for(lambda: _ready_workers(installation), "a worker that is ready", TIMEOUT)
        leaver = installation.random.choice(ready) if number % 3 else installation.api
        assert leaver is not None
        leaver.send(signal.SIGTERM)
        for _ in range(2):  # while it leaves
            installation.submit()
        assert leaver.wait() == 0, leaver.read_log()[-2000:]
        wait_for(installation.is_answering, "the API", TIMEOUT)
    installation.wait_for_all()
    attempts = [installation.base.job(job_id).attempts for job_id in installation.acknowledged.keys() - first]
    burned = Bar("attempts burned", sum(attempts) - len(attempts), 0)  # a worker has five seconds to hand back
    return Outcome(times, {"jobs": len(attempts), "failed requests": 0}, [burned])


def _ready_workers(installation: InstallationUnderFaults) -> list[Worker]:
    """Workers whose trainers are there, also after one was killed; before that, nobody can work or leave in order."""
    return [worker for worker in installation.workers() if _has_trainer(worker)]


def _has_trainer(worker: Worker) -> bool:
    log = worker.read_log()
    with suppress(FileNotFoundError):  # it has ended just now
        return any(f":{trainer}:" in log for trainer in worker.trainers())  # as each names itself when it is ready
    return False


def corrupt_checkpoints(installation: InstallationUnderFaults, times: int) -> Outcome:
    """Flip a byte of a paused job's newest checkpoint, or cut its end off. It landed if the file was there to harm."""
    landed = 0
    while landed < times:
        job_id = installation.submit()
        kept = wait_for(
            lambda: _checkpoints(installation, job_id) or _has_ended(installation, job_id),  # noqa: B023 - called now
            "a checkpoint",
            TIMEOUT,
        )
        if kept is True:
            continue
        try:
            installation.client.jobs.get(job_id).pause()
        except Conflict:
            continue
        wait_for(lambda: installation.read_log_events(job_id, "stopped"), "that the worker stops", TIMEOUT)  # noqa: B023 - called now
        newest, *_ = _checkpoints(installation, job_id)
        file = installation.base.folder / "files" / newest.key
        data = bytearray(file.read_bytes())
        if installation.random.random() < 0.5:
            data[installation.random.randrange(len(data))] ^= 1 << installation.random.randrange(8)
        else:
            del data[installation.random.randrange(len(data)) :]
        file.write_bytes(data)
        landed += 1
        installation.client.jobs.get(job_id).resume()
        installation.wait_for_end([job_id])
        refused = [entry["key"] for entry in installation.read_log_events(job_id, "checkpoint cannot be used")]
        assert newest.key in refused, f"{job_id} went on from a torn checkpoint"
    installation.wait_for_all()
    return Outcome(landed, {"detected": landed})


def _checkpoints(installation: InstallationUnderFaults, job_id: str) -> list[checkpoints.Checkpoint]:
    with begin_read(installation.base.sessions) as s:
        return checkpoints.list_newest_first(s, job_id)


def _has_ended(installation: InstallationUnderFaults, job_id: str) -> bool:
    return installation.base.job(job_id).status in TERMINAL


def repeat_hints(installation: InstallationUnderFaults, times: int) -> Outcome:
    """Deliver the hint of each job ten times more. Each job must be claimed once, unless its lease lapsed."""
    first = set(installation.acknowledged)
    for _ in range(times):
        installation.submit("classes")
        installation.base.send_hint(TRAIN, times=10)
    installation.wait_for_all()
    for job_id in installation.acknowledged.keys() - first:
        job = installation.base.job(job_id)
        gaps = [resume["gap_seconds"] for resume in job.resumes]
        assert job.attempts == job.token == 1 + len(gaps), f"{job_id} was claimed {job.token} times"
        assert all(gap > LEASE_SECONDS / 2 for gap in gaps), f"{job_id} was claimed from a worker that had it"
    return Outcome(times, {"hints": 11 * times, "second claims": 0})
