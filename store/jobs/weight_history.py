"""Weight history of jobs: the header of each net, its last gradients, and its weights after some of the epochs.

`learning.insight` selects the epochs; here their weights are stored, thinned and read.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from sqlalchemy import delete as sql_delete
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from store.jobs.transitions import is_held
from store.tables import JobRow, NetRow, Row, WeightSnapshotRow

BATCH_EPOCHS: Final = 16
"""The number of epochs whose weights one query fetches."""

_NETS, _SNAPSHOTS = Row.metadata.tables["nets"], Row.metadata.tables["weight_snapshots"]
"""Quicker to write to than the classes."""


def start(s: Session, job_id: str, token: int, header: bytes, weights: bytes | None) -> bool:
    """Store the header of a net and its initial weights; False, and nothing is written, if the token is old.

    When training resumes from a checkpoint there are no initial weights, and the stored ones remain.
    """
    if s.scalar(select(JobRow.id).where(*is_held(job_id, token)).with_for_update()) is None:
        return False
    if s.scalar(select(NetRow.job_id).where(NetRow.job_id == job_id)) is None:
        s.execute(insert(NetRow), {"job_id": job_id, "header": header})
    if weights is not None:
        first = (WeightSnapshotRow.job_id == job_id, WeightSnapshotRow.epoch == 0)
        s.execute(sql_delete(WeightSnapshotRow).where(*first))
        _insert_snapshots(s, job_id, {0: weights})
    return True


def add_snapshots(s: Session, job_id: str, snapshots: Mapping[int, bytes], stride: int) -> None:
    """Add the weights after new epochs, and thin the earlier ones to every `stride`-th epoch.

    The caller's transaction records the epochs, and so checks the token.
    """
    if stride > 1:
        is_theirs = WeightSnapshotRow.job_id == job_id
        thinned = sql_delete(WeightSnapshotRow).where(is_theirs, WeightSnapshotRow.epoch % stride != 0)
        s.execute(thinned, execution_options={"synchronize_session": False})
    _insert_snapshots(s, job_id, snapshots)


def update_gradients(s: Session, job_id: str, epoch: int, gradients: bytes, dead: bytes) -> None:
    """Store the gradients and dead units after an epoch; the caller's transaction must check the token."""
    s.execute(update(_NETS).where(_NETS.c.job_id == job_id).values(watched_epoch=epoch, gradients=gradients, dead=dead))


def get_header(s: Session, job_id: str) -> bytes | None:
    """The header of a job's net: encoding and layers; None if its weights are not stored."""
    return s.scalar(select(NetRow.header).where(NetRow.job_id == job_id))


def get_gradients(s: Session, job_id: str) -> tuple[int, bytes, bytes] | None:
    """The last measured epoch, the gradients after it, and which units were dead."""
    query = select(NetRow.watched_epoch, NetRow.gradients, NetRow.dead).where(NetRow.job_id == job_id)
    row = s.execute(query).one_or_none()
    if row is None or row.watched_epoch is None:
        return None
    return row.watched_epoch, row.gradients, row.dead


def list_epochs(s: Session, job_id: str) -> list[int]:
    """The epochs whose weights are stored, oldest first; 0 stands for the initial weights."""
    query = select(WeightSnapshotRow.epoch).where(WeightSnapshotRow.job_id == job_id)
    return list(s.scalars(query.order_by(WeightSnapshotRow.epoch)))


def iterate_weights(s: Session, job_id: str, epochs: Sequence[int]) -> Iterator[tuple[int, bytes]]:
    """The stored weights of these epochs, oldest first; at most BATCH_EPOCHS in memory at once."""
    for start in range(0, len(epochs), BATCH_EPOCHS):
        batch = epochs[start : start + BATCH_EPOCHS]
        query = select(WeightSnapshotRow.epoch, WeightSnapshotRow.weights).where(
            WeightSnapshotRow.job_id == job_id, WeightSnapshotRow.epoch.in_(batch)
        )
        for row in s.execute(query.order_by(WeightSnapshotRow.epoch)):
            yield row.epoch, row.weights


def _insert_snapshots(s: Session, job_id: str, snapshots: Mapping[int, bytes]) -> None:
    rows = [{"job_id": job_id, "epoch": epoch, "weights": data} for epoch, data in snapshots.items()]
    s.execute(insert(_SNAPSHOTS), rows)
