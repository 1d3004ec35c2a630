"""Batches for their owners: add, get, list, cancel, delete; `blocks` is for workers.

A batch ends exactly once: terminal states never change, and each end is an event for webhooks.
"""

from collections.abc import Collection, Sequence
from typing import Any, Final, TypedDict, Unpack

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy import delete as sql_delete
from sqlalchemy.orm import Session, undefer

from contract.events import EventType
from contract.states import BatchFormat, BatchStatus
from store.database import execute_and_count, now
from store.errors import NotFound, WrongState
from store.pages import list_newest_first
from store.tables import BatchBlockRow, BatchRow, DatasetRow, JsonObject
from store.webhooks import events

ACTIVE: Final[tuple[BatchStatus, ...]] = ("queued", "running")
DELETION_ROWS: Final = 20
_EVENTS: Final[dict[BatchStatus, EventType]] = {
    "succeeded": "batch.succeeded",
    "failed": "batch.failed",
    "cancelled": "batch.cancelled",
}


class NewBatch(TypedDict):
    """What a batch is made from."""

    id: str
    owner: str
    model_id: str
    model_name: str
    model_version: int
    dataset_id: str
    format: BatchFormat
    columns: list[str]
    interval: float | None
    rows: int
    rows_rejected: int
    block_rows: int
    warnings: list[str]
    errors: list[JsonObject]


def add(s: Session, *, must_read: bool, **batch: Unpack[NewBatch]) -> BatchRow:
    """Queue a batch; `must_read`: its first block reads the dataset's file as the model reads.

    Raises:
        NotFound: the owner has no such dataset any more.
    """
    is_it = (DatasetRow.id == batch["dataset_id"], DatasetRow.owner == batch["owner"])
    if s.scalar(select(DatasetRow.id).where(*is_it).with_for_update(read=True)) is None:
        raise NotFound("dataset", batch["dataset_id"])
    row = BatchRow(**batch)
    s.add(row)
    s.flush()
    if must_read:
        s.add(BatchBlockRow(batch_id=row.id, number=0, kind="read"))
    else:
        add_predict_blocks(s, row)
    s.flush()
    return row


def add_predict_blocks(s: Session, batch: BatchRow) -> None:
    """Add the blocks of a batch's rows, which are numbered from 1."""
    s.add_all(
        BatchBlockRow(batch_id=batch.id, number=number, kind="predict")
        for number in range(1, count_predict_blocks(batch) + 1)
    )


def count_predict_blocks(batch: BatchRow) -> int:
    """The number of blocks that its rows are divided into."""
    return -(-batch.rows // batch.block_rows)


def get(s: Session, owner: str, batch_id: str, *, with_errors: bool = False) -> BatchRow:
    """The batch as it stands now."""
    query = select(BatchRow).where(BatchRow.id == batch_id, BatchRow.owner == owner)
    if with_errors:
        query = query.options(undefer(BatchRow.errors))
    row = s.scalar(query, execution_options={"populate_existing": True})
    if row is None:
        raise NotFound("batch", batch_id)
    return row


def list_page(
    s: Session,
    owner: str,
    limit: int,
    after: str | None = None,
    *,
    statuses: Collection[BatchStatus] = (),
    model_id: str | None = None,
) -> tuple[list[BatchRow], bool]:
    """Up to `limit` batches older than the one whose id is `after`, newest first, and whether there are more."""
    query = select(BatchRow).where(BatchRow.owner == owner)
    if statuses:
        query = query.where(BatchRow.status.in_(statuses))
    if model_id is not None:
        query = query.where(BatchRow.model_id == model_id)
    return list_newest_first(s, query, BatchRow.id, limit=limit, after=after)


def count_active(s: Session, owner: str) -> int:
    """The number of an owner's batches that have not ended."""
    mine = (BatchRow.owner == owner, BatchRow.status.in_(ACTIVE))
    return s.scalars(select(func.count()).select_from(BatchRow).where(*mine)).one()


def list_output(s: Session, batch_id: str) -> list[tuple[str, int]]:
    """The key and the size of each file that the output of a batch which succeeded consists of, in order."""
    query = select(BatchBlockRow).where(BatchBlockRow.batch_id == batch_id, BatchBlockRow.kind != "read")
    blocks = s.scalars(query.order_by(BatchBlockRow.number)).all()
    parts = [block for block in blocks if block.kind == "join"] or blocks
    return [(block.key or "", block.bytes or 0) for block in parts]


def cancel(s: Session, owner: str, batch_id: str) -> BatchRow:
    """End a batch now, even while workers hold blocks of it; no change if it is cancelled already.

    Raises:
        WrongState: it succeeded or failed before.
    """
    end_batch(s, batch_id, (BatchRow.owner == owner,), "cancelled")
    row = get(s, owner, batch_id)
    if row.status != "cancelled":
        raise WrongState(f"The batch has {row.status} and cannot be cancelled.", row.status, ("delete",))
    return row


def delete(s: Session, owner: str, batch_id: str) -> None:
    """Delete a batch that has ended. Its files are the caller's to delete, after commit.

    Raises:
        WrongState: it has not ended yet.
    """
    row = get(s, owner, batch_id)
    is_over = (BatchRow.id == batch_id, BatchRow.owner == owner, BatchRow.status.not_in(ACTIVE))
    if not execute_and_count(s, sql_delete(BatchRow).where(*is_over)):
        raise WrongState(f"The batch is {row.status}; cancel it first.", row.status, ("cancel",))


def delete_old(s: Session, older_than_seconds: float) -> list[str]:
    """Delete up to DELETION_ROWS batches that ended longer ago, and return their ids; files as in `delete`."""
    is_old = (BatchRow.status.not_in(ACTIVE), BatchRow.finished_at < now() - older_than_seconds)
    ids = list(s.scalars(select(BatchRow.id).where(*is_old).limit(DELETION_ROWS)))
    execute_and_count(s, sql_delete(BatchRow).where(BatchRow.id.in_(ids), *is_old))
    return ids


def end_batch(
    s: Session, batch_id: str, conditions: Sequence[ColumnElement[bool]], status: BatchStatus, **values: Any
) -> bool:
    """End a batch that has not ended, if the conditions hold for it, with an event; False if they do not."""
    is_active = (BatchRow.id == batch_id, BatchRow.status.in_(ACTIVE), *conditions)
    final = {"status": status, "finished_at": now(), "revision": BatchRow.revision + 1, **values}
    if not execute_and_count(s, update(BatchRow).where(*is_active).values(final)):
        return False
    row = s.get_one(BatchRow, batch_id, populate_existing=True)
    names = ("id", "status", "model_id", "dataset_id", "format", "rows", "rows_rejected", "error")
    events.add(s, row.owner, _EVENTS[status], {"object": "batch", **{name: getattr(row, name) for name in names}})
    return True
