"""Claims: each job goes to one worker, lost leases are claimed again, and stale writers are refused."""

import contextlib
import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from store.database import SessionFactory, begin_read, begin_write
from store.errors import WrongState
from store.jobs import claims, jobs
from store.jobs.resumes import MAX_RESUMES
from store.tables import EpochRow, JobRow, ModelRow
from tests.unit.store.factories import NO_PROGRESS, OWNER, PROBLEM, add_job, epochs, expire_lease, new_model


def claim(db: SessionFactory, worker: str = "worker", lease: float = 30) -> claims.JobClaim:
    with begin_write(db) as s:
        held = claims.claim(s, worker, lease)
    assert held is not None
    return held


def test_with_nothing_to_do_nothing_is_claimed(db: SessionFactory) -> None:
    with begin_write(db) as s:
        assert claims.claim(s, "worker", 30) is None
        assert claims.count_claimable(s) == 0


def test_a_claim_carries_what_a_worker_needs(db: SessionFactory) -> None:
    with begin_write(db) as s:
        job_id = add_job(s)
    held = claim(db, "machine-7")
    with begin_read(db) as s:
        job = jobs.get(s, OWNER, job_id)
    assert (held.job_id, held.owner, held.dataset_id, held.token, held.epoch) == (job_id, OWNER, job.dataset_id, 1, 0)
    assert json.loads(held.spec_json) == job.spec
    assert (job.status, job.worker, job.attempts, job.resumes) == ("running", "machine-7", 1, [])
    assert job.leased_until is not None
    assert job.started_at is not None
    assert job.leased_until == pytest.approx(job.started_at + 30)


def test_lapsed_leases_come_first_then_priority_then_age(db: SessionFactory) -> None:
    with begin_write(db) as s:
        lost = add_job(s, priority=9)
    claim(db)
    with begin_write(db) as s:
        ids = [add_job(s), add_job(s), add_job(s, priority=-1)]
        assert claims.count_claimable(s) == 3
        expire_lease(s, lost)
        assert claims.count_claimable(s) == 4
    assert [claim(db).job_id for _ in range(4)] == [lost, ids[2], ids[0], ids[1]]


def test_a_lease_from_the_future_is_claimed_like_an_expired_one(db: SessionFactory) -> None:
    with begin_write(db) as s:
        job_id = add_job(s)
    held = claim(db, lease=59)
    with begin_write(db) as s:
        assert claims.count_claimable(s) == 0
        assert claims.claim(s, "other", 30) is None
        expire_lease(s, job_id, -3600)
        assert claims.count_claimable(s) == 1
    again = claim(db, "other")

    assert (again.job_id, again.token) == (job_id, held.token + 1)
    with begin_write(db) as s:
        assert not claims.renew_lease(s, job_id, held.token, 30)
        assert jobs.get(s, OWNER, job_id).leased_until == pytest.approx(jobs.get(s, OWNER, job_id).seen_at + 30, abs=1)


def test_claims_are_fair_between_owners_whatever_the_length_of_their_queues(db: SessionFactory) -> None:
    with begin_write(db) as s:
        many = [add_job(s, owner="ada") for _ in range(5)]
        few = [add_job(s, owner="bob", priority=5), add_job(s, owner="bob")]
        one = [add_job(s, owner="eve", priority=9)]
    order = [many[0], few[1], one[0], many[1], few[0], many[2]]
    assert [claim(db).job_id for _ in order] == order
    with begin_write(db) as s:
        for job_id in many[:3]:
            jobs.cancel(s, "ada", job_id)
        late = add_job(s, owner="bob", priority=-9)
    assert claim(db).job_id == many[3], "ada has none running now, and bob has two"
    assert claim(db).job_id == many[4], "ada has one running, and bob still two"
    assert claim(db).job_id == late


def test_a_single_worker_claims_fairly_between_owners(db: SessionFactory) -> None:
    with begin_write(db) as s:
        flood = [add_job(s, owner="ada") for _ in range(4)]
        few = [add_job(s, owner=owner) for owner in ("bob", "eve", "bob")]
    order = []
    for _ in range(7):
        held = claim(db)
        order.append(held.job_id)
        with begin_write(db) as s:
            assert claims.fail(s, held.job_id, held.token, {})
    assert order == [flood[0], few[0], few[1], flood[1], few[2], flood[2], flood[3]]


def test_a_worker_claims_of_the_next_owner_while_another_worker_claims(db: SessionFactory) -> None:
    with begin_write(db) as s:
        ids = [add_job(s, owner=owner) for owner in ("ada", "bob", "bob")]
    with begin_write(db) as s:
        first = claims.claim(s, "slow", 30)
        if s.get_bind().dialect.name == "postgresql":  # SQLite lets one write at a time
            assert claim(db).job_id == ids[1]
    assert first is not None
    assert first.job_id == ids[0]


