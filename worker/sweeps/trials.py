"""Sweeps at work: what the next trial tries, whether a trial goes on, and going on when one has ended."""

from collections.abc import Sequence

from learning.search.halving import goes_on, list_rungs
from learning.search.score import read_metric, to_error
from learning.search.space import Settings, draw_settings
from learning.training.trainer import Epoch
from process.logs import get_logger
from store.database import begin_read, begin_write, first_line
from store.jobs.claims import JobClaim
from store.sweeps import sweeps
from store.sweeps import trials as sweep_trials
from store.tables import JobRow, SweepRow
from worker.context import DATABASE_UNAVAILABLE, WorkerContext

log = get_logger(__name__)


class Pruner:
    """Decides at a few epochs whether a trial goes on, or others were so much better that it stops."""

    def __init__(self, context: WorkerContext, claim: JobClaim) -> None:
        self._sessions = context.sessions
        self._job_id, self._sweep_id = claim.job_id, claim.sweep_id
        self._rungs = () if claim.sweep_id is None else list_rungs(claim.epochs)

    def stops(self, epoch: Epoch) -> bool:
        """Whether the trial stops after an epoch; never while the database does not say how the others are."""
        if epoch.epoch not in self._rungs or self._sweep_id is None:
            return False
        try:
            with begin_read(self._sessions) as s:
                sweep = sweeps.find(s, self._sweep_id)
                others = sweep_trials.list_errors(s, sweep, epoch.epoch, without=self._job_id)
        except DATABASE_UNAVAILABLE as error:
            log.warning("trial goes on, others unknown", job=self._job_id, error=first_line(error))
            return False
        if not sweep.spec["stop_early"]:
            return False
        value = read_metric(vars(epoch), sweep.metric)
        return value is None or not goes_on(to_error(value, sweep.metric), others)


def advance_sweep(context: WorkerContext, sweep_id: str) -> None:
    """Go on with a sweep, one of whose trials has ended; if the database is unavailable, the reconciler does later."""
    try:
        with begin_write(context.sessions) as s:
            queued = sweeps.advance(s, sweep_id, suggest)
    except DATABASE_UNAVAILABLE as error:
        log.warning("sweep waits", sweep=sweep_id, error=first_line(error))
    else:
        log.info("sweep went on", sweep=sweep_id, queued=queued)


def advance_stalled(context: WorkerContext) -> None:
    """Go on with all sweeps that wait for somebody."""
    try:
        with begin_read(context.sessions) as s:
            stalled = sweeps.list_stalled(s)
    except DATABASE_UNAVAILABLE as error:
        log.warning("sweeps wait", error=first_line(error))
        return
    for sweep_id in stalled:
        advance_sweep(context, sweep_id)


def suggest(sweep: SweepRow, trials: Sequence[JobRow], trial: int) -> Settings:
    """The settings of the trial of a number, by the sweep's sampler, knowing the trials before it."""
    space, seed = sweep_trials.read_space(sweep), sweep.spec["seed"]
    if sweep.spec["sampler"] == "tpe":
        from worker.sweeps.tpe import RANDOM_TRIALS, suggest_tpe  # noqa: PLC0415 - an extra, which takes half a second

        if trial > RANDOM_TRIALS:
            return suggest_tpe(sweep, space, trials, trial)
    return draw_settings(space, seed, trial)
