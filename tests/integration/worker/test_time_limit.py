"""The time limit of jobs."""

import pytest

from tests.integration.worker.tables_to_learn import sums
from tests.running import Installation

ENDLESS = {"epochs": 1_000_000, "early_stopping": None}
ONE_LONG_EPOCH = {"epochs": 1, "batch_size": 1, "split": {"validation": 0.0}}


@pytest.fixture(scope="module")
def table(steady: Installation) -> str:
    return steady.add_dataset(sums(50_000))


def test_a_job_past_its_time_limit_ends_with_its_best_epoch(steady: Installation):
    job = steady.wait_for_end(steady.submit(steady.add_dataset(sums()), "y", time_limit_seconds=3.0, **ENDLESS))

    assert (job.status, job.stop_reason, job.error) == ("succeeded", "time_limit", None)
    epochs = steady.epochs(job.id)
    best = min(epochs, key=lambda epoch: epoch.validation_loss)
    assert job.best == {"epoch": best.epoch, "validation_loss": best.validation_loss, "metrics": best.metrics}
    assert job.weights_sha256 == best.weights_sha256
    assert len(epochs) == job.epoch < 1_000_000


def test_a_job_past_its_time_limit_in_its_first_epoch_fails_with_a_remedy(steady: Installation, table: str):
    job = steady.wait_for_end(steady.submit(table, "y", time_limit_seconds=0.3, **ONE_LONG_EPOCH))

    assert (job.status, job.epoch) == ("failed", 0)
    assert job.error["type"] == "/problems/time-limit"
    assert "time limit of 0.3 seconds" in job.error["detail"]


def test_a_job_within_its_time_limit_ends_as_without_one(steady: Installation):
    job = steady.wait_for_end(steady.submit(steady.add_dataset(sums()), "y", time_limit_seconds=600.0, epochs=2))

    assert (job.status, job.stop_reason, job.epoch) == ("succeeded", "all_epochs", 2)
