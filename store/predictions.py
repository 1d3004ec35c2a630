"""Recorded predictions of models, what came true, and the drift that was found: bounded by a number and by an age."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy import delete as sql_delete
from sqlalchemy.orm import Session

from contract.ids import new_id
from store.database import build_upsert, execute_and_count, now
from store.tables import MonitorRow, PredictionRow

BATCH_ROWS: Final = 1000


@dataclass(frozen=True)
class PredictionRecord:
    """What is kept of one prediction, as `store.tables.PredictionRow` says."""

    id: str
    created_at: float
    bins: bytes
    predicted: bytes
    actual: bytes | None


def add(s: Session, model_id: str, bins: Sequence[bytes], predicted: Sequence[bytes], *, max_rows: int) -> list[str]:
    """Record predictions of a model, and return their ids; of all its predictions the newest `max_rows` are kept."""
    ids = [new_id("prd") for _ in bins]
    s.execute(
        insert(PredictionRow),
        [
            {"id": one, "model_id": model_id, "bins": own, "predicted": said, "actual": None}
            for one, own, said in zip(ids, bins, predicted, strict=True)
        ],
    )
    mine = (PredictionRow.model_id == model_id,)
    newest = select(PredictionRow.id).where(*mine).order_by(PredictionRow.id.desc())
    if (oldest := s.scalar(newest.offset(max_rows).limit(1))) is not None:
        execute_and_count(s, sql_delete(PredictionRow).where(*mine, PredictionRow.id <= oldest))
    return ids


def set_actual(s: Session, model_id: str, actual: Mapping[str, bytes]) -> set[str]:
    """Keep what came true, by the ids of predictions of a model; returns the ids of which there is a prediction."""
    known: set[str] = set()
    ids = list(actual)
    for start in range(0, len(ids), BATCH_ROWS):
        mine = (PredictionRow.model_id == model_id, PredictionRow.id.in_(ids[start : start + BATCH_ROWS]))
        known.update(s.scalars(select(PredictionRow.id).where(*mine)))
    if known:
        given = [{"own": one, "value": actual[one]} for one in sorted(known)]
        table = PredictionRow.__table__
        statement = update(PredictionRow).where(table.c.id == bindparam("own")).values(actual=bindparam("value"))
        s.connection().execute(statement, given)
    return known


def list_newest(s: Session, model_id: str, limit: int) -> list[PredictionRecord]:
    """The newest predictions of a model, the newest first."""
    columns = (PredictionRow.id, PredictionRow.created_at, PredictionRow.bins, PredictionRow.predicted)
    query = select(*columns, PredictionRow.actual).where(PredictionRow.model_id == model_id)
    found = s.execute(query.order_by(PredictionRow.id.desc()).limit(limit)).all()
    return [PredictionRecord(*row) for row in found]


def count_unchecked(s: Session, model_id: str, rows: int) -> int:
    """Count so many more predictions whose drift was not measured, and return how many there are."""
    counting = build_upsert(s, MonitorRow).values(model_id=model_id, unchecked=rows, drifts=[])
    more = {"unchecked": MonitorRow.unchecked + rows}
    counting = counting.on_conflict_do_update(index_elements=["model_id"], set_=more)
    return s.execute(counting.returning(MonitorRow.unchecked)).scalar_one()


def get_monitor(s: Session, model_id: str) -> MonitorRow | None:
    """What is known of a model's drift; None if nothing was recorded."""
    return s.get(MonitorRow, model_id, populate_existing=True)


def set_drifts(s: Session, model_id: str, drifts: Sequence[str]) -> None:
    """Keep the columns and targets that have drifted now."""
    values = {"unchecked": 0, "checked_at": now(), "drifts": list(drifts)}
    execute_and_count(s, update(MonitorRow).where(MonitorRow.model_id == model_id).values(values))


def delete_old(s: Session, older_than_seconds: float) -> int:
    """Delete up to BATCH_ROWS predictions of all models that are older, and count them."""
    old = select(PredictionRow.id).where(PredictionRow.created_at < now() - older_than_seconds).limit(BATCH_ROWS)
    return execute_and_count(s, sql_delete(PredictionRow).where(PredictionRow.id.in_(old)))
