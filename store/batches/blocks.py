"""Blocks of batches: a worker claims one, holds it by a lease, and commits the file that it became, once.

Every write names the fencing token of the claim, and the file's key has it too, so a worker that was suspended past its
lease changes nothing: each row is in the output exactly once.
"""

from dataclasses import dataclass
from typing import Final, Literal, cast

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, update
from sqlalchemy.orm import Session

from contract.problems import PROBLEM_KINDS
from contract.states import BatchFormat
from store.batches.batches import ACTIVE, add_predict_blocks, count_predict_blocks, end_batch
from store.database import execute_and_count, now
from store.errors import NotFound
from store.leases import is_expired
from store.tables import BatchBlockRow, BatchRow, JsonObject

BlockKind = Literal["read", "predict", "join"]

MAX_ATTEMPTS: Final = 3
CRASH_LOOP: Final = PROBLEM_KINDS["crash-loop"].document(
    "Three workers in a row were lost while they predicted the same rows. Most often they need more memory than the "
    "machine has: the operator may raise it, or set GRADUS_TRAINER_MEMORY_BYTES."
)


@dataclass(frozen=True, kw_only=True)
class BlockClaim:
    """The right of one worker to do one block until the lease expires; `token` goes with everything it writes."""

    batch_id: str
    number: int
    kind: BlockKind
    token: int
    owner: str
    model_id: str
    dataset_id: str
    format: BatchFormat
    columns: tuple[str, ...]
    interval: float | None
    rows: int
    block_rows: int
    table: str | None
    """The key of the table that block 0 made; None: the dataset's own."""

    @property
    def first_row(self) -> int:
        """The number of its first row in the table, from 0."""
        return (self.number - 1) * self.block_rows


def claim(s: Session, worker: str, lease_seconds: float) -> BlockClaim | None:  # noqa: ARG001 - as other claims
    """Claim the next block of the batch whose turn is longest ago, for `lease_seconds`.

    A batch three of whose workers were lost at the same block fails here as a crash loop.
    Needs a writing transaction; the claim counts once it is committed.
    """
    while (batch := s.scalar(_select_batch(), execution_options={"populate_existing": True})) is not None:
        of_it = select(BatchBlockRow).where(BatchBlockRow.batch_id == batch.id, _is_claimable())
        block = s.scalar(of_it.order_by(BatchBlockRow.number).limit(1), execution_options={"populate_existing": True})
        if block is None:
            return None  # another worker has just claimed it
        if block.attempts >= MAX_ATTEMPTS:
            end_batch(s, batch.id, (), "failed", error=CRASH_LOOP)
            continue
        unchanged = (_is_block(batch.id, block.number), BatchBlockRow.token == block.token)
        lease = {"token": block.token + 1, "leased_until": now() + lease_seconds, "attempts": block.attempts + 1}
        if not execute_and_count(s, update(BatchBlockRow).where(*unchanged).values(lease)):
            return None
        turn: JsonObject = {"status": "running", "turn_at": now(), "revision": BatchRow.revision + 1}
        turn["started_at"] = func.coalesce(BatchRow.started_at, now())
        execute_and_count(s, update(BatchRow).where(BatchRow.id == batch.id).values(turn))
        is_read = (_is_block(batch.id, 0), BatchBlockRow.kind == "read")
        return BlockClaim(
            batch_id=batch.id,
            number=block.number,
            kind=cast("BlockKind", block.kind),
            token=block.token + 1,
            owner=batch.owner,
            model_id=batch.model_id,
            dataset_id=batch.dataset_id,
            format=batch.format,
            columns=tuple(batch.columns),
            interval=batch.interval,
            rows=batch.rows,
            block_rows=batch.block_rows,
            table=s.scalar(select(BatchBlockRow.key).where(*is_read)),
        )
    return None


def has_claimable(s: Session) -> bool:
    """Whether a block can be claimed now."""
    return s.scalar(_select_batch().with_only_columns(BatchRow.id)) is not None


def renew_lease(s: Session, claim: BlockClaim, lease_seconds: float) -> bool:
    """Renew the lease for `lease_seconds` from now; False if this claim no longer holds the block."""
    lease = {"leased_until": now() + lease_seconds}
    return execute_and_count(s, update(BatchBlockRow).where(*_is_held(claim)).values(lease)) == 1


