"""Reproductions in the store: when they are allowed, and what their comparison finds."""

from dataclasses import replace

import pytest

from store import datasets
from store.database import SessionFactory, begin_write
from store.errors import NotFound, WrongState
from store.jobs import claims, jobs, reproductions
from store.jobs.epochs import EpochRecord
from tests.unit.store.factories import NO_PROGRESS, OWNER, add_job, epochs, new_model

AGAIN = "job_again"


def create_epochs(first: int, last: int, of: str = "weights") -> list[EpochRecord]:
    return [replace(epoch, weights_sha256=f"{of} after {epoch.epoch}") for epoch in epochs(first, last)]


@pytest.fixture
def original(db: SessionFactory) -> str:
    """A job that stopped after four of nine epochs."""
    with begin_write(db) as s:
        job_id = add_job(s)
        assert claims.claim(s, "worker", 30)
        assert claims.add_epochs(s, job_id, 1, create_epochs(1, 4), NO_PROGRESS)
        assert claims.succeed(s, job_id, 1, new_model(), "early_stopping")
    return job_id


def record_reproduction(
    db: SessionFactory, original: str, found: list[EpochRecord], at_end: str = "cd"
) -> dict[str, object] | None:
    """The result of a reproduction that recorded these epochs, and ended with these weights."""
    with begin_write(db) as s:
        reproductions.add(s, OWNER, original, id=AGAIN)
        held = claims.claim(s, "worker", 30)
        assert held is not None
        assert (held.job_id, held.reproduces, held.epochs) == (AGAIN, original, 4)
        assert claims.add_epochs(s, AGAIN, 1, found, NO_PROGRESS)
        assert reproductions.end_reproduction(s, AGAIN, 1, original, at_end)
        job = jobs.get(s, OWNER, AGAIN)
        assert (job.status, job.model_id, job.weights_sha256) == ("succeeded", None, at_end)
        return job.reproduction


def test_the_same_weights_after_every_epoch_are_a_match(db: SessionFactory, original: str) -> None:
    assert record_reproduction(db, original, create_epochs(1, 4)) == {"match": True, "first_difference": None}


def test_the_first_epoch_that_differs_is_recorded(db: SessionFactory, original: str) -> None:
    found = record_reproduction(db, original, [*create_epochs(1, 2), *create_epochs(3, 4, of="other weights")])
    assert found == {"match": False, "first_difference": 3}


def test_other_weights_at_the_end_are_no_match(db: SessionFactory, original: str) -> None:
    found = record_reproduction(db, original, create_epochs(1, 4), at_end="ef")
    assert found == {"match": False, "first_difference": None}


def test_an_epoch_without_a_hash_is_no_match(db: SessionFactory, original: str) -> None:
    assert record_reproduction(db, original, [*create_epochs(1, 3), *epochs(4)]) == {
        "match": False,
        "first_difference": 4,
    }


def test_without_the_original_a_reproduction_has_no_result(db: SessionFactory, original: str) -> None:
    with begin_write(db) as s:
        reproductions.add(s, OWNER, original, id=AGAIN)
        assert claims.claim(s, "worker", 30)
        jobs.delete(s, OWNER, original)
        assert claims.add_epochs(s, AGAIN, 1, create_epochs(1, 4), NO_PROGRESS)
        assert reproductions.end_reproduction(s, AGAIN, 1, original, "cd")
        assert jobs.get(s, OWNER, AGAIN).reproduction is None


def test_a_worker_that_lost_its_lease_cannot_end_a_reproduction(db: SessionFactory, original: str) -> None:
    with begin_write(db) as s:
        reproductions.add(s, OWNER, original, id=AGAIN)
        assert claims.claim(s, "worker", 30)
        assert not reproductions.end_reproduction(s, AGAIN, 7, original, "cd")
        assert jobs.get(s, OWNER, AGAIN).status == "running"


def test_only_a_job_that_ended_with_hashes_and_still_has_its_dataset_is_trained_again(
    db: SessionFactory, original: str
) -> None:
    with begin_write(db) as s:
        waiting, unhashed = add_job(s), add_job(s)
        jobs.cancel(s, OWNER, unhashed)
        for job_id, why in ((waiting, "queued"), (unhashed, "no epoch with a hash")):
            with pytest.raises(WrongState, match=why):
                reproductions.add(s, OWNER, job_id, id=AGAIN)
        with pytest.raises(NotFound):
            reproductions.add(s, "another", original, id=AGAIN)
        datasets.delete(s, OWNER, jobs.get(s, OWNER, original).dataset_id)
        with pytest.raises(WrongState, match="dataset was deleted"):
            reproductions.add(s, OWNER, original, id=AGAIN)


def test_a_difference_is_explained_by_the_fingerprints_that_differ(db: SessionFactory) -> None:
    old, new = {"numpy": "2.4.6", "cores": 1}, {"arithmetic": 1, "numpy": "2.4.6", "cores": 1}
    with begin_write(db) as s:
        job_id = add_job(s)
        claims.claim(s, "worker", 30, old)
        claims.add_epochs(s, job_id, 1, create_epochs(1, 4), NO_PROGRESS)
        claims.succeed(s, job_id, 1, new_model(), "all_epochs")
        for again, weights in ((AGAIN, "other weights"), ("job_third", "weights")):
            reproductions.add(s, OWNER, job_id, id=again)
            claims.claim(s, "worker", 30, new)
            claims.add_epochs(s, again, 1, create_epochs(1, 4, weights), NO_PROGRESS)
            assert reproductions.end_reproduction(s, again, 1, job_id, "cd")

        assert jobs.get(s, OWNER, AGAIN).warnings == [
            (
                "The weights may differ because the original was trained in another environment: "
                "arithmetic was not recorded and is 1."
            )
        ]
        assert jobs.get(s, OWNER, "job_third").warnings == [], "the weights are equal, whatever the environment"


def test_a_difference_is_explained_by_an_original_that_moved(db: SessionFactory) -> None:
    one, two = {"arithmetic": 1}, {"arithmetic": 2}
    with begin_write(db) as s:
        job_id = add_job(s)
        claims.claim(s, "worker", 30, one)
        claims.add_epochs(s, job_id, 1, create_epochs(1, 2), NO_PROGRESS)
        claims.release(s, job_id, 1)
        claims.claim(s, "worker", 30, two)
        claims.add_epochs(s, job_id, 2, create_epochs(3, 4), NO_PROGRESS)
        claims.succeed(s, job_id, 2, new_model(), "all_epochs")
        reproductions.add(s, OWNER, job_id, id=AGAIN)
        claims.claim(s, "worker", 30, two)
        claims.add_epochs(s, AGAIN, 1, create_epochs(1, 4, "other weights"), NO_PROGRESS)
        reproductions.end_reproduction(s, AGAIN, 1, job_id, "cd")

        assert jobs.get(s, OWNER, AGAIN).warnings == [
            f"The weights may differ because {job_id} itself was resumed in another environment from epoch 3 on."
        ]
