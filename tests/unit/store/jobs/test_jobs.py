"""Jobs in the store: allowed actions by state, lists, epochs and revisions."""

import contextlib
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from contract.states import JOB_STATUSES, JobStatus
from store.database import SessionFactory, begin_read, begin_write
from store.errors import NotFound, WrongState
from store.jobs import claims, jobs
from store.jobs import epochs as epoch_rows
from store.jobs.claims import JobProgress
from store.tables import EpochRow, JobRow, ModelRow
from tests.unit.store.factories import CHECKPOINT, NO_PROGRESS, OWNER, PROBLEM, add_dataset, add_job, epochs, new_model


def add_job_in(s: Session, status: JobStatus) -> str:
    """A job in this state, whose last token is 1 unless it was never claimed."""
    job_id = add_job(s)
    if status == "queued":
        return job_id
    held = claims.claim(s, "worker", 30)
    assert held is not None
    assert claims.add_epochs(s, job_id, held.token, epochs(1, 2), NO_PROGRESS)
    if status == "succeeded":
        assert claims.succeed(s, job_id, held.token, new_model(), "all_epochs")
    elif status == "failed":
        assert claims.fail(s, job_id, held.token, PROBLEM)
    elif status == "cancelled":
        jobs.cancel(s, OWNER, job_id)
    elif status == "paused":
        jobs.pause(s, OWNER, job_id)
    return job_id


def read_row(s: Session, job_id: str) -> dict[str, Any] | None:
    row = s.execute(select(*JobRow.__table__.columns).where(JobRow.id == job_id)).mappings().one_or_none()
    return None if row is None else dict(row)


Action = Callable[[Session, str], object]
ACTIONS: dict[str, Action] = {
    "claim": lambda s, _: claims.claim(s, "another", 30),
    "renew": lambda s, job_id: claims.renew_lease(s, job_id, 1, 30),
    "record": lambda s, job_id: claims.add_epochs(s, job_id, 1, epochs(3), NO_PROGRESS),
    "release": lambda s, job_id: claims.release(s, job_id, 1),
    "succeed": lambda s, job_id: claims.succeed(s, job_id, 1, new_model(), "early_stopping"),
    "fail": lambda s, job_id: claims.fail(s, job_id, 1, PROBLEM),
    "keep": lambda s, job_id: claims.add_checkpoint(s, job_id, 1, CHECKPOINT),
    "pause": lambda s, job_id: jobs.pause(s, OWNER, job_id),
    "resume": lambda s, job_id: jobs.resume(s, OWNER, job_id),
    "finish": lambda s, job_id: jobs.finish(s, OWNER, job_id),
    "cancel": lambda s, job_id: jobs.cancel(s, OWNER, job_id),
    "delete": lambda s, job_id: jobs.delete(s, OWNER, job_id),
}
LEADS_TO: dict[tuple[str, str], str | None] = {
    ("queued", "claim"): "running",
    ("queued", "pause"): "paused",
    ("queued", "resume"): "queued",
    ("queued", "cancel"): "cancelled",
    ("running", "renew"): "running",
    ("running", "record"): "running",
    ("running", "keep"): "running",
    ("running", "release"): "queued",
    ("running", "succeed"): "succeeded",
    ("running", "fail"): "failed",
    ("running", "pause"): "paused",
    ("running", "resume"): "running",
    ("running", "finish"): "running",
    ("running", "cancel"): "cancelled",
    ("paused", "record"): "paused",
    ("paused", "keep"): "paused",
    ("paused", "pause"): "paused",
    ("paused", "resume"): "queued",
    ("paused", "finish"): "queued",
    ("paused", "cancel"): "cancelled",
    ("cancelled", "cancel"): "cancelled",
    ("succeeded", "delete"): None,
    ("failed", "delete"): None,
    ("cancelled", "delete"): None,
}


@pytest.mark.parametrize("status", JOB_STATUSES)
@pytest.mark.parametrize("action", ACTIONS)
def test_each_action_leads_to_its_state_or_changes_nothing(db: SessionFactory, status: JobStatus, action: str) -> None:
    with begin_write(db) as s:
        job_id = add_job_in(s, status)
        before, models = read_row(s, job_id), s.scalars(select(ModelRow.id)).all()
        answer: object = None
        with contextlib.suppress(WrongState):
            answer = ACTIONS[action](s, job_id)
        after = read_row(s, job_id)
        if (status, action) in LEADS_TO:
            assert (after and after["status"]) == LEADS_TO[status, action]
        else:
            assert not answer
            assert after == before
            assert s.scalars(select(ModelRow.id)).all() == models


