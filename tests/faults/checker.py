"""What must be true of a database after any harm: nothing lost, nothing doubled, every bit as without it."""

from dataclasses import dataclass

from sqlalchemy import func, select

from store.database import reading
from store.rows import CheckpointRow, EpochRow, JobRow, ModelRow
from tests.running import Installation


@dataclass(frozen=True)
class Outcome:
    """All that a training came to, but the time that it took."""

    status: str
    stop_reason: str | None
    weights_sha256: str | None
    best: object
    epochs: tuple[tuple[object, ...], ...]


def outcome(victim: Installation, job_id: str) -> Outcome:
    """What became of a job."""
    job = victim.job(job_id)
    epochs = tuple(
        (e.epoch, e.train_loss, e.validation_loss, str(e.metrics), e.learning_rate, e.gradient_norm, e.weights_sha256)
        for e in victim.epochs(job_id)
    )
    return Outcome(job.status, job.stop_reason, job.weights_sha256, job.best, epochs)


def faults(victim: Installation, expected: dict[str, Outcome]) -> list[str]:
    """What is wrong, of these jobs and of the database as a whole; empty if all is well."""
    found: list[str] = []
    with reading(victim.sessions) as s:
        models = dict(s.execute(select(ModelRow.job_id, func.count()).group_by(ModelRow.job_id)).tuples().all())
        kept = set(s.scalars(select(CheckpointRow.job_id)))
        orphans = s.scalars(select(EpochRow.job_id).where(EpochRow.job_id.not_in(select(JobRow.id))).limit(1)).all()
    for job_id, reference in expected.items():
        job, came = victim.job(job_id), outcome(victim, job_id)
        if [epoch[0] for epoch in came.epochs] != list(range(1, job.epoch + 1)):
            found.append(f"{job_id} has {job.epoch} epochs and recorded {[epoch[0] for epoch in came.epochs]}")
        if came != reference:
            same = zip(came.epochs, reference.epochs, strict=False)
            first = next((ours[0] for ours, theirs in same if ours != theirs), None)
            found.append(f"{job_id} {came.status} and is not as undisturbed; the first other epoch is {first}")
        if models.get(job_id, 0) != 1:
            found.append(f"{job_id} has {models.get(job_id, 0)} models")
        if not job.reproducible:
            found.append(f"{job_id} is not reproducible: {job.warnings}")
        if job_id in kept:
            found.append(f"{job_id} has ended and keeps checkpoints")
    return [*found, *(f"epochs without their job {job_id}" for job_id in orphans)]
