"""Batches on real workers that are killed meanwhile: every row is in the output exactly once."""

import io
from collections.abc import Iterator

import numpy as np
import polars as pl
import pytest

from contract.states import TERMINAL, BatchFormat
from contract.tasks import PREDICT
from learning.model import Model
from store.database import begin_read
from store.files import table_key
from store.tables import DatasetRow
from tables import load_frame
from tests.batches import add_batch, get_batch, read_output
from tests.databases import KINDS
from tests.integration.worker.tables_to_learn import sums
from tests.running import Installation, Worker, wait_for

ROWS = 4000
BLOCK_ROWS = 40
KILLS = 4


@pytest.fixture(scope="module")
def installation(module_installation: Installation) -> Iterator[Installation]:
    """An installation with a model of `a` and `b`."""
    worker = module_installation.start_worker()
    job = module_installation.submit(module_installation.add_dataset(sums()), "y", epochs=2)
    assert module_installation.wait_for_end(job).status == "succeeded"
    yield module_installation
    worker.kill()


def kill_in_the_middle(installation: Installation, workers: list[Worker], batch_id: str) -> int:
    """Kill workers while they predict a batch, and begin others; returns the number of kills that met it running."""
    kills = 0
    for number in range(1, KILLS + 1):

        def has_come_so_far(share: float = number / (KILLS + 1)) -> bool:
            batch = get_batch(installation, batch_id)
            return batch.rows_done >= share * ROWS or batch.status in TERMINAL

        wait_for(has_come_so_far, f"part {number} of the batch")
        kills += get_batch(installation, batch_id).status not in TERMINAL
        workers.pop(0).kill()
        workers.append(installation.begin_worker())
    return kills


@pytest.mark.parametrize(("file_format", "kind"), [("csv", KINDS[1]), ("parquet", KINDS[0])], indirect=["kind"])
def test_every_row_is_predicted_exactly_once_whatever_becomes_of_workers(
    installation: Installation, file_format: BatchFormat
) -> None:
    rng = np.random.default_rng(1)
    table = pl.DataFrame(
        {"id": [f"row{row}" for row in range(ROWS)], "a": rng.normal(size=ROWS), "b": rng.normal(size=ROWS)}
    )
    dataset = installation.add_dataset(table.write_csv())
    workers = [installation.start_worker()]
    model, weights = installation.model("net")
    batch = add_batch(
        installation,
        model,
        installation.dataset_row(dataset),
        columns=["id"],
        block_rows=BLOCK_ROWS,
        file_format=file_format,
    )
    installation.send_hint(PREDICT)
    kills = kill_in_the_middle(installation, workers, batch)
    ended = wait_for(lambda: (row := get_batch(installation, batch)).status in TERMINAL and row, "the end of the batch")
    for worker in workers:
        worker.kill()

    assert kills > 0
    assert (ended.status, ended.error, ended.rows_done) == ("succeeded", None, ROWS)
    data = io.BytesIO(read_output(installation, batch))
    output = pl.read_csv(data) if file_format == "csv" else pl.read_parquet(data)
    assert output["id"].to_list() == table["id"].to_list()
    assert output["line"].to_list() == list(range(2, ROWS + 2))
    with begin_read(installation.sessions) as s:
        profile = s.get_one(DatasetRow, dataset).columns or []
    with installation.files.local_copy(table_key(dataset)) as path:
        frame = load_frame(path, ["a", "b"], profile)
    expected, _ = Model.from_bytes(weights).predict(frame, 0)
    assert np.allclose(output["value"].to_numpy(), expected.numbers[:, 0], rtol=1e-6, atol=1e-9)
