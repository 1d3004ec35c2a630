"""Responses about jobs and epochs, made from rows of the store."""

from collections.abc import Iterator, Sequence

from sqlalchemy.orm import Session

from contract.responses import EpochResponse, JobResponse, NetProgress, Progress
from contract.specs import JobSpec
from learning.insight.capabilities import list_unavailable
from learning.tasks import TaskName
from service.http.csv_output import Cell, encode_csv
from service.training_record import compose_job_verdict
from store.jobs import ensembles, jobs
from store.jobs.jobs import list_allowed_actions
from store.tables import JobRow


def job_response(row: JobRow, queue_position: int | None, nets: Sequence[JobRow] = ()) -> JobResponse:
    """A job, with its position in the queue while it waits, and its nets, if it has several."""
    spec = JobSpec.model_validate(row.spec, strict=False)
    task: TaskName = "regression" if spec.task == "auto" else spec.task
    computed = {
        "progress": Progress(
            epoch=row.epoch,
            epochs=row.epochs,
            fraction=1.0 if row.status == "succeeded" else round(row.epoch / row.epochs, 4),
            prepared=row.prepared if row.status == "running" and row.epoch == 0 else None,
            eta_seconds=row.eta_seconds if row.status == "running" else None,
            samples_per_second=row.samples_per_second,
            queue_position=queue_position,
        ),
        "nets": [NetProgress.model_validate(net) for net in nets] or None,
        "spec": spec,
        "reasons": row.reasons or {},
        "unavailable": list_unavailable(task, len(spec.target_names)),
        "verdict": compose_job_verdict(row),
        "allowed_actions": list_allowed_actions(row),
    }
    stored = {name: getattr(row, name) for name in JobResponse.model_fields.keys() - computed.keys() - {"object"}}
    return JobResponse.model_validate({**stored, **computed})


def queued_job_response(s: Session, row: JobRow) -> JobResponse:
    """A job, with its position in the queue and its nets looked up."""
    nets = ensembles.list_nets(s, [row.id])[row.id] if row.spec.get("nets", 1) > 1 else []
    return job_response(row, jobs.get_queue_position(s, row), nets)


def encode_epochs_csv(epochs: Sequence[EpochResponse]) -> Iterator[bytes]:
    """Epochs as CSV, with a column for each metric."""
    metrics = list(dict.fromkeys(name for epoch in epochs for name in epoch.metrics))
    header = ["epoch", "train_loss", "validation_loss", *metrics, "learning_rate", "gradient_norm", "seconds"]

    def line(epoch: EpochResponse) -> list[Cell]:
        losses = [epoch.train_loss, epoch.validation_loss]
        values = [epoch.metrics.get(name) for name in metrics]
        return [epoch.epoch, *losses, *values, epoch.learning_rate, epoch.gradient_norm, epoch.seconds]

    return encode_csv(header, map(line, epochs))
