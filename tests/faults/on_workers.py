"""What is done to workers: killed, frozen past the lease, told to leave, robbed of a job, given torn checkpoints.

Each takes a field and how many faults must land, does harm until they have, and waits until every job has ended.
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
from tests.faults.installation import LEASE_SECONDS, PATIENT, InstallationUnderFaults
from tests.faults.outcome import Bar, Outcome, p99
from tests.running import Worker, wait_for

JOBS_AT_ONCE: Final = 2
SPARE: Final = 2
"""Workers that have nothing to do while others are killed."""


@dataclass(frozen=True)
class Struck:
    """A job whose worker was killed, and when."""

    job_id: str
    token: int
    moment: float


def kills(field: InstallationUnderFaults, times: int) -> Outcome:
    """Kill -9 a trainer, or a worker with all of it, in the middle of a job. It landed if the job is claimed anew.

    Whenever one is killed there are more workers than jobs: how soon a job goes on says something only where a worker
    is free.
    """
    usual, field.wanted_workers = field.wanted_workers, SPARE + JOBS_AT_ONCE
    wait_for(lambda: len(_ready(field)) >= field.wanted_workers, "the workers", PATIENT)
    first = len(field.acknowledged)
    landed: list[float] = []
    pending: list[Struck] = []
    while len(landed) < times:
        time.sleep(0.02)
        landed += _recovered(field, pending)
        if len(landed) < times and not pending and len(_ready(field)) > JOBS_AT_ONCE:
            field.keep_busy(JOBS_AT_ONCE)
            _strike(field, pending)
    for _ in range(first + 2 * times - len(field.acknowledged)):
        field.submit()
    field.wait_for_all()
    field.wanted_workers = usual
    recovery = Bar("recovery p99, s", p99(landed), LEASE_SECONDS + 2.0)
    return Outcome(len(landed), {"jobs": len(field.acknowledged) - first}, [recovery])


def _strike(field: InstallationUnderFaults, pending: list[Struck]) -> None:
    """Kill whoever has some job after a while."""
    chosen = field.running()
    time.sleep(field.random.uniform(0.0, 0.6))
    job = field.place.job(chosen.id)
    if job.status != "running" or job.strikes:
        return
    with suppress(LookupError, ProcessLookupError):
        worker, trainer = field.processes_of(job)
        os.kill(field.random.choice([worker.pid, trainer]), signal.SIGKILL)
        pending.append(Struck(job.id, job.token, time.monotonic()))


def _recovered(field: InstallationUnderFaults, pending: list[Struck]) -> list[float]:
    """How long each struck job waited that was claimed anew by now; the others stay, unless they ended after all."""
    waited: list[float] = []
    for struck in list(pending):
        job = field.place.job(struck.job_id)
        if job.token > struck.token:
            waited.append(time.monotonic() - struck.moment)
        if job.token > struck.token or job.status in TERMINAL:
            pending.remove(struck)
    return waited


def freezes(field: InstallationUnderFaults, times: int) -> Outcome:
    """Stop a worker until another one has its job, then wake it. It landed if the job was claimed anew meanwhile."""
    landed = 0
    first = len(field.stale_writes())
    while landed < times:
        field.keep_busy()
        before = len(field.stale_writes())
        job = field.running()
        time.sleep(field.random.uniform(0.0, 0.3))
        try:
            worker, trainer = field.processes_of(field.place.job(job.id))
        except LookupError:
            continue
        frozen = (trainer, worker.pid)
        field.freeze(job.id, *frozen)
        held = field.place.job(job.id)
        taken_over = held.status == "running"
        if taken_over:
            token = held.token
            wait_for(lambda: field.place.job(job.id).token > token, "the take-over", PATIENT)  # noqa: B023 - called now
            time.sleep(field.random.uniform(0.0, 0.3))
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)
        if taken_over:
            stale = wait_for(lambda: field.stale_writes()[before:], "a write of the woken worker", PATIENT)  # noqa: B023
            assert all(write.startswith("refused") for write in stale), f"stale writes were taken: {stale}"
            landed += 1
        field.wait_for_calm()
    field.wait_for_all()
    stale = field.stale_writes()[first:]
    refused = sum(write.startswith("refused") for write in stale)
    assert refused == len(stale), f"stale writes were taken: {stale}"
    return Outcome(landed, {"stale writes tried": len(stale), "refused": refused})


def cancels(field: InstallationUnderFaults, times: int) -> Outcome:
    """Cancel a job at any moment. It landed if it was not over; from then on nothing of it may change."""
    took: list[float] = []
    after: dict[str, tuple[object, ...]] = {}
    while len(after) < times:
        field.keep_busy(3)
        time.sleep(field.random.uniform(0.0, 0.5))
        job_id = field.random.choice([job.id for job in field.jobs()] or [field.submit()])
        began = time.monotonic()
        status, _, answer = field.ask("POST", f"/v1/jobs/{job_id}/cancel")
        if status == 409:
            continue
        took.append(time.monotonic() - began)
        assert (status, answer["status"]) == (200, "cancelled"), answer
        field.cancelled.add(job_id)
        after[job_id] = (field.place.job(job_id).revision, *field.result(job_id))
    field.wait_for_all()
    time.sleep(LEASE_SECONDS)
    for job_id, was in after.items():
        assert (field.place.job(job_id).revision, *field.result(job_id)) == was, f"{job_id} was written to afterwards"
    return Outcome(len(took), {"jobs": len(field.acknowledged)}, [Bar("to the terminal state p99, s", p99(took), 1.0)])


def departures(field: InstallationUnderFaults, times: int) -> Outcome:
    """SIGTERM workers and the API in turn under load. It landed if the process left; nobody may notice."""
    first = set(field.acknowledged)
    for number in range(times):
        field.keep_busy()
        ready = wait_for(lambda: _ready(field), "a worker that is ready", PATIENT)
        leaver = field.random.choice(ready) if number % 3 else field.api
        assert leaver is not None
        leaver.send(signal.SIGTERM)
        for _ in range(2):  # while it leaves
            field.submit()
        assert leaver.wait() == 0, leaver.read_log()[-2000:]
        wait_for(field.answers, "the API", PATIENT)
    field.wait_for_all()
    attempts = [field.place.job(job_id).attempts for job_id in field.acknowledged.keys() - first]
    burned = Bar("attempts burned", sum(attempts) - len(attempts), 0)  # a worker has five seconds to hand back
    return Outcome(times, {"jobs": len(attempts), "failed requests": 0}, [burned])


def _ready(field: InstallationUnderFaults) -> list[Worker]:
    """Workers whose trainers are there, also after one was killed; before that, nobody can work or leave in order."""
    return [worker for worker in field.workers() if _has_trainer(worker)]


def _has_trainer(worker: Worker) -> bool:
    said = worker.read_log()
    with suppress(FileNotFoundError):  # it has ended just now
        return any(f":{trainer}:" in said for trainer in worker.trainers())  # as each names itself when it is ready
    return False


def torn_checkpoints(field: InstallationUnderFaults, times: int) -> Outcome:
    """Flip a byte of a paused job's newest checkpoint, or cut its end off. It landed if the file was there to harm."""
    landed = 0
    while landed < times:
        job_id = field.submit()
        kept = wait_for(lambda: _checkpoints(field, job_id) or _over(field, job_id), "a checkpoint", PATIENT)  # noqa: B023
        if kept is True:
            continue
        try:
            field.client.jobs.get(job_id).pause()
        except Conflict:
            continue
        wait_for(lambda: field.said(job_id, "stopped"), "that the worker stops", PATIENT)  # noqa: B023
        newest, *_ = _checkpoints(field, job_id)
        file = field.place.folder / "files" / newest.key
        data = bytearray(file.read_bytes())
        if field.random.random() < 0.5:
            data[field.random.randrange(len(data))] ^= 1 << field.random.randrange(8)
        else:
            del data[field.random.randrange(len(data)) :]
        file.write_bytes(data)
        landed += 1
        field.client.jobs.get(job_id).resume()
        field.wait_for_end([job_id])
        refused = [entry["key"] for entry in field.said(job_id, "checkpoint cannot be used")]
        assert newest.key in refused, f"{job_id} went on from a torn checkpoint"
    field.wait_for_all()
    return Outcome(landed, {"detected": landed})


def _checkpoints(field: InstallationUnderFaults, job_id: str) -> list[checkpoints.Checkpoint]:
    with begin_read(field.place.sessions) as s:
        return checkpoints.list_newest_first(s, job_id)


def _over(field: InstallationUnderFaults, job_id: str) -> bool:
    return field.place.job(job_id).status in TERMINAL


def tenfold_hints(field: InstallationUnderFaults, times: int) -> Outcome:
    """Deliver the hint of each job ten times more. Each job must be claimed once, unless its lease lapsed."""
    first = set(field.acknowledged)
    for _ in range(times):
        field.submit("classes")
        field.place.send_hint(TRAIN, times=10)
    field.wait_for_all()
    for job_id in field.acknowledged.keys() - first:
        job = field.place.job(job_id)
        gaps = [resume["gap_seconds"] for resume in job.resumes]
        assert job.attempts == job.token == 1 + len(gaps), f"{job_id} was claimed {job.token} times"
        assert all(gap > LEASE_SECONDS / 2 for gap in gaps), f"{job_id} was claimed from a worker that had it"
    return Outcome(times, {"hints": 11 * times, "second claims": 0})
