"""Turns: whose job is claimed next, and whether a running job is to make room for one of another owner."""

from typing import Final

from sqlalchemy import Select, and_, bindparam, func, select
from sqlalchemy.orm import Session, aliased

from store.database import now
from store.leases import is_expired
from store.tables import JobRow

# Built once: building a query takes longer than running it.
IS_QUEUED: Final = and_(JobRow.status == "queued", JobRow.waiting_nets == 0)
"""Queued, and no ensemble whose nets have not ended."""
IS_EXPIRED: Final = and_(JobRow.status == "running", is_expired(JobRow.leased_until))
_SELECT_NEXT: Final = select(JobRow, now()).limit(1).execution_options(populate_existing=True)
_SELECT_EXPIRED: Final = _SELECT_NEXT.where(IS_EXPIRED).order_by(JobRow.leased_until)
"""Not locked: who ends a net locks those before it first."""
_SELECT_QUEUED: Final = (
    _SELECT_NEXT.where(IS_QUEUED, JobRow.owner == bindparam("owner"))
    .order_by(JobRow.priority, JobRow.id)
    .with_for_update(skip_locked=True)
)
_SELECT_EXPIRED_RIVAL: Final = select(JobRow.id).where(IS_EXPIRED, JobRow.owner != bindparam("owner")).limit(1)
_COUNT_RUNNING: Final = select(func.count()).where(
    JobRow.status == "running", JobRow.waiting_nets == 0, JobRow.owner == bindparam("owner")
)


def _select_owners_in_turn() -> Select[str, int]:
    """The owners with queued jobs, and their running jobs: fewest running jobs first, then longest time since a turn.

    Owners who never had a turn are ordered by the priority and age of their next job. The recursive query skips along
    the index from owner to owner (a loose index scan), so its cost grows with owners and not with jobs.
    """
    other, first = aliased(JobRow), aliased(JobRow)
    is_queued = and_(other.status == "queued", other.waiting_nets == 0)
    waiting = select(func.min(JobRow.owner).label("owner")).where(IS_QUEUED).cte("waiting", recursive=True)
    following = select(func.min(other.owner)).where(is_queued, other.owner > waiting.c.owner)
    waiting = waiting.union_all(select(following.scalar_subquery()).where(waiting.c.owner.is_not(None)))
    is_theirs = other.owner == waiting.c.owner
    is_running = and_(other.status == "running", other.waiting_nets == 0)
    running = select(func.count()).where(is_theirs, is_running).scalar_subquery()
    last = func.coalesce(select(func.max(other.turn_at)).where(is_theirs).scalar_subquery(), 0.0)
    head = select(other.id).where(is_theirs, is_queued).order_by(other.priority, other.id).limit(1)
    owners = select(first.owner, running.label("running")).select_from(waiting)
    owners = owners.join(first, first.id == head.scalar_subquery())
    return owners.order_by("running", last, first.priority, first.id)


_OWNERS_IN_TURN: Final = _select_owners_in_turn()


def select_next_job(s: Session) -> tuple[JobRow, float] | None:
    """The job to claim next, on PostgreSQL locked if it is queued, and the database's time."""
    selected = s.execute(_SELECT_EXPIRED).one_or_none()
    owners = iter(s.scalars(_OWNERS_IN_TURN).all() if selected is None else ())
    # on PostgreSQL another worker may have locked the last job of an owner meanwhile
    while selected is None and (owner := next(owners, None)) is not None:
        selected = s.execute(_SELECT_QUEUED, {"owner": owner}).one_or_none()
    return None if selected is None else (selected[0], selected[1])


def has_rival(s: Session, owner: str) -> bool:
    """Whether the next claim would be of another owner's job, if a running job of this owner were released.

    That is a job whose worker was lost, or one of an owner with fewer running jobs; never one that is paused.
    """
    if s.scalar(_SELECT_EXPIRED_RIVAL, {"owner": owner}) is not None:
        return True
    others = (running for other, running in s.execute(_OWNERS_IN_TURN) if other != owner)
    fewest = next(others, None)
    return fewest is not None and fewest < s.scalars(_COUNT_RUNNING, {"owner": owner}).one()
