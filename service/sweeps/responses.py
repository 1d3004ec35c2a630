"""Responses about sweeps, made from rows of the store."""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy.orm import Session

from contract.sweeps import SweepResponse, TrialCounts, TrialResponse
from learning.search.importance import measure_importance
from learning.search.score import is_error, to_error
from learning.search.space import Range
from store.sweeps import sweeps
from store.sweeps import trials as sweep_trials
from store.tables import JobRow, SweepRow


def sweep_response(s: Session, sweep: SweepRow) -> SweepResponse:
    """A sweep, with what its trials have found so far."""
    trials = sweep_trials.rank(sweep, sweep_trials.list_trials(s, sweep.id))
    best = trials[0] if trials and sweep_trials.score(sweep, trials[0]) is not None else None
    return SweepResponse.model_validate(
        {
            "id": sweep.id,
            "status": sweep.status,
            "created_at": sweep.created_at,
            "finished_at": sweep.finished_at,
            "spec": sweep.spec,
            "metric": sweep.metric,
            "minimize": is_error(sweep.metric),
            "trials": _count(sweep, trials),
            "best": None if best is None else trial_response(sweep, best),
            "importance": _measure_importance(sweep, trials),
            "job_id": sweep.job_id,
            "error": sweep.error,
            "allowed_actions": sweeps.list_actions(sweep),
        },
        strict=False,
    )


def trial_response(sweep: SweepRow, row: JobRow) -> TrialResponse:
    """A trial, with what it chose and reached."""
    return TrialResponse.model_validate(
        {
            "trial": row.trial,
            "job_id": row.id,
            "status": row.status,
            "stop_reason": row.stop_reason,
            "settings": sweep_trials.read_settings(sweep, row),
            "value": sweep_trials.score(sweep, row),
            "best_epoch": None if row.best is None else row.best["epoch"],
            "epoch": row.epoch,
            "error": row.error,
        }
    )


def _count(sweep: SweepRow, trials: Sequence[JobRow]) -> TrialCounts:
    counts = Counter("pruned" if row.stop_reason == "pruned" else row.status for row in trials)
    return TrialCounts(
        total=sweep.spec["trials"],
        queued=counts["queued"] + counts["paused"],
        running=counts["running"],
        succeeded=counts["succeeded"],
        pruned=counts["pruned"],
        failed=counts["failed"],
        cancelled=counts["cancelled"],
    )


def _measure_importance(sweep: SweepRow, trials: Sequence[JobRow]) -> dict[str, float | None]:
    space = sweep_trials.read_space(sweep)
    values = {row.id: sweep_trials.score(sweep, row) for row in trials if row.finished_at is not None}
    scored = [(row, value) for row in trials if (value := values.get(row.id)) is not None]
    ranges = frozenset(name for name, dimension in space.items() if isinstance(dimension, Range))
    settings = [sweep_trials.read_settings(sweep, row) for row, _ in scored]
    found = measure_importance(settings, [to_error(value, sweep.metric) for _, value in scored], ranges)
    return found or dict.fromkeys(space)