@pytest.mark.parametrize("status", JOB_STATUSES)
def test_a_refused_action_names_the_allowed_ones(db: SessionFactory, status: JobStatus) -> None:
    with begin_write(db) as s:
        job_id = add_job_in(s, status)
        job = jobs.get(s, OWNER, job_id)
        for action in {"pause", "resume", "finish", "cancel", "delete"} - {
            told for state, told in LEADS_TO if state == status
        }:
            with pytest.raises(WrongState, match=status) as refused:
                ACTIONS[action](s, job_id)
            assert (refused.value.status, refused.value.allowed_actions) == (status, jobs.list_allowed_actions(job))
            assert action not in jobs.list_allowed_actions(job)


def test_a_new_job_is_queued_with_its_spec_warnings_and_tags(db: SessionFactory) -> None:
    with begin_write(db) as s:
        dataset = add_dataset(s, status="ready")
        spec = f'{{"target": "price", "dataset_id": "{dataset.id}", "epochs": 7, "tags": {{"run": "first"}}}}'
        added = jobs.add(s, id="job_1", owner=OWNER, dataset_id=dataset.id, spec_json=spec, warnings=["few rows"])
    with begin_read(db) as s:
        job = jobs.get(s, OWNER, "job_1")
    assert (job.status, job.epoch, job.epochs, job.attempts, job.revision) == ("queued", 0, 7, 0, 1)
    assert (job.warnings, job.tags, job.created_at) == (["few rows"], {"run": "first"}, added.created_at)
    assert list(job.spec) == ["target", "dataset_id", "epochs", "tags"], "the order of the fields is kept"


def test_a_job_needs_a_dataset_of_its_own_owner(db: SessionFactory) -> None:
    with begin_write(db) as s:
        foreign = add_dataset(s, owner="somebody").id
        with pytest.raises(NotFound, match="dataset"):
            add_job(s, dataset_id=foreign)
        with pytest.raises(NotFound, match="dataset"):
            add_job(s, dataset_id="ds_gone")


def test_another_owners_job_is_not_found(db: SessionFactory) -> None:
    with begin_write(db) as s:
        job_id = add_job(s)
        for ask in (jobs.get, jobs.cancel, jobs.delete):
            with pytest.raises(NotFound) as foreign:
                ask(s, "somebody", job_id)
            with pytest.raises(NotFound) as missing:
                ask(s, OWNER, "job_gone")
            assert str(foreign.value).replace(job_id, "job_gone") == str(missing.value)
        assert jobs.list_page(s, "somebody", 10) == ([], False)
        assert jobs.get(s, OWNER, job_id).status == "queued"


def test_lists_are_newest_first_in_pages_and_by_state_or_dataset(db: SessionFactory) -> None:
    with begin_write(db) as s:
        dataset_id = add_dataset(s).id
        ids = [add_job(s, dataset_id=dataset_id) for _ in range(4)] + [add_job(s)]
        jobs.cancel(s, OWNER, ids[1])
    with begin_read(db) as s:
        first, more = jobs.list_page(s, OWNER, 2)
        assert ([job.id for job in first], more) == ([ids[4], ids[3]], True)
        rest, more = jobs.list_page(s, OWNER, 3, ids[3])
        assert ([job.id for job in rest], more) == ([ids[2], ids[1], ids[0]], False)
        cancelled, _ = jobs.list_page(s, OWNER, 10, statuses=["cancelled", "failed"])
        assert [job.id for job in cancelled] == [ids[1]]
        of_dataset, _ = jobs.list_page(s, OWNER, 10, dataset_id=dataset_id, statuses=["queued"])
        assert [job.id for job in of_dataset] == [ids[3], ids[2], ids[0]]


def test_the_queue_position_counts_the_jobs_that_run_sooner(db: SessionFactory) -> None:
    with begin_write(db) as s:
        ids = [add_job(s), add_job(s, priority=-1), add_job(s, priority=5), add_job(s)]
        places = [jobs.get_queue_position(s, jobs.get(s, OWNER, job_id)) for job_id in ids]
        assert places == [1, 0, 3, 2]
        held = claims.claim(s, "worker", 30)
        assert held is not None
        assert held.job_id == ids[1]
        assert jobs.get_queue_position(s, jobs.get(s, OWNER, ids[1])) is None
        assert jobs.get_queue_position(s, jobs.get(s, OWNER, ids[0])) == 0


