"""A table that is said to be larger than memory, on a real worker: read in pieces, trained on from a file."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.tasks import TRAIN
from learning.model import Model
from tests.integration.worker.tables_to_learn import sides
from tests.running import Installation
from tests.servers import Broker

SMALL_MEMORY = """
from learning.training import estimate, order
from tables import stored
from worker.__main__ import main

stored.MOST_CELLS = stored.MOST_BYTES = 0
stored.rows_in_group = lambda columns: 70
order.WINDOW_ROWS = 50
estimate.SHARE_FOR_ROWS = 0.0
main()
"""
"""A worker that takes every table for too large to be read at once, and every matrix for too large for memory."""


@pytest.fixture
def own_broker() -> Iterator[Broker]:
    broker = Broker()
    yield broker
    broker.remove()


def test_a_job_larger_than_memory_learns_and_leaves_nothing_on_the_disk(own_broker: Broker, tmp_path: Path):
    installation = Installation(tmp_path / "data", own_broker.url(0), "")
    try:
        worker = installation.start_worker("-c", SMALL_MEMORY)
        split = {"validation": 0.2, "test": 0.1}
        job_id = installation.submit(installation.add_dataset(sides()), "side", epochs=30, split=split)
        installation.send_hint(TRAIN)
        job = installation.wait_for_end(job_id)
        assert (job.status, job.error) == ("succeeded", None), worker.read_log()
        row, data = installation.model(job.model_id)
        assert row.classes == ["above", "below"]
        assert row.metrics["test"]["accuracy"] > 0.85
        assert Model.from_bytes(data).weights_sha256 == job.weights_sha256
        assert list((tmp_path / "data" / "scratch").iterdir()) == []
    finally:
        installation.close()
