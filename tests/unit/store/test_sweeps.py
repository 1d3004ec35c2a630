"""Sweeps in the store: trials are queued as others end, the best settings become a job, and nothing is doubled."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from contract.ids import new_id
from contract.specs import JobSpec
from learning.search.space import Settings
from store.database import SessionFactory, begin_write, now
from store.errors import NotFound, WrongState
from store.jobs import claims, jobs
from store.jobs.claims import JobClaim, JobProgress
from store.sweeps import sweeps
from store.sweeps import trials as sweep_trials
from store.tables import JobRow, SweepRow
from tests.unit.store.factories import OWNER, PROBLEM, add_dataset, epochs

TRIALS = 40
SPACE = {"batch_size": [8, 16, 32]}


def add_sweep(s: Session, *, owner: str = OWNER, trials: int = TRIALS, limit: float | None = None) -> str:
    base = JobSpec(dataset_id=add_dataset(s, owner=owner, status="ready").id, target="price", epochs=9)
    document = base.model_dump(mode="json")
    spec = {"base": document, "space": SPACE, "trials": trials, "sampler": "random", "stop_early": "asha", "seed": 0}
    return sweeps.add(
        s,
        id=new_id("sw"),
        owner=owner,
        spec=spec,
        trial_base=document,
        metric="validation_loss",
        time_limit_seconds=limit,
    ).id


def suggest(_: SweepRow, __: Sequence[JobRow], trial: int) -> Settings:
    return {"batch_size": [8, 16, 32][trial % 3]}


def claim(s: Session) -> JobClaim:
    held = claims.claim(s, "worker", 30)
    assert held is not None
    return held


def train(s: Session, held: JobClaim, loss: float, last: int = 3) -> None:
    """Record epochs of a trial, of which the last is the best."""
    best: dict[str, Any] = {"epoch": last, "validation_loss": loss, "metrics": {}}
    progress = JobProgress(samples_per_second=None, eta_seconds=None, best=best)
    assert claims.add_epochs(s, held.job_id, held.token, epochs(1, last), progress)


def run_all(s: Session, sweep_id: str) -> None:
    """Train the trials of a sweep to its end, the one of number 7 best."""
    while sweeps.find(s, sweep_id).status == "running":
        held = claim(s)
        number = claims.get_row(s, held.job_id).trial or 0
        train(s, held, abs(number - 7) + 0.5)
        assert claims.succeed_trial(s, held.job_id, held.token, "ab", "early_stopping")
        sweeps.advance(s, sweep_id, suggest)


@pytest.fixture
def session(db: SessionFactory) -> Iterator[Session]:
    with begin_write(db) as s:
        yield s


def test_trials_are_queued_up_to_a_limit_and_again_as_others_end(session: Session) -> None:
    sweep_id = add_sweep(session)
    assert sweeps.advance(session, sweep_id, suggest) == sweeps.MAX_PENDING
    assert sweeps.advance(session, sweep_id, suggest) == 0, "there are enough"
    held = claim(session)
    row = claims.get_row(session, held.job_id)
    assert (row.sweep_id, row.trial, row.spec["batch_size"], held.sweep_id) == (sweep_id, 1, 16, sweep_id)
    assert sweeps.advance(session, sweep_id, suggest) == 0
    assert claims.fail(session, held.job_id, held.token, PROBLEM)
    assert sweeps.advance(session, sweep_id, suggest) == 1


def test_the_best_settings_are_trained_once_more_by_an_ordinary_job(session: Session) -> None:
    sweep_id = add_sweep(session)
    sweeps.advance(session, sweep_id, suggest)
    run_all(session, sweep_id)
    sweep = sweeps.get(session, OWNER, sweep_id)
    trials = sweep_trials.list_trials(session, sweep_id)
    assert (sweep.status, [row.trial for row in trials]) == ("succeeded", list(range(1, TRIALS + 1)))
    assert sweep_trials.rank(sweep, trials)[0].trial == 7
    job = jobs.get(session, OWNER, sweep.job_id or "")
    assert (job.status, job.sweep_id, job.spec["batch_size"]) == ("queued", None, 16)
    assert job.reasons is not None
    assert list(job.reasons) == ["batch_size"]
    assert sweeps.advance(session, sweep_id, suggest) == 0, "it has ended"
    assert [row.id for row in jobs.list_page(session, OWNER, 100)[0]] == [job.id], "trials are not listed"
    assert len(jobs.list_page(session, OWNER, 100, sweep_id=sweep_id)[0]) == TRIALS


def test_a_sweep_whose_trials_have_no_value_fails_with_the_reason(session: Session) -> None:
    sweep_id = add_sweep(session, trials=3)
    sweeps.advance(session, sweep_id, suggest)
    for _ in range(3):
        held = claim(session)
        assert claims.fail(session, held.job_id, held.token, PROBLEM)
    sweeps.advance(session, sweep_id, suggest)
    sweep = sweeps.get(session, OWNER, sweep_id)
    assert sweep.status == "failed"
    assert sweep.error is not None
    assert "Try a smaller learning_rate" in sweep.error["detail"]


def test_it_is_stalled_when_no_trial_is_left_and_nobody_went_on(session: Session) -> None:
    sweep_id = add_sweep(session, trials=2)
    assert sweeps.list_stalled(session) == [sweep_id]
    sweeps.advance(session, sweep_id, suggest)
    assert sweeps.list_stalled(session) == []
    for _ in range(2):
        held = claim(session)
        train(session, held, 1.0)
        claims.succeed_trial(session, held.job_id, held.token, "ab", "all_epochs")
    assert sweeps.list_stalled(session) == [sweep_id], "the worker was lost before it went on"
    sweeps.advance(session, sweep_id, suggest)
    assert sweeps.list_stalled(session) == []


def test_over_time_waiting_trials_are_cancelled_and_running_ones_end(session: Session) -> None:
    sweep_id = add_sweep(session, limit=60)
    sweeps.advance(session, sweep_id, suggest)
    held = claim(session)
    session.execute(update(SweepRow).values(deadline=now() - 1))
    assert sweeps.list_stalled(session) == [sweep_id]
    assert sweeps.advance(session, sweep_id, suggest) == 0
    trials = sweep_trials.list_trials(session, sweep_id)
    assert [row.status for row in trials] == ["running"] + ["cancelled"] * (sweeps.MAX_PENDING - 1)
    train(session, held, 1.0)
    claims.succeed_trial(session, held.job_id, held.token, "ab", "all_epochs")
    assert sweeps.advance(session, sweep_id, suggest) == 1
    assert sweeps.get(session, OWNER, sweep_id).status == "succeeded"


def test_finish_ends_with_the_best_so_far_once_there_is_one(session: Session) -> None:
    sweep_id = add_sweep(session)
    sweeps.advance(session, sweep_id, suggest)
    held = claim(session)
    with pytest.raises(WrongState, match="No trial has a complete epoch"):
        sweeps.finish(session, OWNER, sweep_id)
    train(session, held, 1.0)
    sweeps.finish(session, OWNER, sweep_id)
    sweeps.advance(session, sweep_id, suggest)
    claims.succeed_trial(session, held.job_id, held.token, "ab", "all_epochs")
    sweeps.advance(session, sweep_id, suggest)
    assert sweeps.finish(session, OWNER, sweep_id).status == "succeeded", "finishing twice is harmless"


def test_cancel_ends_all_trials_and_delete_takes_them_along(session: Session) -> None:
    sweep_id = add_sweep(session)
    sweeps.advance(session, sweep_id, suggest)
    held = claim(session)
    with pytest.raises(WrongState, match="cancel it first"):
        sweeps.delete(session, OWNER, sweep_id)
    assert sweeps.cancel(session, OWNER, sweep_id).status == "cancelled"
    assert {row.status for row in sweep_trials.list_trials(session, sweep_id)} == {"cancelled"}
    assert not claims.succeed_trial(session, held.job_id, held.token, "ab", "all_epochs")
    assert sweeps.cancel(session, OWNER, sweep_id).status == "cancelled"
    sweeps.delete(session, OWNER, sweep_id)
    assert jobs.list_page(session, OWNER, 100, sweep_id=sweep_id) == ([], False)


def test_another_owner_sees_nothing_of_it(session: Session) -> None:
    sweep_id = add_sweep(session)
    for action in (sweeps.get, sweeps.cancel, sweeps.finish, sweeps.delete):
        with pytest.raises(NotFound):
            action(session, "ann", sweep_id)
    assert sweeps.list_page(session, "ann", 10, None) == ([], False)


def test_errors_at_an_epoch_are_of_those_that_came_to_it(session: Session) -> None:
    sweep_id = add_sweep(session)
    sweeps.advance(session, sweep_id, suggest)
    first, second = claim(session), claim(session)
    train(session, first, 1.0, last=4)
    train(session, second, 1.0, last=2)
    sweep = sweeps.find(session, sweep_id)
    sweep.metric = "rmse"
    assert sweep_trials.list_errors(session, sweep, 2, without=first.job_id) == [1.0]
    assert sweep_trials.list_errors(session, sweep, 4, without=first.job_id) == []
