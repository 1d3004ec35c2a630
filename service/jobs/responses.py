"""Responses about jobs and epochs, made from rows of the store."""

from collections.abc import Iterator, Sequence

from sqlalchemy.orm import Session

from contract.responses import EpochResponse, JobResponse, NetProgress, Progress
from contract.specs import JobSpec
from learning.insight.capabilities import list_unavailable
from learning.tasks import TaskName
from service.http.csv_output import Cell, encode_csv
from service.training_record import compose_job_verdict
from store.jobs import ensembles, epochs, jobs
from store.jobs.jobs import list_allowed_actions
from store.jobs.main_metric import choose_main_metric
from store.tables import JobRow


def job_response(
    row: JobRow, queue_position: int | None, nets: Sequence[JobRow] = (), **found: str | list[float | None] | None
) -> JobResponse:
    """A job, with its position in the queue while it waits, its nets, if it has several, and what else was found."""
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
        "main_metric": choose_main_metric(row.spec).name,
        "dataset_name": None,
        "model": None,
        "curve": None,
        **found,
    }
    stored = {name: getattr(row, name) for name in JobResponse.model_fields.keys() - computed.keys() - {"object"}}
    return JobResponse.model_validate({**stored, **computed})


def queued_job_response(s: Session, row: JobRow) -> JobResponse:
    """A job, with what belongs to it looked up."""
    return queued_job_responses(s, [row])[0]


def queued_job_responses(s: Session, rows: Sequence[JobRow], points: int = 0) -> list[JobResponse]:
    """Jobs of one owner, with what belongs to them looked up, and at most so many `points` of their loss curves."""
    if not rows:
        return []
    names = jobs.list_dataset_names(s, rows[0].owner, (row.dataset_id for row in rows))
    made = jobs.list_models(s, (row.model_id for row in rows))
    nets = ensembles.list_nets(s, [row.id for row in rows if row.spec.get("nets", 1) > 1])
    return [
        job_response(
            row,
            jobs.get_queue_position(s, row),
            nets.get(row.id, []),
            dataset_name=names.get(row.dataset_id),
            model=made.get(row.model_id or ""),
            curve=_sample_curve(s, row, nets.get(row.id, []), points) if points else None,
        )
        for row in rows
    ]


def _sample_curve(s: Session, row: JobRow, nets: Sequence[JobRow], points: int) -> list[float | None]:
    """The loss curve of a job, of an ensemble that of its first net."""
    source = nets[0] if nets else row
    return epochs.list_curve(s, source.id, source.epoch, points)


def encode_epochs_csv(listed: Sequence[EpochResponse]) -> Iterator[bytes]:
    """Epochs as CSV, with a column for each metric."""
    metrics = list(dict.fromkeys(name for epoch in listed for name in epoch.metrics))
    header = ["epoch", "train_loss", "validation_loss", *metrics, "learning_rate", "gradient_norm", "seconds"]

    def line(epoch: EpochResponse) -> list[Cell]:
        losses = [epoch.train_loss, epoch.validation_loss]
        values = [epoch.metrics.get(name) for name in metrics]
        return [epoch.epoch, *losses, *values, epoch.learning_rate, epoch.gradient_norm, epoch.seconds]

    return encode_csv(header, map(line, listed))
