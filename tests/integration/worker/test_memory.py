"""The memory limit of a trainer: an allocation beyond it is an error, and the trainer lives on."""

from process.logs import get_logger
from tests.integration.worker.tables_to_learn import sums
from tests.running import Installation
from worker import problems

SMALL = """
from process import memory

memory.bytes_per_process = lambda trainers: 2**29
from worker.__main__ import main
main()
"""
"""A worker on a machine with little memory."""


def test_a_job_out_of_memory_fails_with_a_remedy():
    problem = problems.describe_error(MemoryError(), get_logger("test"))

    assert problem["type"] == "/problems/out-of-memory"
    assert "smaller net" in problem["detail"]


def test_a_job_that_takes_too_much_memory_fails_and_the_next_one_is_trained(installation: Installation):
    dataset_id = installation.add_dataset(sums())
    large = [{"type": "dense", "units": 6000}] * 2
    too_large = installation.submit(dataset_id, "y", layers=large, epochs=1)
    small = installation.submit(dataset_id, "y", epochs=1)
    worker = installation.start_worker("-c", SMALL)
    trainers = worker.trainers()
    failed, trained = installation.wait_for_end(too_large), installation.wait_for_end(small)

    assert (failed.status, failed.attempts) == ("failed", 1)
    assert failed.error["type"] == "/problems/out-of-memory"
    assert trained.status == "succeeded"
    assert worker.trainers() == trainers, "the trainer has lived on"
