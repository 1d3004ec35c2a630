"""Invariant check of the database against the client's log: every acknowledged job ended once, with the right bits.

It is asked after every fault, whatever the fault was: the promise is the same for all of them.
"""

from collections import Counter

from sqlalchemy import func, select

from contract.states import TERMINAL
from store.database import begin_read
from store.tables import CheckpointRow, EpochRow, JobRow, ModelRow
from tests.faults.installation import InstallationUnderFaults


def check_jobs(installation: InstallationUnderFaults) -> int:
    """Check everything; answers how many jobs there were.

    Raises:
        AssertionError: something was lost, doubled, or has other bits.
    """
    with begin_read(installation.base.sessions) as s:
        jobs = {row.id: row for row in s.scalars(select(JobRow).where(JobRow.ensemble_id.is_(None)))}
        models = Counter(s.scalars(select(ModelRow.job_id)))
        checkpoints = s.scalars(select(func.count()).select_from(CheckpointRow)).one()
        whole = func.coalesce(JobRow.ensemble_id, JobRow.id)
        counted = s.execute(select(whole, func.count()).join(EpochRow, EpochRow.job_id == JobRow.id).group_by(whole))
        recorded = {job_id: epochs for job_id, epochs in counted}  # noqa: C416 - rows are no pairs to a type checker
    lost = installation.acknowledged.keys() - jobs.keys()
    assert not lost, f"lost: {lost}"
    doubled = jobs.keys() - installation.acknowledged.keys()
    assert not doubled, f"never acknowledged, so made twice: {doubled}"
    assert checkpoints == 0, "ended jobs keep no checkpoint"
    for job_id, job in jobs.items():
        kind = installation.acknowledged[job_id]
        assert job.status in TERMINAL, f"{job_id} is {job.status}"
        assert recorded.get(job_id, 0) == job.epoch, f"{job_id} has {recorded.get(job_id)} epochs, not {job.epoch}"
        reference = installation.references[kind]
        status, *_, curve = installation.result(job_id)
        if job_id in installation.cancelled:
            assert status == "cancelled", f"{job_id} {status} after its cancellation was acknowledged"
            assert curve == reference[-1][: len(curve)], f"{job_id} has other epochs than the reference"
        elif job_id in installation.unstorable:
            assert status == "failed", f"{job_id} {status}, and its model cannot be stored"
            assert curve == reference[-1][: len(curve)], f"{job_id} has other epochs than the reference"
        else:
            details = f"{job_id}, {kind}, after {job.resumes}, {job.error}"
            assert installation.result(job_id) == reference, f"not what an undisturbed run comes to: {details}"
            assert job.reproducible, details
        assert models[job_id] == (status == "succeeded"), f"{job_id} has {models[job_id]} models"
    taken = [write for write in installation.stale_writes() if write.startswith("TAKEN")]
    assert not taken, f"writes of workers that had lost their job were taken: {Counter(taken)}"
    return len(jobs)
