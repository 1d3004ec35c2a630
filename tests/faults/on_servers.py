"""Fault injection on servers: Redis killed, emptied and stopped, PostgreSQL restarted, the API killed.

Each takes an installation and the number of faults that must land, injects them, and waits until every job has ended.
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

from redis import Redis

from contract.tasks import QUEUE
from tests.faults.installation import TIMEOUT, InstallationUnderFaults
from tests.faults.outcome import Bar, Outcome, p99
from tests.running import wait_for

CALLERS = 8


def kill_redis(installation: InstallationUnderFaults, times: int) -> Outcome:
    """Kill Redis, and start it again empty a moment later, while jobs are submitted."""
    took: list[float] = []
    for _ in range(times):
        installation.submit_until()
        installation.redis.process.kill()
        until = time.monotonic() + installation.random.uniform(0.2, 1.0)
        while time.monotonic() < until:
            took.append(_time_submission(installation))
        installation.redis.start()
    installation.wait_for_all()
    return Outcome(times, {"jobs": len(installation.acknowledged)}, [Bar("POST p99, s", p99(took), 0.3)])


def empty_redis(installation: InstallationUnderFaults, times: int) -> Outcome:
    """Queue so many jobs while no worker runs, and empty Redis. Those landed whose hints were gone."""
    with without_workers(installation), installation.redis.client() as client:
        job_ids = [installation.submit("brief") for _ in range(times)]
        _wait_for_last_hint(client)
        client.flushdb()
    began = time.monotonic()
    installation.wait_for_end(job_ids)
    return Outcome(times, {"jobs": times, "s to the last end": round(time.monotonic() - began)})


def _wait_for_last_hint(client: Redis) -> None:
    """Wait until hints have come and no more follow; one may be lost, since its sender gives up after a second."""
    count, changed_at, until = 0, time.monotonic(), time.monotonic() + TIMEOUT
    while count == 0 or time.monotonic() - changed_at < 3.0:
        assert time.monotonic() < until, f"no hint came within {TIMEOUT:g} s"
        if (found := int(client.llen(QUEUE))) != count:  # type: ignore[arg-type] - it is not async
            count, changed_at = found, time.monotonic()
        time.sleep(0.05)


def stop_redis(installation: InstallationUnderFaults, times: int) -> Outcome:
    """Stop Redis for so many seconds, in which jobs are submitted; they wait, and one starts soon after its return."""
    installation.wait_for_all()
    took: list[float] = []
    before = set(installation.acknowledged)
    installation.redis.process.send(signal.SIGSTOP)
    until = time.monotonic() + times
    unheard: list[str] = []
    while time.monotonic() < until or not unheard:  # a trainer that is at work goes on to some without hints
        took.append(_time_submission(installation))
        time.sleep(0.25)
        submitted = installation.acknowledged.keys() - before
        unheard = [job_id for job_id in submitted if not installation.base.job(job_id).started_at]
    installation.redis.process.send(signal.SIGCONT)
    back = time.monotonic()
    wait_for(
        lambda: any(installation.base.job(job_id).started_at for job_id in unheard),
        "the start of a job",
        TIMEOUT,
    )
    started = time.monotonic() - back
    installation.wait_for_all()
    bars = [Bar("POST p99, s", p99(took), 0.3), Bar("start after its return, s", started, 5.0)]
    return Outcome(times, {"jobs": len(took)}, bars)


def _time_submission(installation: InstallationUnderFaults) -> float:
    began = time.monotonic()
    installation.submit("classes")
    return time.monotonic() - began


@contextmanager
def without_workers(installation: InstallationUnderFaults) -> Iterator[None]:
    """Nobody works in the block."""
    wanted, installation.target_workers = installation.target_workers, 0
    for worker in installation.workers():
        worker.kill()
    yield
    installation.target_workers = wanted


def restart_postgres(installation: InstallationUnderFaults, times: int) -> Outcome:
    """Restart PostgreSQL in mode immediate under load. Every answer of the API meanwhile must be 200 or a good 503."""
    postgres = installation.postgres
    assert postgres is not None
    answers: Counter[int] = Counter()
    took: list[float] = []
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.02):
            began = time.monotonic()
            status, headers, _ = installation.ask("GET", "/v1/jobs?limit=1")
            took.append(time.monotonic() - began)
            answers[status] += 1
            assert status == 200 or (status == 503 and "retry-after" in headers), (status, headers)

    with ThreadPoolExecutor(1) as pool:
        watcher = pool.submit(look)
        for _ in range(times):
            installation.submit_until()
            installation.wait_for_running_job(progress=False)
            time.sleep(installation.random.uniform(0.0, 0.5))
            refused = answers[503]
            postgres.stop_at_once()
            time.sleep(installation.random.uniform(0.1, 1.0))
            wait_for(lambda: answers[503] > refused, "an answer without a database", TIMEOUT)  # noqa: B023 - called now
            postgres.start()
            wait_for(lambda: installation.ask("GET", "/v1/jobs?limit=1")[0] == 200, "the API's way back", TIMEOUT)
            installation.wait_for_calm()  # on a busy machine a restart takes longer than the lease
            installation.submit()
        over.set()
        watcher.result()
    installation.wait_for_all()
    counts = {"answers 503": answers[503], "answers 200": answers[200]}
    return Outcome(times, counts, [Bar("longest answer, s", max(took), 3.0)])


def lose_answers(installation: InstallationUnderFaults, times: int) -> Outcome:
    """Kill the API between a job's commit and the answer; its clients send the same key again. One job for each key."""
    first = len(installation.acknowledged)
    tries = 0
    landed = 0
    point = "service-after-commit-of-jobs.add"

    def post(key: str) -> tuple[str, int]:
        lost = 0
        while True:
            try:
                status, _, job = installation.ask(
                    "POST", "/v1/jobs", installation.job_body("classes"), Idempotency_Key=key
                )
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
            installation.arm(point)
            keys = [str(UUID(int=installation.random.getrandbits(128))) for _ in range(min(CALLERS, times))]
            for job_id, lost in pool.map(post, keys):
                installation.acknowledged[job_id] = "classes"
                tries += lost > 0
            assert not installation.is_armed(point), "no process died"
            landed += 1
    installation.wait_for_all()
    return Outcome(landed, {"answers lost and asked for again": tries, "jobs": len(installation.acknowledged) - first})