def test_recorded_epochs_are_paginated_and_set_the_progress_of_the_job(db: SessionFactory) -> None:
    with begin_write(db) as s:
        job_id = add_job(s)
        held = claims.claim(s, "worker", 30)
        assert held is not None
        best = {"epoch": 3, "train_loss": 0.33}
        progress = JobProgress(samples_per_second=100.0, eta_seconds=2.5, best=best)
        assert claims.add_epochs(s, job_id, held.token, epochs(1), NO_PROGRESS)
        assert claims.add_epochs(s, job_id, held.token, epochs(2, 5), progress)
    with begin_read(db) as s:
        job = jobs.get(s, OWNER, job_id)
        page, more = epoch_rows.list_page(s, job_id, 0, 2)
        rest, end = epoch_rows.list_page(s, job_id, 2, 3)
    assert (job.epoch, job.samples_per_second, job.eta_seconds, job.best) == (5, 100.0, 2.5, best)
    assert job.latest == {"epoch": 5, "train_loss": 0.2, "validation_loss": None, "metrics": {"rmse": 0.4}}
    assert [(row.epoch, row.train_loss) for row in page] == [(1, 1.0), (2, 0.5)]
    assert ([row.epoch for row in rest], more, end) == ([3, 4, 5], True, False)


def test_a_number_that_is_not_finite_is_named_and_not_stored(db: SessionFactory) -> None:
    (diverged,) = epochs(1)
    diverged = type(diverged)(**{**vars(diverged), "train_loss": None, "non_finite": {"train_loss": "nan"}})
    with begin_write(db) as s:
        job_id = add_job(s)
        assert claims.claim(s, "worker", 30)
        assert claims.add_epochs(s, job_id, 1, [diverged], NO_PROGRESS)
        (row,), _ = epoch_rows.list_page(s, job_id, 0, 10)
    assert (row.train_loss, row.non_finite) == (None, {"train_loss": "nan"})


@pytest.mark.parametrize("numbers", [(1,), (2, 3), (4,), (5, 6)])
def test_epochs_that_are_not_the_next_ones_are_refused_whole(db: SessionFactory, numbers: tuple[int, ...]) -> None:
    with begin_write(db) as s:
        job_id = add_job_in(s, "running")
        assert not claims.add_epochs(s, job_id, 1, epochs(numbers[0], numbers[-1]), NO_PROGRESS)
        assert s.scalars(select(EpochRow.epoch)).all() == [1, 2]


def test_epochs_with_a_gap_raise_a_value_error(db: SessionFactory) -> None:
    with begin_read(db) as s, pytest.raises(ValueError, match="without a gap"):
        claims.add_epochs(s, "job_1", 1, [*epochs(1), *epochs(3)], NO_PROGRESS)


def test_a_job_that_succeeded_names_its_model_and_a_failed_one_its_problem(db: SessionFactory) -> None:
    with begin_write(db) as s:
        done, broken = add_job_in(s, "succeeded"), add_job_in(s, "failed")
    with begin_read(db) as s:
        job, failed = jobs.get(s, OWNER, done), jobs.get(s, OWNER, broken)
        (model,) = s.scalars(select(ModelRow))
    assert (job.model_id, job.weights_sha256, job.stop_reason) == (model.id, "cd", "all_epochs")
    assert (model.job_id, model.dataset_id) == (done, job.dataset_id)
    assert job.finished_at is not None
    assert job.started_at is not None
    assert job.created_at <= job.started_at <= job.finished_at
    assert (failed.error, failed.model_id, failed.leased_until) == (PROBLEM, None, None)


def test_every_change_that_a_reader_can_see_raises_the_revision(db: SessionFactory) -> None:
    with begin_write(db) as s:
        job_id = add_job(s)
        seen = [jobs.get(s, OWNER, job_id).revision]
        for action in ("claim", "record_first", "release", "cancel"):
            if action == "record_first":
                claims.add_epochs(s, job_id, 1, epochs(1), NO_PROGRESS)
            else:
                ACTIONS[action](s, job_id)
            seen.append(jobs.get(s, OWNER, job_id).revision)
    assert seen == [1, 2, 3, 4, 5]


def test_a_deleted_job_is_deleted_with_its_epochs_and_leaves_its_model(db: SessionFactory) -> None:
    with begin_write(db) as s:
        job_id = add_job_in(s, "succeeded")
        other = add_job_in(s, "failed")
        jobs.delete(s, OWNER, job_id)
    with begin_read(db) as s:
        assert set(s.scalars(select(EpochRow.job_id))) == {other}
        assert s.scalars(select(ModelRow.job_id)).all() == [job_id]
