"""Fault injection on what workers are given: leases from a clock ahead, messages that are no hints, too large models.

Each takes an installation and the number of faults that must land, injects them, and waits until every job has ended.
"""

import json
import time
from collections.abc import Mapping
from typing import Final

from sqlalchemy import update

from contract.tasks import QUEUE, TRAIN, WAKE
from store.database import begin_write, execute_and_count
from store.tables import DatasetRow, JobRow
from tests.faults.installation import LEASE_SECONDS, TIMEOUT, InstallationUnderFaults
from tests.faults.on_servers import without_workers
from tests.faults.outcome import Bar, Outcome, p99
from tests.faults.proxies import UNSTORABLE
from tests.faults.training_kinds import KINDS, TABLES, job_body
from tests.running import wait_for

CLOCK_ERROR_SECONDS: Final = 3600.0
LARGE_LAYERS: Final = [{"type": "dense", "units": 16_384}] * 2
"""268 million parameters: more than a gigabyte of weights."""


def leave_leases_in_the_future(installation: InstallationUnderFaults, times: int) -> Outcome:
    """Kill a worker whose clock was an hour ahead, so that its lease ends in an hour; and once a reader of a dataset.

    It landed if the job was still its own then; the job must be taken over all the same.
    """
    took: list[float] = []
    installation.wait_for_all()
    while len(took) < times:
        installation.submit_until(1)
        job = installation.wait_for_running_job()
        try:
            worker, _ = installation.processes_of(installation.base.job(job.id))
        except LookupError:
            continue
        worker.kill()
        killed_at = time.monotonic()
        held = (JobRow.id == job.id, JobRow.token == job.token, JobRow.status == "running")
        with begin_write(installation.base.sessions) as s:
            later = {"leased_until": JobRow.leased_until + CLOCK_ERROR_SECONDS}
            landed = execute_and_count(s, update(JobRow).where(*held).values(later))
        if not landed:
            continue
        wait_for(lambda: installation.base.job(job.id).token > job.token, "the take-over", TIMEOUT)  # noqa: B023 - called now
        took.append(time.monotonic() - killed_at)
        installation.wait_for_all()
    took.append(_leave_dataset_in_the_future(installation))
    return Outcome(times, {"datasets": 1}, [Bar("taken over after, p99, s", p99(took), 2 * LEASE_SECONDS)])


def _leave_dataset_in_the_future(installation: InstallationUnderFaults) -> float:
    """Claim a dataset for an hour, as a worker whose clock was ahead; how long another took, once it was ready."""
    with without_workers(installation):
        status, _, dataset = installation.ask("POST", "/v1/datasets", TABLES["sums"], Content_Type="text/csv")
        assert (status, dataset["status"]) == (201, "processing"), dataset
        with begin_write(installation.base.sessions) as s:
            claimed = {"leased_until": time.time() + CLOCK_ERROR_SECONDS, "token": DatasetRow.token + 1}
            s.execute(update(DatasetRow).where(DatasetRow.id == dataset["id"]).values(claimed))
    wait_for(lambda: any("trainer ready" in w.read_log() for w in installation.workers()), "a worker", TIMEOUT)
    ready_at = time.monotonic()
    wait_for(lambda: installation.base.dataset_row(dataset["id"]).status == "ready", "the dataset", TIMEOUT)
    return time.monotonic() - ready_at


BROKEN_HINTS: Final[Mapping[str, bytes]] = {
    "an empty body": b"[]",
    "no arguments": b"[[], {}, {}]",
    "another kind of work": b'[["nothing"], {}, {}]',
    "a body that is not JSON": b"\xff\x00",
    "nested a hundred times": b"[" * 100 + b"]" * 100,
}
"""Bodies of messages that no Gradus sends, by name."""
BROKEN_MESSAGES: Final = (b"", b"null", b"[]", b"{}", b"\xff", b'{"body": 1, "headers": 2, "properties": 3}')
"""Entries that are not even messages."""


def send_broken_hints(installation: InstallationUnderFaults, times: int) -> Outcome:
    """Push what is no hint into the queue, while jobs run. No worker may end by it, and none lose its trainer."""
    ready = wait_for(lambda: _list_ready(installation), "the workers", TIMEOUT)
    messages = [_write_message(body) for body in BROKEN_HINTS.values()]
    messages += [_write_message(json.dumps([[TRAIN], {}, {}]).encode(), timelimit=[0.001, 0.001])]
    messages += [_write_message(json.dumps([[TRAIN], {}, {}]).encode(), eta="2999-01-01T00:00:00")]
    messages += [_write_message(b"[]", task=task) for task in ("celery.backend_cleanup", "", ["x"])]
    messages += BROKEN_MESSAGES
    for _ in range(times):
        installation.submit_until(2)
        with installation.redis.client() as client:
            client.lpush(QUEUE, installation.random.choice(messages))
            wait_for(lambda: client.llen(QUEUE) == 0, "the end of the queue", TIMEOUT)
    with installation.redis.client() as client:
        client.lpush(QUEUE, *messages)
        wait_for(lambda: client.llen(QUEUE) == 0, "the end of the queue", TIMEOUT)
    installation.submit()
    installation.wait_for_all()
    assert _list_ready(installation) == ready, "a message ended a worker or a trainer"
    return Outcome(times, {"workers ended": 0})


def _list_ready(installation: InstallationUnderFaults) -> list[tuple[int, list[int]]]:
    """Each worker with its trainers, once all are there."""
    running = [(worker.pid, worker.trainers()) for worker in installation.workers()]
    return running if len(running) == installation.target_workers and all(trainers for _, trainers in running) else []


def _write_message(body: bytes, task: object = WAKE, **headers: object) -> bytes:
    """A message as kombu writes it into a list of Redis."""
    properties = {
        "delivery_tag": "tag",
        "delivery_info": {"exchange": "", "routing_key": QUEUE},
        "delivery_mode": 2,
        "priority": 0,
    }
    message = {
        "body": body.decode("latin-1"),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": {"lang": "py", "task": task, "id": "chaos", "root_id": "chaos", "argsrepr": "", **headers},
        "properties": properties,
    }
    return json.dumps(message).encode()


def train_too_large_models(installation: InstallationUnderFaults, times: int) -> Outcome:
    """Ask for models of more than a gigabyte, which are refused; and have one become so large that it cannot be stored.

    Its job must end as failed, and the next one must run.
    """
    dataset_id = installation.datasets[KINDS["brief"][0]]
    for _ in range(times):
        body = job_body("brief", dataset_id, layers=LARGE_LAYERS)
        status, _, answer = installation.ask("POST", "/v1/jobs", body)
        if status == 202:  # or else a worker would train it
            installation.ask("POST", f"/v1/jobs/{answer['id']}/cancel")
        assert status == 422, f"a model that cannot be stored was accepted: {answer}"
        installation.wait_for_all()
        installation.arm(UNSTORABLE)
        job_id = installation.submit("brief")
        installation.wait_for_end([job_id])
        job = installation.base.job(job_id)
        installation.unstorable.add(job_id)
        installation.disarm(UNSTORABLE)
        assert job.status == "failed", f"{job_id} {job.status}"
        assert job.error is not None
        assert job.error["detail"], job.error
        installation.wait_for_end([installation.submit("brief")])
    return Outcome(times, {"refused": times, "failed": len(installation.unstorable)})
