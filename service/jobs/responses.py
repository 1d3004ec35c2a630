"""Responses about jobs and epochs, made from rows of the store."""

from collections.abc import Iterator, Sequence

from contract.responses import (
    Baselines,
    Best,
    EpochResponse,
    JobResponse,
    Latest,
    Problem,
    Progress,
    Reproduction,
    Resume,
)
from contract.specs import JobSpec
from service.http.csv_output import Cell, encode_csv
from service.http.responses import rfc3339
from service.training_record import compose_job_verdict
from store.jobs.jobs import list_allowed_actions
from store.tables import EpochRow, JobRow


def job_response(row: JobRow, queue_position: int | None) -> JobResponse:
    """A job, with its position in the queue while it waits."""
    return JobResponse(
        id=row.id,
        status=row.status,
        created_at=rfc3339(row.created_at),
        started_at=None if row.started_at is None else rfc3339(row.started_at),
        finished_at=None if row.finished_at is None else rfc3339(row.finished_at),
        stop_reason=row.stop_reason,
        progress=Progress(
            epoch=row.epoch,
            epochs=row.epochs,
            fraction=1.0 if row.status == "succeeded" else round(row.epoch / row.epochs, 4),
            eta_seconds=row.eta_seconds if row.status == "running" else None,
            samples_per_second=row.samples_per_second,
            queue_position=queue_position,
        ),
        latest=None if row.latest is None else Latest.model_validate(row.latest),
        best=None if row.best is None else Best.model_validate(row.best),
        baselines=None if row.baselines is None else Baselines.model_validate(row.baselines),
        verdict=compose_job_verdict(row),
        spec=JobSpec.model_validate(row.spec, strict=False),
        model_id=row.model_id,
        error=None if row.error is None else Problem.model_validate(row.error),
        warnings=row.warnings,
        attempts=row.attempts,
        resumes=[Resume(**resume) for resume in row.resumes],
        weights_sha256=row.weights_sha256,
        reproducible=row.reproducible,
        differs_from_epoch=row.differs_from_epoch,
        reproduces=row.reproduces,
        reproduction=None if row.reproduction is None else Reproduction.model_validate(row.reproduction),
        allowed_actions=list(list_allowed_actions(row)),
    )


def epoch_response(row: EpochRow) -> EpochResponse:
    """One epoch of a job."""
    return EpochResponse(
        epoch=row.epoch,
        train_loss=row.train_loss,
        validation_loss=row.validation_loss,
        metrics=row.metrics,
        learning_rate=row.learning_rate,
        gradient_norm=row.gradient_norm,
        seconds=row.seconds,
        non_finite=row.non_finite,
        weights_sha256=row.weights_sha256,
    )


def encode_epochs_csv(epochs: Sequence[EpochResponse]) -> Iterator[bytes]:
    """Epochs as CSV, with a column for each metric."""
    metrics = list(dict.fromkeys(name for epoch in epochs for name in epoch.metrics))
    header = ["epoch", "train_loss", "validation_loss", *metrics, "learning_rate", "gradient_norm", "seconds"]

    def line(epoch: EpochResponse) -> list[Cell]:
        losses = [epoch.train_loss, epoch.validation_loss]
        values = [epoch.metrics.get(name) for name in metrics]
        return [epoch.epoch, *losses, *values, epoch.learning_rate, epoch.gradient_norm, epoch.seconds]

    return encode_csv(header, map(line, epochs))
