"""Checkpoints of jobs, from which another worker resumes training.

The bytes are a file, and the row makes them count: a file without a row is an orphan. The two newest of a job are kept,
since the newest may be corrupt. When the job ends the rows are deleted, and the worker deletes their files.
"""

from dataclasses import asdict, dataclass
from typing import Final

from sqlalchemy import delete as sql_delete
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from store.tables import CheckpointRow

MAX_CHECKPOINTS: Final = 2


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """A file that holds a training state, with its key in `store.files.files`, its hash and its size."""

    key: str
    sha256: str
    bytes: int
    epoch: int
    """The last epoch that was complete; 0 before the end of the first."""
    rows: int
    """How many rows of the next epoch were trained on."""


def list_newest_first(s: Session, job_id: str) -> list[Checkpoint]:
    """The checkpoints of a job, newest first."""
    query = select(CheckpointRow).where(CheckpointRow.job_id == job_id).order_by(CheckpointRow.number.desc())
    return [
        Checkpoint(key=row.key, sha256=row.sha256, bytes=row.bytes, epoch=row.epoch, rows=row.rows)
        for row in s.scalars(query)
    ]


def add(s: Session, job_id: str, token: int, checkpoint: Checkpoint) -> list[str]:
    """Add one, and return the keys of those that it replaces; their files may be deleted after the commit.

    For `store.jobs.claims.add_checkpoint` alone, which has checked the token.
    """
    mine = select(CheckpointRow).where(CheckpointRow.job_id == job_id)
    before = s.scalars(mine.order_by(CheckpointRow.number.desc())).all()
    number = before[0].number + 1 if before else 1
    s.execute(insert(CheckpointRow), {"job_id": job_id, "number": number, "token": token, **asdict(checkpoint)})
    replaced = [row.key for row in before[MAX_CHECKPOINTS - 1 :]]
    s.execute(sql_delete(CheckpointRow).where(CheckpointRow.job_id == job_id, CheckpointRow.key.in_(replaced)))
    return replaced