def test_threads_get_each_job_exactly_once(db: SessionFactory) -> None:
    with begin_write(db) as s:
        ids = {add_job(s) for _ in range(60)}
    given, guard = list[str](), threading.Lock()

    def work() -> None:
        while True:
            with begin_write(db) as s:
                held = claims.claim(s, threading.current_thread().name, 30)
            if held is None:
                return
            with guard:
                given.append(held.job_id)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(given) == Counter(ids)


def test_processes_get_each_job_exactly_once(db: SessionFactory, database_url: str) -> None:
    with begin_write(db) as s:
        ids = {add_job(s) for _ in range(40)}
    command = [sys.executable, str(Path(__file__).with_name("claim_all.py")), database_url]
    workers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    given = [line for worker in workers for line in worker.communicate(timeout=60)[0].split()]
    assert [worker.returncode for worker in workers] == [0, 0]
    assert Counter(given) == Counter(ids)


def test_a_renewed_lease_does_not_lapse(db: SessionFactory) -> None:
    with begin_write(db) as s:
        job_id = add_job(s)
    held = claim(db)
    with begin_write(db) as s:
        expire_lease(s, job_id)
        assert claims.renew_lease(s, job_id, held.token, 30)
        assert claims.claim(s, "another", 30) is None
        expire_lease(s, job_id)
        assert claims.claim(s, "another", 30) is not None
        assert not claims.renew_lease(s, job_id, held.token, 30)


WRITES: dict[str, Callable[..., object]] = {
    "renew": lambda s, job_id, token: claims.renew_lease(s, job_id, token, 30),
    "record": lambda s, job_id, token: claims.add_epochs(s, job_id, token, epochs(3), NO_PROGRESS),
    "release": claims.release,
    "succeed": lambda s, job_id, token: claims.succeed(s, job_id, token, new_model(), "all_epochs"),
    "fail": lambda s, job_id, token: claims.fail(s, job_id, token, PROBLEM),
}


@pytest.mark.parametrize("write", WRITES)
def test_a_worker_whose_lease_lapsed_writes_nothing(db: SessionFactory, write: str) -> None:
    with begin_write(db) as s:
        job_id = add_job(s)
    stale = claim(db, "sleeper")
    with begin_write(db) as s:
        assert claims.add_epochs(s, job_id, stale.token, epochs(1, 2), NO_PROGRESS)
        expire_lease(s, job_id)
    fresh = claim(db, "another")
    assert (fresh.job_id, fresh.token, fresh.epoch) == (job_id, stale.token + 1, 2)
    columns = select(*JobRow.__table__.columns).where(JobRow.id == job_id)
    with begin_write(db) as s:
        before = s.execute(columns).one()
        assert not WRITES[write](s, job_id, stale.token)
        assert s.execute(columns).one() == before
        assert s.scalars(select(EpochRow.epoch)).all() == [1, 2]
        assert s.scalars(select(ModelRow.id)).all() == []
    with begin_write(db) as s:
        assert WRITES[write](s, job_id, fresh.token), "the very same write of who holds the job is taken"


def test_a_stale_write_meets_every_condition_but_the_fencing_token(db: SessionFactory) -> None:
    with begin_write(db) as s:
        job_id = add_job(s)
    stale = claim(db)
    with begin_write(db) as s:
        expire_lease(s, job_id)
    claim(db)
    blind = (JobRow.id == job_id, JobRow.status == "running", JobRow.epoch == 0)
    with begin_read(db) as s:
        assert s.scalars(select(JobRow.id).where(*blind)).all() == [job_id]
        assert s.scalars(select(JobRow.id).where(*blind, JobRow.token == stale.token)).all() == []


def test_an_interruption_is_recorded_with_its_epoch_and_gap(db: SessionFactory) -> None:
    with begin_write(db) as s:
        job_id = add_job(s)
    held = claim(db)
    with begin_write(db) as s:
        claims.add_epochs(s, job_id, held.token, epochs(1, 2), NO_PROGRESS)
        expire_lease(s, job_id, 100)
    held = claim(db)
    with begin_write(db) as s:
        claims.add_epochs(s, job_id, held.token, epochs(3), NO_PROGRESS)
        assert claims.release(s, job_id, held.token)
    claim(db)
    with begin_read(db) as s:
        job = jobs.get(s, OWNER, job_id)
    assert [(resume["epoch"], resume["reason"]) for resume in job.resumes] == [(2, "worker_lost"), (3, "handed_back")]
    assert 100 <= job.resumes[0]["gap_seconds"] < 160
    assert 0 <= job.resumes[1]["gap_seconds"] < 60
    assert (job.attempts, job.strikes) == (2, 0), "what was handed back is no attempt"


