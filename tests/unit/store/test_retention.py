"""Retention: which jobs, datasets and keys are deleted by age, and which never."""

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from store import datasets, idempotency, retention
from store.database import SessionFactory, begin_read, begin_write
from store.errors import NotFound
from store.idempotency import RETENTION_SECONDS
from store.jobs import claims, jobs
from store.models import models
from store.tables import DatasetRow, EpochRow, IdempotencyRow, JobRow
from tests.unit.store.factories import NO_PROGRESS, OWNER, add_dataset, add_job, add_model, epochs

WEEK = 7 * 24 * 3600.0


def age(s: Session, job_id: str, seconds: float) -> None:
    """Let a job's end be so much longer ago."""
    s.execute(update(JobRow).where(JobRow.id == job_id).values(finished_at=JobRow.finished_at - seconds))


def age_dataset(s: Session, dataset_id: str, seconds: float) -> None:
    earlier = DatasetRow.created_at - seconds
    s.execute(update(DatasetRow).where(DatasetRow.id == dataset_id).values(created_at=earlier))


def ended_job(s: Session, seconds_ago: float) -> str:
    job_id = add_job(s)
    jobs.cancel(s, OWNER, job_id)
    age(s, job_id, seconds_ago)
    return job_id


def list_job_ids(s: Session) -> set[str]:
    return set(s.scalars(select(JobRow.id)))


def test_only_jobs_past_their_retention_are_deleted(db: SessionFactory) -> None:
    with begin_write(db) as s:
        old, young, waiting = ended_job(s, WEEK + 60), ended_job(s, WEEK - 60), add_job(s)
    with begin_write(db) as s:
        assert retention.delete_old_jobs(s, WEEK) == 1
        assert retention.delete_old_jobs(s, WEEK) == 0
    with begin_read(db) as s:
        assert list_job_ids(s) == {young, waiting}
        assert old not in list_job_ids(s)


def test_an_expired_job_is_deleted_with_its_epochs_and_leaves_its_model(db: SessionFactory) -> None:
    with begin_write(db) as s:
        job_id = add_job(s)
        held = claims.claim(s, "worker", 30)
        assert held is not None
        assert claims.add_epochs(s, job_id, held.token, epochs(1, 3), NO_PROGRESS)
        jobs.cancel(s, OWNER, job_id)
        model_id = add_model(s)
        for ended in (job_id, models.get(s, OWNER, model_id).job_id):
            age(s, ended, WEEK + 60)
    with begin_write(db) as s:
        assert retention.delete_old_jobs(s, WEEK) == 2
    with begin_read(db) as s:
        assert list_job_ids(s) == set()
        assert s.scalar(select(func.count()).select_from(EpochRow)) == 0
        assert models.get_weights(s, model_id) == b"weights"


def test_expired_jobs_are_deleted_in_batches_of_a_hundred(db: SessionFactory) -> None:
    with begin_write(db) as s:
        for _ in range(101):
            ended_job(s, WEEK + 60)
        assert [retention.delete_old_jobs(s, WEEK) for _ in range(3)] == [100, 1, 0]


def test_only_datasets_unused_past_their_retention_are_deleted(db: SessionFactory) -> None:
    with begin_write(db) as s:
        unused, young, used_long_ago, used_lately, awaited, unread = (
            add_dataset(s, status=status).id for status in ("ready", "ready", "failed", "ready", "ready", "processing")
        )
        for dataset_id in (unused, used_long_ago, used_lately, awaited, unread):
            age_dataset(s, dataset_id, WEEK + 60)
        for dataset_id, seconds in ((used_long_ago, WEEK + 60), (used_lately, WEEK - 60)):
            job_id = add_job(s, dataset_id=dataset_id)
            jobs.cancel(s, OWNER, job_id)
            age(s, job_id, seconds)
        add_job(s, dataset_id=awaited)
    with begin_write(db) as s:
        assert sorted(retention.delete_old_datasets(s, WEEK)) == sorted([unused, used_long_ago])
    with begin_read(db) as s:
        for dataset_id in (young, used_lately, awaited, unread):
            assert datasets.get(s, OWNER, dataset_id)
        for dataset_id in (unused, used_long_ago):
            try:
                datasets.get(s, OWNER, dataset_id)
            except NotFound:
                continue
            raise AssertionError(dataset_id)


def test_only_expired_idempotency_keys_are_deleted(db: SessionFactory) -> None:
    with begin_write(db) as s:
        for key in ("old", "young"):
            idempotency.claim(s, OWNER, key, "POST /v1/jobs", "ab")
        earlier = IdempotencyRow.created_at - RETENTION_SECONDS - 60
        s.execute(update(IdempotencyRow).where(IdempotencyRow.key == "old").values(created_at=earlier))
    with begin_write(db) as s:
        assert idempotency.delete_expired(s) == 1
    with begin_read(db) as s:
        assert s.scalars(select(IdempotencyRow.key)).all() == ["young"]
