"""The lease of a job: retries, renewal, expiry, and the end of the job."""

from collections.abc import Callable

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from learning.model import MAX_MODEL_BYTES
from process.logs import get_logger
from store import database
from store.errors import DiskFull, StorageUnavailable
from store.jobs import claims, jobs
from store.jobs.claims import JobClaim
from store.jobs.turns import has_rival
from store.tables import JobRow, JsonObject
from tests.integration.worker.tables_to_learn import sums
from tests.running import OWNER, Installation, wait_for
from tests.unit.worker.conftest import LEASE_SECONDS, Clock, claim_again, fill_disk
from worker import lease
from worker.context import WorkerContext
from worker.lease import Lease, LeasedJob, LeaseLost, StopRequest

log = get_logger(__name__)
UNAVAILABLE = OperationalError("SELECT", {}, Exception("no answer"))


def find_end(lease: Lease) -> LeaseLost | None:
    """The error that `check` raises; None while the lease lasts."""
    try:
        lease.check()
    except LeaseLost as error:
        return error
    return None


def fail_job(claim: JobClaim) -> Callable[[Session, JsonObject], bool]:
    """A function that writes the failure of a job."""
    return lambda s, problem: claims.fail(s, claim.job_id, claim.token, problem)


def fail_again_and_again(lease: Lease, error: Exception) -> None:
    while True:
        with lease.guard():
            raise error


def wait_for_end(lease: Lease) -> LeaseLost:
    end = wait_for(lambda: find_end(lease), "the end of the lease")
    assert end is not None
    return end


def test_a_guard_backs_off_until_the_database_answers(context: WorkerContext, claim: JobClaim, clock: Clock):
    failures = [UNAVAILABLE] * 6
    with Lease(context, LeasedJob(claim), log) as lease:
        while True:
            with lease.guard():
                if failures:
                    raise failures.pop()
                break

        assert clock.pauses == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 2.0])
        assert find_end(lease) is None


def test_a_write_that_the_database_refuses_fails_the_job_once_the_lease_was_renewed(
    installation: Installation,
    context: WorkerContext,
    claim: JobClaim,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
):
    began, before = clock.now, installation.job(claim.job_id).leased_until

    def sleep_through_renewal(_seconds: float) -> None:
        clock.now += LEASE_SECONDS / 5
        wait_for(lambda: installation.job(claim.job_id).leased_until > before, "the renewal")

    monkeypatch.setattr(clock, "sleep", sleep_through_renewal)

    def write(s: Session) -> None:
        s.execute(text("INSERT INTO there_is_no_table VALUES (1)"))

    with Lease(context, LeasedJob(claim), log) as lease:
        problem = lease.write_end(write, fail_job(claim))

    job = installation.job(claim.job_id)
    assert clock.now > began
    assert (job.status, job.error) == ("failed", problem)
    assert "no such table" in job.error["detail"]


def test_a_value_that_cannot_be_stored_fails_the_job_at_once(
    installation: Installation, context: WorkerContext, claim: JobClaim
):
    def write(s: Session) -> None:
        s.execute(text(f"SELECT hex(zeroblob({MAX_MODEL_BYTES + 1}))"))

    with Lease(context, LeasedJob(claim), log) as lease:
        lease.write_end(write, fail_job(claim))

    assert installation.job(claim.job_id).status == "failed"


def test_a_guard_that_waits_ends_when_the_job_is_cancelled(
    installation: Installation, context: WorkerContext, claim: JobClaim
):
    installation.cancel(claim.job_id)

    with Lease(context, LeasedJob(claim), log) as lease, pytest.raises(LeaseLost, match="cancelled"):
        fail_again_and_again(lease, UNAVAILABLE)


def test_storage_is_retried_as_long_as_the_lease_lasts(context: WorkerContext, claim: JobClaim, clock: Clock):
    began = clock.now
    with Lease(context, LeasedJob(claim), log) as lease, pytest.raises(StorageUnavailable):
        fail_again_and_again(lease, StorageUnavailable("no answer"))

    assert LEASE_SECONDS < clock.now - began < LEASE_SECONDS + 5


def test_work_larger_than_the_disk_fails_and_a_full_disk_ends_the_lease(
    installation: Installation, context: WorkerContext, claim: JobClaim
):
    with Lease(context, LeasedJob(claim), log) as lease, pytest.raises(DiskFull), lease.guard():
        raise DiskFull

    full = fill_disk(context)
    with Lease(full, LeasedJob(claim), log) as lease, pytest.raises(LeaseLost, match="disk is full"), lease.guard():
        raise DiskFull