def release(s: Session, claim: BlockClaim) -> bool:
    """Release the block to another worker; the attempt does not count. False if not held."""
    values = {"leased_until": None, "attempts": BatchBlockRow.attempts - 1}
    return execute_and_count(s, update(BatchBlockRow).where(*_is_held(claim)).values(values)) == 1


def find_lost_reason(s: Session, claim: BlockClaim) -> str | None:
    """The reason why a claim no longer holds its block; None while it does."""
    batch = s.get(BatchRow, claim.batch_id, populate_existing=True)
    if batch is None:
        raise NotFound("batch", claim.batch_id)
    if batch.status not in ACTIVE:
        return batch.status
    token = s.scalar(select(BatchBlockRow.token).where(_is_block(claim.batch_id, claim.number)))
    return None if token == claim.token else "another worker has claimed it"


def list_keys(s: Session, batch_id: str) -> list[str]:
    """The keys of the files that the blocks of rows became, in order."""
    of_rows = (BatchBlockRow.batch_id == batch_id, BatchBlockRow.kind == "predict")
    return [key or "" for key in s.scalars(select(BatchBlockRow.key).where(*of_rows).order_by(BatchBlockRow.number))]


def complete(s: Session, claim: BlockClaim, key: str, size: int, warnings: list[str] | None = None) -> bool:
    """Commit the file that a block became; False, and nothing is written, if this claim no longer holds it.

    After the last one the batch has succeeded, or has a block more to join them.
    """
    active = (BatchRow.id == claim.batch_id, BatchRow.status.in_(ACTIVE))
    batch = s.scalar(select(BatchRow).where(*active).with_for_update(), execution_options={"populate_existing": True})
    if batch is None:
        return False
    done = {"key": key, "bytes": size, "leased_until": None}
    if not execute_and_count(s, update(BatchBlockRow).where(*_is_held(claim)).values(done)):
        return False
    changes: JsonObject = {"revision": BatchRow.revision + 1}
    if claim.kind == "read":
        add_predict_blocks(s, batch)
        changes["warnings"] = [*batch.warnings, *(warnings or [])]
    if claim.kind == "predict":
        changes["rows_done"] = BatchRow.rows_done + min(claim.block_rows, claim.rows - claim.first_row)
    execute_and_count(s, update(BatchRow).where(*active).values(changes))
    s.flush()
    is_open = exists().where(BatchBlockRow.batch_id == claim.batch_id, BatchBlockRow.key.is_(None))
    if s.scalar(select(is_open)):
        return True
    blocks = count_predict_blocks(batch)
    if claim.kind == "predict" and claim.format == "parquet" and blocks > 1:
        s.add(BatchBlockRow(batch_id=claim.batch_id, number=blocks + 1, kind="join"))
        s.flush()
        return True
    return end_batch(s, claim.batch_id, (), "succeeded")


def fail(s: Session, claim: BlockClaim, problem: JsonObject) -> bool:
    """End the batch with a problem document; False if this claim no longer holds its block."""
    is_held = exists().where(*_is_held(claim))
    return end_batch(s, claim.batch_id, (is_held,), "failed", error=problem)


def _is_block(batch_id: str, number: int) -> ColumnElement[bool]:
    return and_(BatchBlockRow.batch_id == batch_id, BatchBlockRow.number == number)


def _is_held(claim: BlockClaim) -> tuple[ColumnElement[bool], ...]:
    """The conditions that are true only while a claim holds its block."""
    is_active = exists().where(BatchRow.id == claim.batch_id, BatchRow.status.in_(ACTIVE))
    return (
        _is_block(claim.batch_id, claim.number),
        BatchBlockRow.token == claim.token,
        BatchBlockRow.key.is_(None),
        is_active,
    )


def _is_claimable() -> ColumnElement[bool]:
    is_free = or_(BatchBlockRow.leased_until.is_(None), is_expired(BatchBlockRow.leased_until))
    return and_(BatchBlockRow.key.is_(None), is_free)


def _select_batch() -> Select[BatchRow]:
    """The batch whose turn it is, of those with a block that nobody holds."""
    has_block = exists().where(BatchBlockRow.batch_id == BatchRow.id, _is_claimable())
    query = select(BatchRow).where(BatchRow.status.in_(ACTIVE), has_block)
    return query.order_by(BatchRow.turn_at, BatchRow.id).limit(1).with_for_update(key_share=True)
