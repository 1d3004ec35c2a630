"""Checkpoints of jobs, from which another worker resumes training.

A checkpoint is a file and a row; a file without a row is an orphan. The two newest of a job are kept, since the newest
may be corrupt. When the job ends the rows are deleted, and the worker deletes their files.
"""

from dataclasses import asdict, dataclass
from typing import Final

from sqlalchemy import delete as sql_delete
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from store.tables import CheckpointRow, JobRow

MAX_CHECKPOINTS: Final = 2


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """A training state in a file, with the file's key in `store.files.files`, its hash and its size."""

    key: str
    sha256: str
    bytes: int
    epoch: int
    """The last complete epoch; 0 before the end of the first."""
    rows: int
    """The number of rows of the next epoch trained on so far."""


def list_newest_first(s: Session, job_id: str) -> list[Checkpoint]:
    """The checkpoints of a job, newest first."""
    query = select(CheckpointRow).where(CheckpointRow.job_id == job_id).order_by(CheckpointRow.number.desc())
    return [
        Checkpoint(key=row.key, sha256=row.sha256, bytes=row.bytes, epoch=row.epoch, rows=row.rows)
        for row in s.scalars(query)
    ]


def list_of_nets(s: Session, job_id: str) -> list[Checkpoint]:
    """The checkpoints of a job and of its nets, if it is an ensemble."""
    nets = select(JobRow.id).where(JobRow.ensemble_id == job_id)
    return [each for net in (job_id, *s.scalars(nets)) for each in list_newest_first(s, net)]


def add(s: Session, job_id: str, token: int, checkpoint: Checkpoint) -> list[str]:
    """Add a checkpoint, and return the keys of those that it replaces; their files may be deleted after the commit.

    For `store.jobs.claims.add_checkpoint` alone, which checks the token.
    """
    query = select(CheckpointRow).where(CheckpointRow.job_id == job_id)
    earlier = s.scalars(query.order_by(CheckpointRow.number.desc())).all()
    number = earlier[0].number + 1 if earlier else 1
    s.execute(insert(CheckpointRow), {"job_id": job_id, "number": number, "token": token, **asdict(checkpoint)})
    replaced = [row.key for row in earlier[MAX_CHECKPOINTS - 1 :]]
    s.execute(sql_delete(CheckpointRow).where(CheckpointRow.job_id == job_id, CheckpointRow.key.in_(replaced)))
    return replaced
