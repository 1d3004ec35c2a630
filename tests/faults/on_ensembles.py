"""Fault injection on jobs of several nets: kills of workers that train a net, or that combine all of them.

It takes an installation and the number of faults that must land, injects them, and waits until every job has ended.
"""

import os
import signal
from contextlib import suppress
from typing import Final

from store.database import begin_read
from store.jobs import ensembles
from store.tables import JobRow
from tests.faults.installation import TIMEOUT, InstallationUnderFaults
from tests.faults.outcome import Outcome
from tests.faults.training_kinds import ENSEMBLE_KIND, KINDS
from tests.running import wait_for

EPOCHS: Final[int] = KINDS[ENSEMBLE_KIND][2]["epochs"]


def kill_workers_of_ensembles(installation: InstallationUnderFaults, times: int) -> Outcome:
    """Kill -9 the trainer of a net, or of the job while it combines its nets, in turns.

    It landed if what the trainer had was claimed anew; each job must come to the model of an undisturbed one.
    """
    landed = {"nets": 0, "while combining": 0}
    while sum(landed.values()) < times:
        job_id = installation.submit(ENSEMBLE_KIND)
        kind = "nets" if landed["nets"] <= landed["while combining"] else "while combining"
        landed[kind] += _kill_trainer(installation, job_id, is_combining=kind != "nets")
    installation.wait_for_all()
    return Outcome(sum(landed.values()), dict(landed))


def _kill_trainer(installation: InstallationUnderFaults, job_id: str, *, is_combining: bool) -> bool:
    """Kill whoever has the job, or some net of it, and wait for the end of the job; whether another one had it then."""
    if is_combining:
        struck = wait_for(lambda: _find_combining(installation, job_id), "the job to be combined", TIMEOUT)
    else:
        epoch = installation.random.randint(1, 2 * EPOCHS)
        wait_for(lambda: installation.base.job(job_id).epoch >= epoch, "some epochs", TIMEOUT)
        running = [net for net in _list_nets(installation, job_id) if net.status == "running"]
        struck = installation.random.choice(running) if running else None
    if struck is not None:
        with suppress(LookupError, ProcessLookupError):
            os.kill(installation.processes_of(struck)[1], signal.SIGKILL)
    installation.wait_for_end([job_id])
    return struck is not None and bool(installation.base.job(struck.id).resumes)


def _find_combining(installation: InstallationUnderFaults, job_id: str) -> JobRow | None:
    """The job, if a worker combines its nets, or if that is over."""
    job = installation.base.job(job_id)
    return job if job.leased_until is not None or job.finished_at is not None else None


def _list_nets(installation: InstallationUnderFaults, job_id: str) -> list[JobRow]:
    with begin_read(installation.base.sessions) as s:
        return ensembles.list_nets(s, [job_id])[job_id]
