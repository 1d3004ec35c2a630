"""Reproductions: the same weights after every epoch, however the first run ended, and no second model."""

from sqlalchemy import update

from store.database import begin_write
from store.tables import EpochRow
from tests.integration.worker.tables_to_learn import sums
from tests.running import Installation


def hashes(steady: Installation, job_id: str) -> list[str | None]:
    return [epoch.weights_sha256 for epoch in steady.epochs(job_id)]


def test_a_job_is_reproduced_to_the_bit_without_a_second_model(steady: Installation):
    original = steady.wait_for_end(steady.submit(steady.add_dataset(sums()), "y", epochs=5))
    job = steady.reproduce(original.id)

    assert (job.status, job.reproduction) == ("succeeded", {"match": True, "first_difference": None})
    assert hashes(steady, job.id) == hashes(steady, original.id)
    assert len(set(hashes(steady, job.id))) == 5
    assert (job.weights_sha256, job.model_id) == (original.weights_sha256, None)
    assert steady.model("net")[0].id == original.model_id


def test_a_reproduction_names_the_first_epoch_that_differs(steady: Installation):
    original = steady.wait_for_end(steady.submit(steady.add_dataset(sums()), "y", epochs=4))
    with begin_write(steady.sessions) as s:
        third = update(EpochRow).where(EpochRow.job_id == original.id, EpochRow.epoch >= 3)
        s.execute(third.values(weights_sha256="as on another machine"))

    assert steady.reproduce(original.id).reproduction == {"match": False, "first_difference": 3}


def test_a_job_finished_early_is_reproduced_up_to_the_same_epoch(steady: Installation):
    wanted = {"epochs": 1_000_000, "early_stopping": None, "schedule": {"type": "cosine"}}
    job_id = steady.submit(steady.add_dataset(sums()), "y", **wanted)
    original = steady.finish(job_id)
    job = steady.reproduce(job_id)

    assert (job.epoch, job.reproduction) == (original.epoch, {"match": True, "first_difference": None})