def test_time_without_a_worker_does_not_count_as_training_time(db: SessionFactory) -> None:
    with begin_write(db) as s:
        job_id = add_job(s)
    first = claim(db)
    with begin_write(db) as s:
        s.execute(update(JobRow).where(JobRow.id == job_id).values(started_at=JobRow.started_at - 1000))
        expire_lease(s, job_id, 100)
    second = claim(db)
    with begin_write(db) as s:
        jobs.pause(s, OWNER, job_id)
        expire_lease(s, job_id, 200)
        s.execute(update(JobRow).where(JobRow.id == job_id).values(started_at=JobRow.started_at - 200))
        jobs.resume(s, OWNER, job_id)
    third = claim(db)

    assert first.worked_seconds == 0
    assert second.worked_seconds == pytest.approx(900, abs=30)
    assert third.worked_seconds == pytest.approx(900, abs=30), "neither lost nor paused time is work"


def test_three_workers_lost_in_a_row_without_an_epoch_end_the_job(db: SessionFactory) -> None:
    with begin_write(db) as s:
        job_id, next_id = add_job(s), add_job(s, priority=1)
    for attempt in (1, 2, 3):
        held = claim(db, f"worker-{attempt}")
        assert held.job_id == job_id
        with begin_write(db) as s:
            expire_lease(s, job_id)
    assert claim(db).job_id == next_id, "the same claim goes on to the next job"
    with begin_write(db) as s:
        job = jobs.get(s, OWNER, job_id)
        assert (job.status, job.attempts, job.leased_until) == ("failed", 3, None)
        assert job.error is not None
        assert job.error["type"] == "/problems/crash-loop"
        assert not claims.add_epochs(s, job_id, held.token, epochs(1), NO_PROGRESS)


def test_a_new_epoch_resets_the_count_of_lost_workers(db: SessionFactory) -> None:
    with begin_write(db) as s:
        job_id = add_job(s)
    for epoch in range(1, 6):
        held = claim(db)
        with begin_write(db) as s:
            assert claims.add_epochs(s, job_id, held.token, epochs(epoch), NO_PROGRESS)
            expire_lease(s, job_id)
        claim(db)
        with begin_write(db) as s:
            expire_lease(s, job_id)
    with begin_read(db) as s:
        job = jobs.get(s, OWNER, job_id)
    assert (job.status, job.attempts, job.strikes) == ("running", 10, 1)


def test_a_job_released_repeatedly_is_no_crash_loop(db: SessionFactory) -> None:
    with begin_write(db) as s:
        job_id = add_job(s)
    for _ in range(5):
        held = claim(db)
        with begin_write(db) as s:
            assert claims.release(s, job_id, held.token)
    with begin_read(db) as s:
        job = jobs.get(s, OWNER, job_id)
    assert (job.status, job.attempts, job.strikes, job.worker) == ("queued", 0, 0, None)


def test_resuming_under_another_fingerprint_is_recorded_with_its_epoch(db: SessionFactory) -> None:
    with begin_write(db) as s:
        job_id = add_job(s)
        assert claims.claim(s, "worker", 30, {"numpy": "2.4"})
        expire_lease(s, job_id)
        assert claims.claim(s, "worker", 30, {"numpy": "2.5"}), "nothing was recorded yet: it begins anew"
        assert jobs.get(s, OWNER, job_id).reproducible
        assert claims.add_epochs(s, job_id, 2, epochs(1, 2), NO_PROGRESS)
        expire_lease(s, job_id)
        assert claims.claim(s, "worker", 30, {"numpy": "2.5"})
        assert jobs.get(s, OWNER, job_id).reproducible
        assert claims.add_epochs(s, job_id, 3, epochs(3), NO_PROGRESS)
        expire_lease(s, job_id)
        assert claims.claim(s, "worker", 30, {"numpy": "2.6"})
        job = jobs.get(s, OWNER, job_id)
    assert not job.reproducible
    assert job.fingerprint == {"numpy": "2.6"}
    assert [warning for warning in job.warnings if "epoch 4" in warning]


def test_a_job_of_a_version_without_an_arithmetic_number_resumes_as_under_another(db: SessionFactory) -> None:
    with begin_write(db) as s:
        job_id = add_job(s)
        assert claims.claim(s, "worker", 30, {"numpy": "2.4"})
        assert claims.add_epochs(s, job_id, 1, epochs(1, 2), NO_PROGRESS)
        expire_lease(s, job_id)
        assert claims.claim(s, "worker", 30, {"arithmetic": 1, "numpy": "2.4"})
        job = jobs.get(s, OWNER, job_id)
    assert (job.reproducible, job.differs_from_epoch) == (False, 3)


