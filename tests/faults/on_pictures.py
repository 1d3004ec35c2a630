"""Fault injection on jobs that learn from pictures, which are varied in every epoch: the same bits whatever happens.

It takes an installation and the number of faults that must land, injects them, and waits until every job has ended.
"""

import os
import signal
from contextlib import suppress

from gradus.errors import Conflict
from tests.faults.installation import TIMEOUT, InstallationUnderFaults
from tests.faults.outcome import Outcome
from tests.faults.training_kinds import KINDS, SETTINGS
from tests.running import wait_for

KIND, FORK = "pictures", "forked pictures"
MIN_EPOCHS_BEFORE = 5
MAX_EPOCHS_BEFORE = 60


def harm_picture_jobs(installation: InstallationUnderFaults, times: int) -> Outcome:
    """Kill -9 the trainer of a job on pictures, or pause and resume the job, in turns, and so its forks.

    It landed if the job was claimed anew. Then it is reproduced, and a job that starts from its model must come to what
    the first such job did, to which nothing happened.
    """
    landed = reproduced = 0
    while landed < times:
        job_id = installation.submit(KIND)
        landed += _harm(installation, job_id, is_kill=landed % 2 == 0)
        again = installation.client.jobs.get(job_id).reproduce()
        again.wait(timeout=TIMEOUT)
        answer = again.refresh().answer.reproduction
        assert answer is not None, f"{again.id} compared nothing"
        assert answer.match, f"{job_id} was not reproduced: {answer}"
        again.delete()
        reproduced += 1
        fork = _fork(installation, job_id)
        if FORK in installation.references:
            _harm(installation, fork, is_kill=landed % 2 == 1)
        else:
            installation.wait_for_end([fork])
            installation.references[FORK] = installation.result(fork)
    installation.wait_for_all()
    return Outcome(landed, {"reproduced": reproduced, "forks": reproduced})


def _fork(installation: InstallationUnderFaults, job_id: str) -> str:
    """The id of a job that starts from the model of another."""
    table, target, spec = KINDS[KIND]
    changed = {"start_from": {"job_id": job_id}, "epochs": 200, "seed": 1}
    asked = {**SETTINGS, **spec, **changed}
    job = installation.client.jobs.create(dataset_id=installation.datasets[table], target=target, **asked)
    installation.acknowledged[job.id] = FORK
    return job.id


def _harm(installation: InstallationUnderFaults, job_id: str, *, is_kill: bool) -> bool:
    """Kill the trainer in the middle of a job, or pause and resume it, and wait for its end; whether that landed."""
    epoch = installation.random.randint(MIN_EPOCHS_BEFORE, MAX_EPOCHS_BEFORE)
    wait_for(lambda: installation.base.job(job_id).epoch >= epoch, "some epochs", TIMEOUT)
    if is_kill:
        with suppress(LookupError, ProcessLookupError):
            os.kill(installation.processes_of(installation.base.job(job_id))[1], signal.SIGKILL)
    else:
        with suppress(Conflict):  # it has ended just now
            installation.client.jobs.get(job_id).pause()
            installation.client.jobs.get(job_id).resume()
    installation.wait_for_end([job_id])
    return bool(installation.base.job(job_id).resumes)
