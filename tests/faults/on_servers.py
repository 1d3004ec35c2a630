"""What is done to the servers beneath: Redis killed, emptied and silent, PostgreSQL restarted, the API killed.

Each takes a field and how many faults must land, does harm until they have, and waits until every job has ended.
"""

import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPException
from uuid import UUID

from contract.tasks import QUEUE
from tests.faults.installation import PATIENT, InstallationUnderFaults
from tests.faults.outcome import Bar, Outcome, p99
from tests.running import wait_for

CALLERS = 8


def redis_kills(field: InstallationUnderFaults, times: int) -> Outcome:
    """Kill Redis, and start it again empty a moment later, while jobs are submitted."""
    took: list[float] = []
    for _ in range(times):
        field.keep_busy()
        field.redis.process.kill()
        until = time.monotonic() + field.random.uniform(0.2, 1.0)
        while time.monotonic() < until:
            took.append(_timed_submission(field))
        field.redis.start()
    field.wait_for_all()
    return Outcome(times, {"jobs": len(field.acknowledged)}, [Bar("POST p99, s", p99(took), 0.3)])


def redis_emptied(field: InstallationUnderFaults, times: int) -> Outcome:
    """Queue so many jobs while no worker runs, and empty Redis. Those landed whose hints were gone."""
    with no_workers(field), field.redis.client() as client:
        job_ids = [field.submit("brief") for _ in range(times)]
        wait_for(lambda: int(client.llen(QUEUE)) >= times, "all hints", PATIENT)  # type: ignore[arg-type] - it is not async
        client.flushdb()
    began = time.monotonic()
    field.wait_for_end(job_ids)
    return Outcome(times, {"jobs": times, "s to the last end": round(time.monotonic() - began)})


def redis_silent(field: InstallationUnderFaults, times: int) -> Outcome:
    """Stop Redis for so many seconds, in which jobs are submitted; they wait, and one starts soon after its return."""
    field.wait_for_all()
    took: list[float] = []
    before = set(field.acknowledged)
    field.redis.process.send(signal.SIGSTOP)
    until = time.monotonic() + times
    unheard: list[str] = []
    while time.monotonic() < until or not unheard:  # a trainer that is at work goes on to some without hints
        took.append(_timed_submission(field))
        time.sleep(0.25)
        submitted = field.acknowledged.keys() - before
        unheard = [job_id for job_id in submitted if not field.place.job(job_id).started_at]
    field.redis.process.send(signal.SIGCONT)
    back = time.monotonic()
    wait_for(lambda: any(field.place.job(job_id).started_at for job_id in unheard), "the start of a job", PATIENT)
    started = time.monotonic() - back
    field.wait_for_all()
    bars = [Bar("POST p99, s", p99(took), 0.3), Bar("start after its return, s", started, 5.0)]
    return Outcome(times, {"jobs": len(took)}, bars)


def _timed_submission(field: InstallationUnderFaults) -> float:
    began = time.monotonic()
    field.submit("classes")
    return time.monotonic() - began


@contextmanager
def no_workers(field: InstallationUnderFaults) -> Iterator[None]:
    """Nobody works in the block."""
    wanted, field.wanted_workers = field.wanted_workers, 0
    for worker in field.workers():
        worker.kill()
    yield
    field.wanted_workers = wanted


def postgres_restarts(field: InstallationUnderFaults, times: int) -> Outcome:
    """Restart PostgreSQL in mode immediate under load. Every answer of the API meanwhile must be 200 or a good 503."""
    postgres = field.postgres
    assert postgres is not None
    answers: Counter[int] = Counter()
    took: list[float] = []
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.02):
            began = time.monotonic()
            status, headers, _ = field.ask("GET", "/v1/jobs?limit=1")
            took.append(time.monotonic() - began)
            answers[status] += 1
            assert status == 200 or (status == 503 and "retry-after" in headers), (status, headers)

    with ThreadPoolExecutor(1) as pool:
        watcher = pool.submit(look)
        for _ in range(times):
            field.keep_busy()
            field.running(progress=False)
            time.sleep(field.random.uniform(0.0, 0.5))
            refused = answers[503]
            postgres.stop_at_once()
            time.sleep(field.random.uniform(0.1, 1.0))
            wait_for(lambda: answers[503] > refused, "an answer without a database", PATIENT)  # noqa: B023 - called now
            postgres.start()
            wait_for(lambda: field.ask("GET", "/v1/jobs?limit=1")[0] == 200, "the API's way back", PATIENT)
            field.submit()
        over.set()
        watcher.result()
    field.wait_for_all()
    counts = {"answers 503": answers[503], "answers 200": answers[200]}
    return Outcome(times, counts, [Bar("longest answer, s", max(took), 3.0)])


def lost_answers(field: InstallationUnderFaults, times: int) -> Outcome:
    """Kill the API between a job's commit and the answer; its clients send the same key again. One job for each key."""
    first = len(field.acknowledged)
    tries = 0
    landed = 0
    point = "service-after-commit-of-jobs.add"

    def post(key: str) -> tuple[str, int]:
        lost = 0
        while True:
            try:
                status, _, job = field.ask("POST", "/v1/jobs", field.body("classes"), Idempotency_Key=key)
            except (OSError, HTTPException):
                lost += 1
                time.sleep(0.1)
                continue
            if status == 503:  # the database is busy, and says so
                time.sleep(0.1)
                continue
            assert status == 202, job
            return job["id"], lost

    with ThreadPoolExecutor(CALLERS) as pool:
        while tries < times:
            field.arm(point)
            keys = [str(UUID(int=field.random.getrandbits(128))) for _ in range(min(CALLERS, times))]
            for job_id, lost in pool.map(post, keys):
                field.acknowledged[job_id] = "classes"
                tries += lost > 0
            assert not field.armed(point), "no process died"
            landed += 1
    field.wait_for_all()
    return Outcome(landed, {"answers lost and asked for again": tries, "jobs": len(field.acknowledged) - first})
