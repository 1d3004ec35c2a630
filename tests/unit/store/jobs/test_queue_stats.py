"""Queue statistics over all owners."""

import pytest
from sqlalchemy import update

from store.database import SessionFactory, begin_read, begin_write
from store.jobs import claims
from store.jobs.claims import JobProgress
from store.jobs.queue_stats import QueueStats, get_queue_stats
from store.tables import JobRow
from tests.unit.store.factories import add_dataset, add_job, epochs, expire_lease


def now(db: SessionFactory) -> QueueStats:
    with begin_read(db) as s:
        return get_queue_stats(s)


def test_an_empty_queue_has_zero_counts(db: SessionFactory) -> None:
    found = now(db)

    assert (set(found.jobs.values()), set(found.datasets.values())) == ({0}, {0})
    assert (found.oldest_queued_seconds, found.oldest_expired_lease_seconds) == (0, 0)
    assert (found.epochs_per_second, found.samples_per_second) == (0, 0)


def test_jobs_and_datasets_of_all_owners_are_counted_by_state(db: SessionFactory) -> None:
    with begin_write(db) as s:
        for owner in ("ada", "ben", "eve"):
            add_job(s, owner=owner)
        add_dataset(s)
        claims.claim(s, "worker", 30)

    found = now(db)

    assert (found.jobs["queued"], found.jobs["running"], found.jobs["failed"]) == (2, 1, 0)
    assert (found.datasets["ready"], found.datasets["processing"]) == (3, 1)


def test_the_age_of_the_oldest_queued_job_and_of_lapsed_leases_is_reported(db: SessionFactory) -> None:
    with begin_write(db) as s:
        lost, old, _young = (add_job(s) for _ in range(3))
        held = claims.claim(s, "worker", 30)
        assert held is not None
        assert held.job_id == lost
        expire_lease(s, lost, 100)
        s.execute(update(JobRow).where(JobRow.id == old).values(created_at=JobRow.created_at - 500))

    found = now(db)

    assert found.oldest_queued_seconds == pytest.approx(500, abs=30)
    assert found.oldest_expired_lease_seconds == pytest.approx(70, abs=30)


def test_a_job_that_was_released_waits_since_then(db: SessionFactory) -> None:
    with begin_write(db) as s:
        job_id = add_job(s)
        held = claims.claim(s, "worker", 30)
        assert held is not None
        s.execute(update(JobRow).values(created_at=JobRow.created_at - 500))
        claims.release(s, job_id, held.token)

    assert now(db).oldest_queued_seconds < 30


def test_a_lease_from_the_future_is_reported_with_its_excess(db: SessionFactory) -> None:
    with begin_write(db) as s:
        lost = add_job(s)
        claims.claim(s, "worker", 30)
        expire_lease(s, lost, -3600)

    found = now(db)

    assert found.oldest_expired_lease_seconds == pytest.approx(3570, abs=20)
    assert found.longest_lease_seconds == pytest.approx(3630, abs=20)


def test_only_leased_jobs_count_as_progress(db: SessionFactory) -> None:
    with begin_write(db) as s:
        for _ in range(3):
            add_job(s)
        for recorded in (3, 3, 0):
            held = claims.claim(s, "worker", 30)
            assert held is not None
            if recorded:
                progress = JobProgress(samples_per_second=1000.0, eta_seconds=1.0, best=None)
                assert claims.add_epochs(s, held.job_id, held.token, epochs(1, recorded), progress)
                last = held.job_id
        both = get_queue_stats(s)
        expire_lease(s, last)

    found = now(db)

    assert (both.epochs_per_second, both.samples_per_second) == (pytest.approx(20), 2000)
    assert (found.epochs_per_second, found.samples_per_second) == (pytest.approx(10), 1000)
