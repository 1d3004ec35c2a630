"""Datasets, jobs, epochs and models for tests of the store."""

import json
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from contract.ids import new_id
from store import datasets
from store.jobs import claims, jobs
from store.jobs.checkpoints import Checkpoint
from store.jobs.claims import JobProgress
from store.jobs.epochs import EpochRecord
from store.models.models import NewModel
from store.tables import DatasetRow, JobRow

OWNER = "local"
NO_PROGRESS = JobProgress(samples_per_second=None, eta_seconds=None, best=None)
CHECKPOINT = Checkpoint(key="checkpoints/job_1/1_3_0", sha256="ef", bytes=5, epoch=2, rows=0)
PROBLEM = {"type": "/problems/diverged", "title": "The loss is not finite", "detail": "Try a smaller learning_rate."}


def add_dataset(s: Session, *, owner: str = OWNER, name: str = "houses.csv", **more: Any) -> DatasetRow:
    given = {"id": new_id("ds"), "format": "csv", "bytes": 10, "sha256": "ab", "types": {}, **more}
    return datasets.add(s, owner=owner, name=name, **given)


def add_job(
    s: Session, *, owner: str = OWNER, dataset_id: str | None = None, epochs: int = 9, priority: int = 0
) -> str:
    dataset_id = dataset_id or add_dataset(s, owner=owner, status="ready").id
    spec = json.dumps({"dataset_id": dataset_id, "target": "price", "epochs": epochs, "tags": {"run": "first"}})
    return jobs.add(s, id=new_id("job"), owner=owner, dataset_id=dataset_id, spec_json=spec, priority=priority).id


def epochs(first: int, last: int | None = None) -> list[EpochRecord]:
    return [
        EpochRecord(
            epoch=number,
            train_loss=1.0 / number,
            validation_loss=None,
            metrics={"rmse": 2.0 / number},
            learning_rate=0.001,
            gradient_norm=0.5,
            seconds=0.1,
        )
        for number in range(first, (last or first) + 1)
    ]


def new_model(name: str = "houses", weights: bytes = b"weights") -> NewModel:
    return NewModel(
        id=new_id("mdl"),
        name=name,
        task="regression",
        target="price",
        classes=None,
        inputs=[{"name": "sqft", "type": "numeric"}],
        parameters=3,
        weights_sha256="cd",
        dataset_sha256="ab",
        metrics={"validation": {"rmse": 0.5}},
        weights=weights,
    )


def add_model(s: Session, name: str = "houses", *, owner: str = OWNER, weights: bytes = b"weights") -> str:
    """Take a job from its beginning to its model, and answer the model's id."""
    job_id = add_job(s, owner=owner)
    held = claims.claim(s, "worker", 30)
    assert held is not None
    assert held.job_id == job_id
    model = claims.succeed(s, job_id, held.token, new_model(name, weights), "all_epochs")
    assert model is not None
    return model.id


def expire_lease(s: Session, job_id: str, seconds: float = 100.0) -> None:
    """Let the job's worker fall silent: as if its last sign of life were `seconds` longer ago."""
    earlier = {"leased_until": JobRow.leased_until - seconds, "seen_at": JobRow.seen_at - seconds}
    s.execute(update(JobRow).where(JobRow.id == job_id).values(earlier))
