"""Batches of predictions in the database of an installation of the tests: queued, looked at, and read."""

from contract.ids import new_id
from contract.states import BatchFormat
from store.batches import batches
from store.database import begin_read, begin_write
from store.tables import BatchRow, DatasetRow, ModelRow
from tests.running import OWNER, Installation


def add_batch(
    installation: Installation,
    model: ModelRow,
    dataset: DatasetRow,
    *,
    columns: list[str],
    block_rows: int,
    file_format: BatchFormat = "csv",
) -> str:
    """Queue a batch as the service does, without a hint and of blocks of this many rows; its id."""
    with begin_write(installation.sessions) as s:
        row = batches.add(
            s,
            must_read=False,
            id=new_id("bat"),
            owner=OWNER,
            model_id=model.id,
            model_name=model.name,
            model_version=model.version,
            dataset_id=dataset.id,
            format=file_format,
            columns=columns,
            interval=None,
            rows=dataset.rows or 0,
            rows_rejected=0,
            block_rows=block_rows,
            warnings=[],
            errors=[],
        )
        return row.id


def get_batch(installation: Installation, batch_id: str) -> BatchRow:
    with begin_read(installation.sessions) as s:
        return batches.get(s, OWNER, batch_id)


def read_output(installation: Installation, batch_id: str) -> bytes:
    """The output of a batch that has succeeded."""
    with begin_read(installation.sessions) as s:
        parts = batches.list_output(s, batch_id)
    data = b"".join(b"".join(installation.files.read_chunks(key)) for key, _ in parts)
    assert len(data) == sum(size for _, size in parts)
    return data
