"""What the layers of jobs' nets were like, epoch by epoch, so that a person can see why a net does not learn."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete as sql_delete
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from store.paging import cut
from store.rows import JsonObject, LayersRow


@dataclass(frozen=True, kw_only=True)
class LayersRecord:
    """The layers after one epoch. A number that is not finite is None here, and named in `non_finite`."""

    epoch: int
    layers: list[JsonObject]
    non_finite: dict[str, str] | None = None


def page(s: Session, job_id: str, after_epoch: int, limit: int) -> tuple[list[LayersRow], bool]:
    """Up to `limit` epochs that were looked at after `after_epoch`, oldest first, and whether there are more.

    The caller has looked the job up under its owner before.
    """
    query = select(LayersRow).where(LayersRow.job_id == job_id, LayersRow.epoch > after_epoch)
    return cut(list(s.scalars(query.order_by(LayersRow.epoch).limit(limit + 1))), limit)


def latest(s: Session, job_id: str, limit: int) -> list[LayersRow]:
    """The last epochs that were looked at, up to `limit`, oldest first; see `page`."""
    query = select(LayersRow).where(LayersRow.job_id == job_id)
    return list(s.scalars(query.order_by(LayersRow.epoch.desc()).limit(limit)))[::-1]


def append(s: Session, job_id: str, records: Sequence[LayersRecord]) -> None:
    """Keep one or more; what there is of these epochs is replaced. The caller's transaction must check the token."""
    epochs = [record.epoch for record in records]
    s.execute(sql_delete(LayersRow).where(LayersRow.job_id == job_id, LayersRow.epoch.in_(epochs)))
    s.execute(insert(LayersRow), [{"job_id": job_id, **vars(record)} for record in records])