def test_a_concurrent_cancel_and_success_end_a_job_exactly_once(db: SessionFactory) -> None:
    with begin_write(db) as s:
        ids = [add_job(s) for _ in range(20)]
    held = [claim(db) for _ in ids]
    ended = list[tuple[str, str]]()
    start = threading.Barrier(2)

    def cancel() -> None:
        start.wait()
        for job_id in ids:
            with begin_write(db) as s, contextlib.suppress(WrongState):
                jobs.cancel(s, OWNER, job_id)
                ended.append((job_id, "cancelled"))

    def finish() -> None:
        start.wait()
        for lease in reversed(held):
            with begin_write(db) as s:
                if claims.succeed(s, lease.job_id, lease.token, new_model(), "all_epochs"):
                    ended.append((lease.job_id, "succeeded"))

    threads = [threading.Thread(target=work) for work in (cancel, finish)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(job_id for job_id, _ in ended) == ids
    with begin_read(db) as s:
        assert {job.id: job.status for job in s.scalars(select(JobRow))} == dict(ended)
        succeeded = [job_id for job_id, status in ended if status == "succeeded"]
        assert sorted(s.scalars(select(ModelRow.job_id))) == sorted(succeeded)


def test_a_model_and_the_last_epochs_are_committed_together(db: SessionFactory) -> None:
    with begin_write(db) as s:
        job_id = add_job(s)
    held = claim(db)

    def break_off() -> None:
        with begin_write(db) as s:
            assert claims.add_epochs(s, job_id, held.token, epochs(1, 3), NO_PROGRESS)
            assert claims.succeed(s, job_id, held.token, new_model(), "all_epochs")
            raise ConnectionError

    with pytest.raises(ConnectionError):
        break_off()
    with begin_write(db) as s:
        assert s.scalars(select(EpochRow.epoch)).all() == s.scalars(select(ModelRow.id)).all() == []
        assert claims.add_epochs(s, job_id, held.token, epochs(1, 3), NO_PROGRESS)
        model = claims.succeed(s, job_id, held.token, new_model(), "all_epochs")
    assert model is not None
    assert model.version == 1, "the version of what was rolled back is free again"


def test_a_claim_that_is_not_committed_is_no_claim(db: SessionFactory) -> None:
    with begin_write(db) as s:
        job_id = add_job(s)
    with db() as s:
        assert claims.claim(s, "worker", 30) is not None
        s.rollback()
    assert claim(db).job_id == job_id


def test_the_database_itself_refuses_a_running_job_without_a_lease(db: SessionFactory) -> None:
    with begin_write(db) as s:
        job_id = add_job(s)
    with begin_read(db) as s, pytest.raises(Exception, match="ck_jobs_lease"):
        s.execute(update(JobRow).where(JobRow.id == job_id).values(status="running"))


@pytest.mark.parametrize("action", [jobs.pause, jobs.finish, jobs.delete])
def test_an_action_waits_for_the_claim_of_a_worker_and_then_sees_it(
    db: SessionFactory, action: Callable[[Session, str, str], object]
) -> None:
    with begin_write(db) as s:
        job_id = add_job(s)
        first = claims.claim(s, "worker", 30)
        assert first is not None
        assert claims.add_epochs(s, job_id, first.token, epochs(1), NO_PROGRESS)
        assert claims.release(s, job_id, first.token)

    def act() -> str:
        with begin_write(db) as s:
            try:
                action(s, OWNER, job_id)
            except WrongState as error:
                return error.status
            return "done"

    with ThreadPoolExecutor(1) as threads:
        with begin_write(db) as s:
            assert claims.claim(s, "worker", 30)
            acting = threads.submit(act)
            time.sleep(0.2)  # it waits now for the end of the claim
            assert not acting.done()
        outcome = acting.result()

    with begin_read(db) as s:
        job = jobs.get(s, OWNER, job_id)
    assert (outcome, job.status, job.finish_asked_at is not None) == {
        jobs.pause: ("done", "paused", False),
        jobs.finish: ("done", "running", True),
        jobs.delete: ("running", "running", False),
    }[action]


def test_interruptions_are_bounded_and_keep_the_sum_of_their_gaps(db: SessionFactory) -> None:
    with begin_write(db) as s:
        job_id = add_job(s)
        s.execute(update(JobRow).values(resumes=[{"epoch": 0, "reason": "handed_back", "gap_seconds": 1.0}] * 100))
    held = claim(db)
    with begin_write(db) as s:
        assert claims.release(s, job_id, held.token)
    claim(db)
    with begin_read(db) as s:
        resumes = jobs.get(s, OWNER, job_id).resumes
    assert len(resumes) == MAX_RESUMES
    assert sum(resume["gap_seconds"] for resume in resumes) >= 100.0
