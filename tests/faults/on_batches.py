"""Fault injection on batches of predictions: each has the same bytes as one that nothing happened to.

It takes an installation and the number of faults that must land, injects them, and waits until every batch has ended.
"""

from typing import Final

from contract.ids import new_id
from contract.states import TERMINAL
from store.batches import batches
from store.database import begin_read, begin_write
from store.tables import BatchRow, DatasetRow, ModelRow
from tests.faults.installation import TIMEOUT, InstallationUnderFaults
from tests.faults.on_workers import kill_each_worker
from tests.faults.outcome import Outcome
from tests.running import OWNER, wait_for

BLOCKS: Final = 60


def kill_predicting_workers(installation: InstallationUnderFaults, times: int) -> Outcome:
    """Kill -9 all workers, or trainers of them, in the middle of a batch. It landed if the batch had not ended."""
    reference = _read_output(installation, _add_batch(installation))
    landed = count = 0
    while landed < times:
        batch_id = _add_batch(installation)
        _wait_for_share(installation, batch_id, installation.random.uniform(0.0, 0.8))
        kill_each_worker(installation)
        landed += _get_batch(installation, batch_id).status not in TERMINAL
        assert _read_output(installation, batch_id) == reference, f"{batch_id} has other bytes"
        count += 1
    return Outcome(landed, {"batches": count, "bytes each": len(reference)})


def _add_batch(installation: InstallationUnderFaults) -> str:
    """Queue a batch of many small blocks, as the API does with one of large ones; its id."""
    model_id = next(model.id for model in installation.client.models.list() if model.task == "regression")
    with begin_write(installation.base.sessions) as s:
        model = s.get_one(ModelRow, model_id)
        dataset = s.get_one(DatasetRow, model.dataset_id)
        rows = dataset.rows or 0
        row = batches.add(
            s,
            must_read=False,
            id=new_id("bat"),
            owner=OWNER,
            model_id=model.id,
            model_name=model.name,
            model_version=model.version,
            dataset_id=dataset.id,
            format="csv",
            columns=[column["name"] for column in dataset.columns or []],
            interval=None,
            rows=rows,
            rows_rejected=0,
            block_rows=max(1, rows // BLOCKS),
            warnings=[],
            errors=[],
        )
        return row.id


def _wait_for_share(installation: InstallationUnderFaults, batch_id: str, share: float) -> None:
    """Wait until more than a share of the rows is predicted, or the batch has ended."""

    def has_come_so_far() -> bool:
        batch = _get_batch(installation, batch_id)
        return batch.rows_done > share * batch.rows or batch.status in TERMINAL

    wait_for(has_come_so_far, "a part of a batch", TIMEOUT)


def _get_batch(installation: InstallationUnderFaults, batch_id: str) -> BatchRow:
    with begin_read(installation.base.sessions) as s:
        return batches.get(s, OWNER, batch_id)


def _read_output(installation: InstallationUnderFaults, batch_id: str) -> bytes:
    """The output of a batch, once it has succeeded."""
    wait_for(lambda: _get_batch(installation, batch_id).status in TERMINAL, "the end of a batch", TIMEOUT)
    batch = _get_batch(installation, batch_id)
    assert (batch.status, batch.rows_done) == ("succeeded", batch.rows), batch.error
    with begin_read(installation.base.sessions) as s:
        parts = batches.list_output(s, batch_id)
    return b"".join(b"".join(installation.base.files.read_chunks(key)) for key, _ in parts)
