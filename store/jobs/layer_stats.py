"""Layer statistics of jobs' nets, epoch by epoch, which show why a net does not learn."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Text, cast, insert, select
from sqlalchemy.orm import Session

from store.pages import split_page
from store.tables import JsonObject, LayerStatsRow, Row


@dataclass(frozen=True, kw_only=True)
class LayerStatsRecord:
    """The layers after one epoch. A number that is not finite is None here, and named in `non_finite`."""

    epoch: int
    layers: list[JsonObject]
    non_finite: dict[str, str] | None = None


def list_page_as_json(
    s: Session, job_id: str, net: int | None, after_epoch: int, limit: int
) -> tuple[dict[int, str], bool]:
    """Up to `limit` measured epochs after `after_epoch`, oldest first, and whether there are more.

    Each is JSON text as stored, with the number of the net if it is of an ensemble; parsing many would be slow.
    """
    conditions = (LayerStatsRow.job_id == job_id, LayerStatsRow.epoch > after_epoch)
    query = select(LayerStatsRow.epoch, cast(LayerStatsRow.layers, Text), cast(LayerStatsRow.non_finite, Text)).where(
        *conditions
    )
    rows, more = split_page(list(s.execute(query.order_by(LayerStatsRow.epoch).limit(limit + 1))), limit)
    return {
        epoch: f'{{"epoch":{epoch},"net":{net or "null"},"layers":{layers},"non_finite":{non_finite or "null"}}}'
        for epoch, layers, non_finite in rows
    }, more


def list_latest(s: Session, job_id: str, limit: int) -> list[LayerStatsRow]:
    """The last measured epochs, up to `limit`, oldest first."""
    query = select(LayerStatsRow).where(LayerStatsRow.job_id == job_id)
    return list(s.scalars(query.order_by(LayerStatsRow.epoch.desc()).limit(limit)))[::-1]


def add(s: Session, job_id: str, records: Sequence[LayerStatsRecord]) -> None:
    """Add records; the caller's transaction records their epochs, or ends the job, and so checks the token."""
    # a table is quicker to insert into than its class
    s.execute(insert(Row.metadata.tables["layers"]), [{"job_id": job_id, **vars(record)} for record in records])
