"""Fault injection on batches of predictions: each has the same bytes as one that nothing happened to.

It takes an installation and the number of faults that must land, injects them, and waits until every batch has ended.
"""

from typing import Final

from contract.states import TERMINAL
from tests.batches import add_batch, get_batch, read_output
from tests.faults.installation import TIMEOUT, InstallationUnderFaults
from tests.faults.on_workers import kill_each_worker
from tests.faults.outcome import Outcome
from tests.running import wait_for

BLOCKS: Final = 60


def kill_predicting_workers(installation: InstallationUnderFaults, times: int) -> Outcome:
    """Kill -9 all workers, or trainers of them, in the middle of a batch. It landed if the batch had not ended."""
    reference = _read_output(installation, _add_batch(installation))
    landed = count = 0
    while landed < times:
        batch_id = _add_batch(installation)
        _wait_for_share(installation, batch_id, installation.random.uniform(0.0, 0.8))
        kill_each_worker(installation)
        landed += get_batch(installation.base, batch_id).status not in TERMINAL
        assert _read_output(installation, batch_id) == reference, f"{batch_id} has other bytes"
        count += 1
    return Outcome(landed, {"batches": count, "bytes each": len(reference)})


def _add_batch(installation: InstallationUnderFaults) -> str:
    """Queue a batch of many small blocks, as the API does with one of large ones; its id."""
    model_id = next(model.id for model in installation.client.models.list() if model.task == "regression")
    model, _ = installation.base.model(model_id)
    dataset = installation.base.dataset_row(model.dataset_id)
    columns = [column["name"] for column in dataset.columns or []]
    block_rows = max(1, (dataset.rows or 0) // BLOCKS)
    return add_batch(installation.base, model, dataset, columns=columns, block_rows=block_rows)


def _wait_for_share(installation: InstallationUnderFaults, batch_id: str, share: float) -> None:
    """Wait until more than a share of the rows is predicted, or the batch has ended."""

    def has_come_so_far() -> bool:
        batch = get_batch(installation.base, batch_id)
        return batch.rows_done > share * batch.rows or batch.status in TERMINAL

    wait_for(has_come_so_far, "a part of a batch", TIMEOUT)


def _read_output(installation: InstallationUnderFaults, batch_id: str) -> bytes:
    """The output of a batch, once it has succeeded."""
    wait_for(lambda: get_batch(installation.base, batch_id).status in TERMINAL, "the end of a batch", TIMEOUT)
    batch = get_batch(installation.base, batch_id)
    assert (batch.status, batch.rows_done) == ("succeeded", batch.rows), batch.error
    return read_output(installation.base, batch_id)
