"""Checkpoints in the store: which are valid, who may write them, and when they are deleted."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from store.database import SessionFactory, begin_write
from store.errors import WrongState
from store.jobs import checkpoints, claims, jobs
from store.jobs.checkpoints import Checkpoint
from store.tables import CheckpointRow
from tests.unit.store.factories import CHECKPOINT, NO_PROGRESS, OWNER, PROBLEM, add_job, epochs, expire_lease, new_model


def checkpoint_at(epoch: int, rows: int = 0) -> Checkpoint:
    return replace(CHECKPOINT, key=f"checkpoints/job_1/1_{epoch + 1}_{rows}", epoch=epoch, rows=rows)


@pytest.fixture
def job_id(db: SessionFactory) -> str:
    """A job that its first claim holds, with two epochs."""
    with begin_write(db) as s:
        job_id = add_job(s)
        assert claims.claim(s, "worker", 30)
        assert claims.add_epochs(s, job_id, 1, epochs(1, 2), NO_PROGRESS)
    return job_id


def test_the_two_newest_checkpoints_are_kept_and_the_replaced_one_returned(db: SessionFactory, job_id: str) -> None:
    with begin_write(db) as s:
        assert claims.add_checkpoint(s, job_id, 1, checkpoint_at(0, 32)) == []
        assert claims.add_checkpoint(s, job_id, 1, checkpoint_at(1)) == []
        assert claims.add_checkpoint(s, job_id, 1, checkpoint_at(2)) == [checkpoint_at(0, 32).key]
        assert checkpoints.list_newest_first(s, job_id) == [checkpoint_at(2), checkpoint_at(1)]


def test_the_newest_checkpoint_is_the_last_written_even_at_an_earlier_step(db: SessionFactory, job_id: str) -> None:
    with begin_write(db) as s:
        for place in (checkpoint_at(2), checkpoint_at(1), checkpoint_at(0, 5)):
            claims.add_checkpoint(s, job_id, 1, place)
        assert checkpoints.list_newest_first(s, job_id) == [checkpoint_at(0, 5), checkpoint_at(1)]


def test_a_checkpoint_past_the_recorded_epochs_is_refused(db: SessionFactory, job_id: str) -> None:
    with begin_write(db) as s:
        assert claims.add_checkpoint(s, job_id, 1, checkpoint_at(3)) is None
        assert claims.add_checkpoint(s, job_id, 1, checkpoint_at(2, 64)) == []
        assert checkpoints.list_newest_first(s, job_id) == [checkpoint_at(2, 64)]


def test_a_worker_that_lost_its_lease_cannot_add_a_checkpoint(db: SessionFactory, job_id: str) -> None:
    with begin_write(db) as s:
        expire_lease(s, job_id)
        assert claims.claim(s, "another", 30)
        assert claims.add_checkpoint(s, job_id, 1, checkpoint_at(2)) is None
        assert claims.add_checkpoint(s, job_id, 2, checkpoint_at(2)) == []
        assert s.scalars(select(CheckpointRow.token)).all() == [2]


def test_a_worker_may_add_a_checkpoint_of_a_paused_job_until_it_is_claimed_again(
    db: SessionFactory, job_id: str
) -> None:
    with begin_write(db) as s:
        jobs.pause(s, OWNER, job_id)
        assert claims.add_epochs(s, job_id, 1, epochs(3), NO_PROGRESS)
        assert claims.add_checkpoint(s, job_id, 1, checkpoint_at(3)) == []
        jobs.resume(s, OWNER, job_id)
        assert claims.add_checkpoint(s, job_id, 1, checkpoint_at(3, 5)) is None
        assert claims.claim(s, "another", 30)
        assert claims.add_checkpoint(s, job_id, 1, checkpoint_at(3, 5)) is None
        assert checkpoints.list_newest_first(s, job_id) == [checkpoint_at(3)]


def test_a_checkpoint_within_an_epoch_resets_the_count_of_lost_workers(db: SessionFactory, job_id: str) -> None:
    with begin_write(db) as s:
        for token in (2, 3):
            expire_lease(s, job_id)
            assert claims.claim(s, "worker", 30)
            assert claims.add_checkpoint(s, job_id, token, checkpoint_at(2, 10 * token)) is not None
        for _ in range(2):
            expire_lease(s, job_id)
            assert claims.claim(s, "worker", 30)
        assert jobs.get(s, OWNER, job_id).strikes == 2


@pytest.mark.parametrize("end", ["succeed", "fail", "cancel", "crash loop", "delete"])
def test_an_ended_job_has_no_checkpoints(db: SessionFactory, job_id: str, end: str) -> None:
    with begin_write(db) as s:
        other = add_job(s)
        assert claims.claim(s, "worker", 30)
        assert claims.add_checkpoint(s, other, 1, checkpoint_at(0, 7)) == []
        assert claims.add_checkpoint(s, job_id, 1, checkpoint_at(2)) == []
        match end:
            case "succeed":
                assert claims.succeed(s, job_id, 1, new_model(), "all_epochs")
            case "fail":
                assert claims.fail(s, job_id, 1, PROBLEM)
            case "cancel":
                jobs.cancel(s, OWNER, job_id)
            case "crash loop":
                for _ in range(3):
                    expire_lease(s, job_id)
                    claims.claim(s, "worker", 30)
                assert jobs.get(s, OWNER, job_id).status == "failed"
            case _:
                jobs.cancel(s, OWNER, job_id)
                jobs.delete(s, OWNER, job_id)
        assert checkpoints.list_newest_first(s, job_id) == []
        assert checkpoints.list_newest_first(s, other) == [checkpoint_at(0, 7)], "others keep theirs"


def test_a_job_resumed_under_another_fingerprint_is_not_reproducible(db: SessionFactory) -> None:
    with begin_write(db) as s:
        job_id = add_job(s)
        assert claims.claim(s, "worker", 30, {"numpy": "2.4"})
        assert claims.add_checkpoint(s, job_id, 1, checkpoint_at(0, 32)) == []
        expire_lease(s, job_id)
        assert claims.claim(s, "worker", 30, {"numpy": "2.5"})
        job = jobs.get(s, OWNER, job_id)
        assert (job.reproducible, job.differs_from_epoch) == (False, 1)
        assert claims.add_epochs(s, job_id, 2, epochs(1, 2), NO_PROGRESS)
        expire_lease(s, job_id)
        assert claims.claim(s, "worker", 30, {"numpy": "2.6"})
        assert jobs.get(s, OWNER, job_id).differs_from_epoch == 1, "the first such epoch is told"


def test_a_pause_is_an_interruption_that_costs_no_attempt(db: SessionFactory, job_id: str) -> None:
    with begin_write(db) as s:
        jobs.pause(s, OWNER, job_id)
        assert claims.claim(s, "worker", 30) is None
        assert jobs.count_unfinished(s, OWNER) == 1
        jobs.resume(s, OWNER, job_id)
        assert claims.claim(s, "worker", 30)
        job = jobs.get(s, OWNER, job_id)
    assert [(resume["epoch"], resume["reason"]) for resume in job.resumes] == [(2, "paused")]
    assert (job.attempts, job.strikes, job.interrupted) == (1, 0, None)


def test_a_worker_lost_after_a_pause_is_recorded_as_lost(db: SessionFactory, job_id: str) -> None:
    with begin_write(db) as s:
        jobs.pause(s, OWNER, job_id)
        jobs.resume(s, OWNER, job_id)
        assert claims.claim(s, "worker", 30)
        expire_lease(s, job_id)
        assert claims.claim(s, "worker", 30)
        assert [resume["reason"] for resume in jobs.get(s, OWNER, job_id).resumes] == ["paused", "worker_lost"]


def test_a_claim_carries_a_finish_request(db: SessionFactory, job_id: str) -> None:
    with begin_write(db) as s:
        asked_at = jobs.finish(s, OWNER, job_id).finish_asked_at
        assert asked_at is not None
        assert jobs.finish(s, OWNER, job_id).finish_asked_at == asked_at, "asking twice changes nothing"
        jobs.pause(s, OWNER, job_id)
        assert jobs.finish(s, OWNER, job_id).status == "queued"
        held = claims.claim(s, "worker", 30)
        assert held is not None
        assert held.finish_requested
        assert claims.succeed(s, job_id, held.token, new_model(), "finished_by_user")
        assert jobs.finish(s, OWNER, job_id).status == "succeeded", "it is in effect"


def test_without_an_epoch_there_is_nothing_to_finish_with(db: SessionFactory) -> None:
    with begin_write(db) as s:
        job_id = add_job(s)
        with pytest.raises(WrongState, match="no epoch yet") as refused:
            jobs.finish(s, OWNER, job_id)
    assert refused.value.allowed_actions == ("pause", "cancel")
