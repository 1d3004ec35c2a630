"""Trials of sweeps: the jobs, what each chose and reached, and their order."""

from collections.abc import Iterable
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from contract.states import TERMINAL
from learning.search.score import read_metric, to_error
from learning.search.space import Dimension, Space, read_setting
from store.tables import EpochRow, JobRow, SweepRow

_SPACE: Final = TypeAdapter(dict[str, Dimension])


def list_trials(s: Session, sweep_id: str) -> list[JobRow]:
    """The trials of a sweep, in the order of their numbers."""
    query = select(JobRow).where(JobRow.sweep_id == sweep_id).order_by(JobRow.trial)
    return list(s.scalars(query.execution_options(populate_existing=True)))


def count_ended(s: Session, sweep_id: str) -> int:
    """The number of trials of a sweep that have ended."""
    query = select(func.count()).select_from(JobRow)
    return s.scalars(query.where(JobRow.sweep_id == sweep_id, JobRow.status.in_(TERMINAL))).one()


def score(sweep: SweepRow, trial: JobRow) -> float | None:
    """The metric of a trial at its best epoch so far."""
    return read_metric(trial.best, sweep.metric)


def rank(sweep: SweepRow, trials: Iterable[JobRow]) -> list[JobRow]:
    """The trials, the best first, and those without a value last."""

    def key(trial: JobRow) -> tuple[bool, float, int]:
        value = score(sweep, trial)
        return value is None, 0.0 if value is None else to_error(value, sweep.metric), trial.trial or 0

    return sorted(trials, key=key)


def read_space(sweep: SweepRow) -> Space:
    """What each trial chooses."""
    return _SPACE.validate_python(sweep.spec["space"])


def read_settings(sweep: SweepRow, trial: JobRow) -> dict[str, Any]:
    """What a trial chose, by setting."""
    return {name: read_setting(trial.spec, name) for name in sweep.spec["space"]}


def list_errors(s: Session, sweep: SweepRow, epoch: int, *, without: str) -> list[float]:
    """The errors at an epoch of the trials that came to it, but for that of the job `without`."""
    query = select(EpochRow.validation_loss, EpochRow.train_loss, EpochRow.metrics).join(
        JobRow, JobRow.id == EpochRow.job_id
    )
    rows = s.execute(query.where(JobRow.sweep_id == sweep.id, EpochRow.epoch == epoch, JobRow.id != without)).mappings()
    values = [read_metric({**row}, sweep.metric) for row in rows]
    return [to_error(value, sweep.metric) for value in values if value is not None]
