"""A table treated as larger than memory, on a real worker: read in chunks, trained on from a file."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.tasks import TRAIN
from learning.model import Model
from tests.integration.worker.tables_to_learn import sides
from tests.running import Installation
from tests.servers import Broker

SMALL_MEMORY = """
from learning.data import shuffle
from learning.training import estimate
from tables import parquet_table
from worker.__main__ import main

parquet_table.MAX_FRAME_CELLS = parquet_table.MAX_FRAME_BYTES = 0
parquet_table.row_group_size = lambda columns, has_images=False: 70
shuffle.MAX_WINDOW_ROWS = 50
estimate.MAX_ROWS_MEMORY_SHARE = 0.0
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
