"""Sweeps with real workers: trials on all of them, early stopping, and nothing lost or doubled by kill -9."""

import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from contract.ids import new_id
from contract.specs import JobSpec
from learning.search.space import Range
from store.database import begin_read, begin_write
from store.sweeps import sweeps
from store.sweeps import trials as sweep_trials
from store.tables import JobRow, SweepRow
from tests.databases import on_every_kind
from tests.integration.worker.tables_to_learn import sums
from tests.running import OWNER, Installation
from worker.sweeps.trials import suggest

TRIALS = 24
SPACE: dict[str, Any] = {"optimizer.learning_rate": {"low": 1e-5, "high": 0.1, "log": True}, "batch_size": [16, 64]}
PENGUINS = (Path(__file__).parents[3] / "examples" / "penguins.csv").read_text()


@pytest.fixture(scope="module")
def installation(module_installation: Installation) -> Installation:
    return module_installation


def start(installation: Installation, table: str, target: str, *, epochs: int = 30, **more: Any) -> str:
    base = JobSpec(dataset_id=installation.add_dataset(table), target=target, epochs=epochs, model_name="found")
    document = base.model_dump(mode="json")
    spec = {"base": document, "space": SPACE, "trials": TRIALS, "sampler": "random", "stop_early": "asha", "seed": 0}
    with begin_write(installation.sessions) as s:
        sweep = sweeps.add(
            s,
            id=new_id("sw"),
            owner=OWNER,
            spec={**spec, **more},
            trial_base=document,
            metric="validation_loss",
            time_limit_seconds=None,
        )
        sweeps.advance(s, sweep.id, suggest)
        return sweep.id


def wait(installation: Installation, sweep_id: str, seconds: float = 240) -> SweepRow:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with begin_read(installation.sessions) as s:
            sweep = sweeps.get(s, OWNER, sweep_id)
        if sweep.status != "running":
            return sweep
        time.sleep(0.1)
    raise AssertionError(f"sweep {sweep_id} runs still")


def list_trials(installation: Installation, sweep_id: str) -> list[JobRow]:
    with begin_read(installation.sessions) as s:
        return sweep_trials.list_trials(s, sweep_id)


def test_the_best_of_many_trials_becomes_the_model_and_poor_ones_stop_early(steady: Installation) -> None:
    sweep = wait(steady, sweep_id := start(steady, PENGUINS, "species"))
    trials = list_trials(steady, sweep_id)
    assert (sweep.status, [row.trial for row in trials]) == ("succeeded", list(range(1, TRIALS + 1)))
    assert {row.status for row in trials} == {"succeeded"}
    pruned = [row for row in trials if row.stop_reason == "pruned"]
    assert len(pruned) > TRIALS // 4
    assert all(row.epoch in {4, 10} for row in pruned), "only at the rungs"
    assert all(row.model_id is None for row in trials)
    best = sweep_trials.rank(sweep, trials)[0]
    job = steady.wait_for_end(sweep.job_id or "")
    assert (job.status, job.error) == ("succeeded", None)
    assert {name: sweep_trials.read_settings(sweep, job)[name] for name in SPACE} == sweep_trials.read_settings(
        sweep, best
    )
    if best.stop_reason != "pruned":
        assert job.weights_sha256 == best.weights_sha256, "the same bits as the trial's"


@on_every_kind
def test_kill_of_workers_neither_loses_nor_doubles_a_trial(installation: Installation) -> None:
    installation.start_worker(checkpoint_seconds=0.2)
    sweep_id = start(installation, sums(), "y", epochs=60)
    for ended in (3, 9, 15, 20):
        while sum(row.finished_at is not None for row in list_trials(installation, sweep_id)) < ended:
            time.sleep(0.05)
        for worker in installation.workers:
            if worker.is_running:
                for trainer in worker.trainers():
                    os.kill(trainer, signal.SIGKILL)
    sweep = wait(installation, sweep_id)
    trials = list_trials(installation, sweep_id)
    assert (sweep.status, [row.trial for row in trials]) == ("succeeded", list(range(1, TRIALS + 1)))
    assert {row.status for row in trials} == {"succeeded"}
    with begin_read(installation.sessions) as s:
        made = select(func.count()).where(JobRow.dataset_id == trials[0].dataset_id, JobRow.sweep_id.is_(None))
        assert s.scalars(made).one() == 1, "the best settings are trained by one job"
    assert installation.wait_for_end(sweep.job_id or "").status == "succeeded"


def test_a_trial_tries_what_the_sampler_says_of_those_before_it(steady: Installation) -> None:
    sweep_id = start(steady, PENGUINS, "species", epochs=12, sampler="tpe", trials=30)
    sweep = wait(steady, sweep_id)
    trials = list_trials(steady, sweep_id)
    assert (sweep.status, len(trials)) == ("succeeded", 30)
    rates = [sweep_trials.read_settings(sweep, row)["optimizer.learning_rate"] for row in trials]
    allowed = Range(**SPACE["optimizer.learning_rate"])
    assert all(allowed.low <= rate <= allowed.high for rate in rates)
    late = sorted(rates[-10:])
    assert late[5] > 1e-3, "rates that learn something are tried more often"