def test_a_lease_is_renewed_a_few_times_before_it_would_lapse(
    installation: Installation, context: WorkerContext, claim: JobClaim, clock: Clock
):
    first = installation.job(claim.job_id).leased_until
    with Lease(context, LeasedJob(claim), log) as lease:
        clock.now += LEASE_SECONDS / 5

        wait_for(lambda: installation.job(claim.job_id).leased_until > first, "the renewal")
        assert find_end(lease) is None


def test_a_lease_is_lost_when_the_database_is_locked_for_longer_than_it_lasts(
    installation: Installation, context: WorkerContext, claim: JobClaim, clock: Clock
):
    locking = installation.engine.connect().execution_options(sqlite_begin="BEGIN EXCLUSIVE")
    with Lease(context, LeasedJob(claim), log) as lease, locking as connection:
        connection.begin()
        clock.now += LEASE_SECONDS + 1

        assert "longer than the lease" in str(wait_for_end(lease))


def test_a_cancelled_job_ends_the_lease_and_a_paused_one_may_write_a_checkpoint(
    installation: Installation, context: WorkerContext, claim: JobClaim
):
    with Lease(context, LeasedJob(claim), log) as lease:
        with database.begin_write(context.sessions) as s:
            jobs.pause(s, OWNER, claim.job_id)
        assert isinstance(wait_for_end(lease), StopRequest)

    installation.cancel(claim.job_id)
    with Lease(context, LeasedJob(claim), log) as lease:
        assert type(wait_for_end(lease)) is LeaseLost


def test_a_lease_is_lost_when_another_worker_claims_the_job(
    installation: Installation, context: WorkerContext, claim: JobClaim
):
    with database.begin_write(context.sessions) as s:
        LeasedJob(claim).release(s)
    claim_again(context)

    with Lease(context, LeasedJob(claim), log) as lease:
        assert "another worker" in str(wait_for_end(lease))

    assert installation.job(claim.job_id).status == "running"


def test_a_finish_request_is_read_while_the_lease_lasts(context: WorkerContext, claim: JobClaim):
    job = LeasedJob(claim)
    with Lease(context, job, log) as lease:
        assert not job.finish_requested
        with database.begin_write(context.sessions) as s:
            s.execute(update(JobRow).values(epoch=1))  # there is something to finish with
            jobs.finish(s, OWNER, claim.job_id)

        wait_for(lambda: job.finish_requested, "the request")
        assert find_end(lease) is None


def test_a_job_makes_room_after_its_turn_for_a_job_that_stays_waiting(
    installation: Installation, context: WorkerContext, claim: JobClaim, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    seen = list[bool]()
    monkeypatch.setattr(lease.turns, "has_rival", lambda s, owner: seen.append(has_rival(s, owner)) or seen[-1])

    def look(seconds: float) -> bool:
        clock.now += seconds
        before = len(seen)
        wait_for(lambda: len(seen) > before + 1, "two looks for rivals")
        return job.must_make_room

    job = LeasedJob(claim)
    with Lease(context, job, log):
        job.start_turn(20.0)
        assert not look(20.0), "nobody else waits"
        other = installation.submit(installation.add_dataset(sums(), owner="bob"), "y", owner="bob")
        assert not look(0.0), "a free worker may take it"
        assert not look(lease.RIVAL_SECONDS - 1)
        assert look(1.0)
        installation.cancel(other)
        assert not look(0.0)
        job.start_turn(20.0)
        installation.submit(installation.add_dataset(sums(), owner="bob"), "y", owner="bob")
        assert not look(15.0)
        assert look(5.0)


@pytest.mark.parametrize("end", [LeaseLost, SystemExit])
def test_a_shutdown_releases_the_job_without_costing_an_attempt(
    installation: Installation, context: WorkerContext, claim: JobClaim, end: type[BaseException]
):
    try:
        with Lease(context, LeasedJob(claim), log):
            raise end
    except SystemExit:
        assert end is SystemExit

    job = installation.job(claim.job_id)
    assert (job.status, job.attempts) == ("queued", 0)


def test_a_shutdown_stops_the_work_at_its_next_check(
    installation: Installation, context: WorkerContext, claim: JobClaim
):
    with Lease(context, LeasedJob(claim), log) as lease:
        context.shutdown.set()
        lease.check()
        raise AssertionError("the work went on")

    assert installation.job(claim.job_id).status == "queued"
