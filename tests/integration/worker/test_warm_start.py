"""Warm starts: jobs that begin with a model's weights, on its rows or on new ones."""

import pytest

from learning.insight.weight_history import decode_weights
from learning.model import Model
from store.database import begin_read, begin_write
from store.jobs import weight_history
from store.models import models
from store.tables import JobRow
from tests.integration.worker.tables_to_learn import sides, sums
from tests.running import OWNER, Installation

GOOD = {"epochs": 30, "early_stopping": None, "optimizer": {"type": "adam", "learning_rate": 0.005}}
TIMID = {"epochs": 1, "early_stopping": None, "optimizer": {"type": "sgd", "learning_rate": 1e-9}}


@pytest.fixture(scope="module")
def source(steady: Installation) -> JobRow:
    return steady.wait_for_end(steady.submit(steady.add_dataset(sums()), "y", model_name="source", **GOOD))


def train_from(steady: Installation, source: JobRow, dataset_id: str, **spec: object) -> JobRow:
    start = {"start_from": {"model": source.model_id}}
    return steady.wait_for_end(steady.submit(dataset_id, "y", model_name="later", **spec, **start))


def test_a_job_begins_with_the_weights_and_the_losses_of_the_model_that_it_starts_from(
    steady: Installation, source: JobRow
):
    job = train_from(steady, source, source.dataset_id, **TIMID)

    assert (job.status, job.error) == ("succeeded", None)
    (epoch,) = steady.epochs(job.id)
    best = steady.epochs(source.id)[source.best["epoch"] - 1]
    assert epoch.validation_loss == pytest.approx(best.validation_loss, rel=1e-4)
    assert steady.epochs(source.id)[0].validation_loss > 2 * epoch.validation_loss


def test_new_rows_of_the_same_columns_are_encoded_as_the_model_encodes_them(steady: Installation, source: JobRow):
    header, *lines = sums().splitlines()
    high = [line for line in lines if float(line.split(",")[0]) > 0]
    job = train_from(steady, source, steady.add_dataset("\n".join([header, *high, ""])), **TIMID)

    assert job.status == "succeeded"
    before, after = (Model.from_bytes(steady.model(one.model_id)[1]) for one in (source, job))
    assert after.encoding == before.encoding
    assert after.parameters == pytest.approx(before.parameters, abs=1e-6)


def test_a_class_unknown_to_the_start_model_fails_the_job(steady: Installation):
    known = steady.wait_for_end(steady.submit(steady.add_dataset(sides()), "side", epochs=1))
    strange = steady.add_dataset(sides().replace("above", "elsewhere"))
    start = {"start_from": {"model": known.model_id}}
    job = steady.wait_for_end(steady.submit(strange, "side", epochs=1, **start))

    assert (job.status, job.error["type"]) == ("failed", "/problems/impossible-target")
    assert "'elsewhere'" in job.error["detail"]


def test_a_start_model_deleted_before_the_job_begins_fails_it(steady: Installation):
    source = steady.wait_for_end(steady.submit(steady.add_dataset(sums()), "y", epochs=1, model_name="fleeting"))
    with begin_write(steady.sessions) as s:
        models.delete(s, OWNER, source.model_id)
    job = train_from(steady, source, source.dataset_id, **TIMID)

    assert job.status == "failed"
    assert "model to start from was deleted" in job.error["detail"]


def test_a_job_starts_from_the_weights_of_any_stored_epoch(steady: Installation, source: JobRow):
    start = {"start_from": {"model": source.model_id, "epoch": 8}}
    job = steady.wait_for_end(steady.submit(source.dataset_id, "y", **TIMID, **start))
    with begin_read(steady.sessions) as s:
        ((_, kept),) = weight_history.iterate_weights(s, source.id, [8])

    assert (job.status, job.error) == ("succeeded", None)
    found = Model.from_bytes(steady.model(job.model_id)[1]).parameters
    assert found == pytest.approx(decode_weights(kept), abs=1e-6)
    assert steady.epochs(source.id)[7].validation_loss == pytest.approx(
        steady.epochs(job.id)[0].validation_loss, rel=1e-4
    )
    gone = {"start_from": {"model": source.model_id, "epoch": 31}}
    failed = steady.wait_for_end(steady.submit(source.dataset_id, "y", **TIMID, **gone))
    assert "epoch 31 to start from were deleted" in failed.error["detail"]
