"""Sweeps: searches for better settings, whose trials are jobs that workers claim like any others.

All that is known of a sweep is in its row and its trials, so whoever finds that trials have ended may go on with it:
the worker that ended one, or any other after a crash. Who locks a sweep and its trials locks the sweep first.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update
from sqlalchemy import delete as sql_delete
from sqlalchemy.orm import Session

from contract.ids import new_id
from contract.problems import PROBLEM_KINDS
from contract.specs import JobSpec
from contract.states import TERMINAL, SweepStatus
from learning.search.space import Settings, apply_settings
from store.database import now
from store.errors import NotFound, WrongState
from store.jobs import jobs
from store.jobs.transitions import end_job
from store.pages import list_newest_first
from store.sweeps import trials
from store.tables import JobRow, JsonObject, SweepRow

MAX_PENDING: Final = 16
"""As many trials wait or run at once at most, so that workers never wait for one, and the newest knows the others."""

PRIORITY: Final = 1
"""Trials wait for ordinary jobs of the same owner."""

Suggest = Callable[[SweepRow, Sequence[JobRow], int], Settings]
"""Chooses the settings of the trial of a number, knowing the trials before it."""

_IS_UNFINISHED: Final = JobRow.status.not_in(TERMINAL)


def add(
    s: Session,
    *,
    id: str,  # noqa: A002 - the column's name
    owner: str,
    spec: JsonObject,
    trial_base: JsonObject,
    metric: str,
    time_limit_seconds: float | None,
) -> SweepRow:
    """Add a sweep, whose first trials `advance` queues.

    `spec` is an admitted `SweepSpec` as JSON, `trial_base` its base with one net.
    """
    row = SweepRow(id=id, owner=owner, spec=spec, trial_base=trial_base, metric=metric)
    s.add(row)
    s.flush()
    if time_limit_seconds is not None:
        s.execute(update(SweepRow).where(SweepRow.id == id).values(deadline=SweepRow.created_at + time_limit_seconds))
        s.refresh(row)
    return row


def get(s: Session, owner: str, sweep_id: str) -> SweepRow:
    """The current row of a sweep."""
    return _get(s, SweepRow.id == sweep_id, SweepRow.owner == owner, name=sweep_id)


def find(s: Session, sweep_id: str) -> SweepRow:
    """The current row of a sweep of any owner."""
    return _get(s, SweepRow.id == sweep_id, name=sweep_id)


def list_page(
    s: Session, owner: str, limit: int, after: str | None, *, statuses: Collection[SweepStatus] = ()
) -> tuple[list[SweepRow], bool]:
    """Up to `limit` sweeps older than the one whose id is `after`, newest first, and whether there are more."""
    query = select(SweepRow).where(SweepRow.owner == owner)
    if statuses:
        query = query.where(SweepRow.status.in_(statuses))
    return list_newest_first(s, query, SweepRow.id, limit=limit, after=after, large_columns=(SweepRow.spec,))


def count_unfinished(s: Session, owner: str) -> int:
    """The number of sweeps of an owner that have not ended."""
    query = select(func.count()).select_from(SweepRow)
    return s.scalars(query.where(SweepRow.owner == owner, SweepRow.status == "running")).one()


def list_stalled(s: Session) -> list[str]:
    """The sweeps that wait for somebody to go on with them: no trial of theirs waits or runs, or their time is over."""
    trial = exists().where(JobRow.sweep_id == SweepRow.id, _IS_UNFINISHED)
    waiting = exists().where(JobRow.sweep_id == SweepRow.id, JobRow.status == "queued")
    stalled = or_(~trial, and_(SweepRow.deadline < now(), waiting))
    query = select(SweepRow.id).where(SweepRow.status == "running", stalled)
    return list(s.scalars(query.order_by(SweepRow.id)))


def advance(s: Session, sweep_id: str, suggest: Suggest) -> int:
    """Go on with a sweep: queue further trials, or, after the last, the job that makes the model; how many jobs.

    It does nothing if the sweep has ended or has trials enough that wait or run, and may be called at any time.
    """
    sweep = s.scalar(_select(SweepRow.id == sweep_id).with_for_update())
    if sweep is None or sweep.status != "running":
        return 0
    of_sweep = (JobRow.sweep_id == sweep_id, _IS_UNFINISHED)
    if _is_over(s, sweep):
        queued = select(JobRow.id).where(*of_sweep, JobRow.status.in_(("queued", "paused")))
        _cancel_trials(s, s.scalars(queued.with_for_update()).all())
        missing = 0
    else:
        missing = sweep.spec["trials"] - sweep.trials
    unfinished = s.scalars(select(func.count()).select_from(JobRow).where(*of_sweep)).one()
    wanted = min(MAX_PENDING - unfinished, missing)
    if wanted > 0:
        known = trials.list_trials(s, sweep_id) if sweep.spec["sampler"] != "random" else []
        for trial in range(sweep.trials + 1, sweep.trials + wanted + 1):
            known.append(_add_trial(s, sweep, trial, suggest(sweep, known, trial)))
        sweep.trials += wanted
        s.flush()
        return wanted
    return 0 if unfinished or missing else _end(s, sweep)


def cancel(s: Session, owner: str, sweep_id: str) -> SweepRow:
    """End a sweep now, and its trials; no change if it is cancelled already.

    Raises:
        WrongState: it has ended otherwise.
    """
    sweep = _lock(s, owner, sweep_id)
    if sweep.status == "running":
        _cancel_trials(s, s.scalars(select(JobRow.id).where(JobRow.sweep_id == sweep_id, _IS_UNFINISHED)).all())
        _set_end(s, sweep, "cancelled")
    if sweep.status != "cancelled":
        raise WrongState(f"The sweep has {sweep.status} and cannot be cancelled.", sweep.status, list_actions(sweep))
    return sweep


def finish(s: Session, owner: str, sweep_id: str) -> SweepRow:
    """Request that no further trial starts, and that the best so far becomes the model; `advance` does it.

    Raises:
        WrongState: it has ended otherwise than so, or no trial has an epoch yet.
    """
    sweep = _lock(s, owner, sweep_id)
    if sweep.status == "running":
        tried = exists().where(JobRow.sweep_id == sweep_id, JobRow.best.is_not(None))
        if not s.scalar(select(tried)):
            detail = "No trial has a complete epoch yet that the sweep could finish with; wait for one, or cancel it."
            raise WrongState(detail, sweep.status, list_actions(sweep))
        sweep.finish_asked_at = sweep.finish_asked_at or _read_clock(s)
        s.flush()
    elif sweep.finish_asked_at is None or sweep.status != "succeeded":
        raise WrongState(f"The sweep has {sweep.status} and cannot be finished.", sweep.status, list_actions(sweep))
    return sweep


def delete(s: Session, owner: str, sweep_id: str) -> None:
    """Delete a sweep that has ended, and its trials; the job of its best settings and the model stay.

    Raises:
        WrongState: it has not ended yet.
    """
    sweep = _lock(s, owner, sweep_id)
    if sweep.status == "running":
        raise WrongState("The sweep is running; cancel it first.", sweep.status, list_actions(sweep))
    s.execute(sql_delete(SweepRow).where(SweepRow.id == sweep_id))


def list_actions(sweep: SweepRow) -> tuple[str, ...]:
    """The actions that the state of a sweep allows."""
    return ("finish", "cancel") if sweep.status == "running" else ("delete",)


def _add_trial(s: Session, sweep: SweepRow, trial: int, settings: Settings) -> JobRow:
    spec = _make_spec(sweep.trial_base, settings)
    row = JobRow(
        id=new_id("job"),
        owner=sweep.owner,
        dataset_id=spec["dataset_id"],
        spec=spec,
        epochs=spec["epochs"],
        tags=spec["tags"],
        priority=PRIORITY,
        sweep_id=sweep.id,
        trial=trial,
    )
    s.add(row)
    s.flush()
    return row


def _make_spec(base: JsonObject, settings: Mapping[str, Any]) -> JsonObject:
    """The spec of a job with these settings, as JSON."""
    return JobSpec.model_validate(apply_settings(base, settings), strict=False).model_dump(mode="json")


def _end(s: Session, sweep: SweepRow) -> int:
    """End a sweep whose trials have ended: the best settings are trained once more; how many jobs were queued."""
    ranked = trials.rank(sweep, trials.list_trials(s, sweep.id))
    if not ranked or trials.score(sweep, ranked[0]) is None:
        reason = next((trial.error["detail"] for trial in ranked if trial.error and trial.error.get("detail")), None)
        detail = "No trial has a value of the metric." + (f" The first that failed says: {reason}" if reason else "")
        _set_end(s, sweep, "failed", error=PROBLEM_KINDS["learning-failed"].document(detail))
        return 0
    base, settings = sweep.spec["base"], trials.read_settings(sweep, ranked[0])
    spec = _make_spec(base, settings)
    try:
        job = jobs.add(
            s,
            id=new_id("job"),
            owner=sweep.owner,
            dataset_id=spec["dataset_id"],
            spec_json=JobSpec.model_validate(spec, strict=False).model_dump_json(),
            reasons=dict.fromkeys(settings, f"The best of {len(ranked)} trials of {sweep.id}."),
        )
    except NotFound:
        detail = "The dataset was deleted before the best settings could be trained."
        _set_end(s, sweep, "failed", error=PROBLEM_KINDS["learning-failed"].document(detail))
        return 0
    _set_end(s, sweep, "succeeded", job_id=job.id)
    return base["nets"]


def _set_end(s: Session, sweep: SweepRow, status: SweepStatus, **values: Any) -> None:
    s.execute(update(SweepRow).where(SweepRow.id == sweep.id).values(status=status, finished_at=now(), **values))
    s.refresh(sweep)


def _cancel_trials(s: Session, job_ids: Iterable[str]) -> None:
    for job_id in job_ids:
        end_job(s, job_id, (JobRow.id == job_id, _IS_UNFINISHED), "cancelled")


def _is_over(s: Session, sweep: SweepRow) -> bool:
    """Whether no trial is to start any more."""
    is_late = sweep.deadline is not None and sweep.deadline < _read_clock(s)
    return sweep.finish_asked_at is not None or is_late


def _read_clock(s: Session) -> float:
    return s.scalars(select(now())).one()


def _lock(s: Session, owner: str, sweep_id: str) -> SweepRow:
    return _get(s, SweepRow.id == sweep_id, SweepRow.owner == owner, name=sweep_id, lock=True)


def _get(s: Session, *conditions: ColumnElement[bool], name: str, lock: bool = False) -> SweepRow:
    query = _select(*conditions)
    row = s.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise NotFound("sweep", name)
    return row


def _select(*conditions: ColumnElement[bool]) -> Any:
    return select(SweepRow).where(and_(*conditions)).execution_options(populate_existing=True)
