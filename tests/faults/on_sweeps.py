"""Fault injection on sweeps: each has the same trials and comes to the same weights as one that nothing happened to.

It takes an installation and the number of faults that must land, injects them, and waits until every sweep has ended.
"""

from typing import Any, Final

from gradus.sweeps import Sweep
from learning.search.space import read_setting
from store.database import begin_read
from store.sweeps import sweeps, trials
from store.tables import JobRow
from tests.faults.installation import TIMEOUT, InstallationUnderFaults
from tests.faults.on_workers import kill_each_worker
from tests.faults.outcome import Outcome
from tests.faults.training_kinds import SETTINGS
from tests.running import wait_for

TRIALS: Final = 6
SPACE: Final[dict[str, Any]] = {
    "optimizer.learning_rate": {"low": 1e-4, "high": 0.03, "log": True},
    "batch_size": [16, 32, 64],
}
LOST_ANSWER: Final = "service-after-commit-of-sweeps.add"


def kill_processes_of_sweeps(installation: InstallationUnderFaults, times: int) -> Outcome:
    """Kill -9 the workers and the API once in each sweep. It landed if the sweep had not ended.

    Of the first sweep, to which the others are compared, the API dies before it answers, so that the client asks again;
    there must be one sweep all the same.
    """
    installation.arm(LOST_ANSWER)
    reference = _read_results(installation, _start_sweep(installation))
    assert not installation.is_armed(LOST_ANSWER), "no process died"
    landed = count = 0
    while landed < times:
        sweep = _start_sweep(installation)
        _wait_for_trials(installation, sweep, installation.random.randrange(TRIALS))
        kill_each_worker(installation)
        if installation.api is not None:
            installation.api.kill()
        landed += _is_running(installation, sweep)
        assert _read_results(installation, sweep) == reference, f"{sweep.id} came to something else"
        count += 1
    return Outcome(landed, {"sweeps": count, "trials": count * TRIALS})


def _start_sweep(installation: InstallationUnderFaults) -> Sweep:
    options: dict[str, Any] = {**SETTINGS, "epochs": 20, "space": SPACE, "trials": TRIALS, "stop_early": None}
    return installation.client.sweeps.create(dataset_id=installation.datasets["sums"], target="y", **options)


def _is_running(installation: InstallationUnderFaults, sweep: Sweep) -> bool:
    with begin_read(installation.base.sessions) as s:
        return sweeps.find(s, sweep.id).status == "running"


def _list_trials(installation: InstallationUnderFaults, sweep: Sweep) -> list[JobRow]:
    with begin_read(installation.base.sessions) as s:
        return trials.list_trials(s, sweep.id)


def _wait_for_trials(installation: InstallationUnderFaults, sweep: Sweep, ended: int) -> None:
    """Wait until so many trials have ended."""

    def have_ended() -> bool:
        return sum(row.finished_at is not None for row in _list_trials(installation, sweep)) >= ended

    wait_for(have_ended, f"{ended} trials", TIMEOUT)


def _read_results(installation: InstallationUnderFaults, sweep: Sweep) -> list[tuple[object, ...]]:
    """What every trial chose and came to, and last the job of the best; all of them are deleted then.

    So `check_jobs` finds whatever was made twice.
    """
    sweep.wait(TIMEOUT)
    assert [found.id for found in installation.client.sweeps.list()] == [sweep.id], "a sweep was made twice"
    rows = _list_trials(installation, sweep)
    assert [row.trial for row in rows] == list(range(1, TRIALS + 1)), "a trial was lost or made twice"
    best = sweep.job
    assert best is not None
    best.wait(TIMEOUT)
    results: list[tuple[object, ...]] = [
        ({name: read_setting(row.spec, name) for name in SPACE}, *installation.result(row.id)) for row in rows
    ]
    results.append(installation.result(best.id))
    sweep.delete()
    best.delete()
    return results
