"""Ensembles: a job of several nets, each trained by a worker as a job of its own, and combined when all have ended.

Who locks several of these rows locks the nets in the order of their ids and then the ensemble, so that no two wait for
each other.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from contract.states import TERMINAL
from store.jobs.transitions import end_job, update_job
from store.tables import EnsembleWeightsRow, JobRow, JsonObject, Row

_TABLE: Final = Row.metadata.tables["jobs"]
"""Quicker to write to than the class."""

# Built once: building a query takes longer than running it.
_SELECT_NET_IDS: Final = (
    select(JobRow.id).where(JobRow.ensemble_id == bindparam("ensemble_id")).order_by(JobRow.id).with_for_update()
)
_ADD_PROGRESS: Final = (
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("of_ensemble"))
    .values(revision=_TABLE.c.revision + 1, epoch=_TABLE.c.epoch + bindparam("more_epochs"))
)
_COUNT_RUNNING: Final = select(func.count()).where(
    JobRow.ensemble_id == bindparam("ensemble_id"), JobRow.status == "running"
)


def create_net_id(ensemble_id: str, net: int) -> str:
    """The id of a net of an ensemble, by its number from 1."""
    return f"{ensemble_id}.{net:02}"


def find_ensemble_id(net_id: str) -> str:
    """The id of the ensemble of a net."""
    return net_id.rpartition(".")[0]


def add_nets(s: Session, ensemble: JobRow, nets: Iterable[JobRow]) -> None:
    """Queue the nets of a job that was just added; it waits for them, and has the epochs of all of them."""
    rows = list(nets)
    ensemble.waiting_nets, ensemble.epochs = len(rows), sum(row.epochs for row in rows)
    s.flush()
    s.add_all(rows)
    s.flush()


def create_nets(ensemble: JobRow, nets: int) -> list[JobRow]:
    """The nets of a job, each with the spec that it is trained by.

    Each validates on one fold, if the split has folds, and on each fold as many; of a time limit it has an equal part.
    """
    spec = ensemble.spec
    split: JsonObject = spec["split"]
    limit: float | None = spec["time_limit_seconds"]
    shared: JsonObject = {**spec, "nets": 1, "tags": {}, "time_limit_seconds": None if limit is None else limit / nets}
    return [
        JobRow(
            id=create_net_id(ensemble.id, net),
            owner=ensemble.owner,
            dataset_id=ensemble.dataset_id,
            spec={**shared, "split": {**split, "fold": (net - 1) % split["folds"]} if split["folds"] else split},
            epochs=spec["epochs"],
            priority=ensemble.priority,
            ensemble_id=ensemble.id,
            net=net,
        )
        for net in range(1, nets + 1)
    ]


def list_nets(s: Session, ensemble_ids: Sequence[str]) -> dict[str, list[JobRow]]:
    """The nets of each of these jobs, by their numbers; none of a job of one net."""
    nets: dict[str, list[JobRow]] = {ensemble_id: [] for ensemble_id in ensemble_ids}
    query = select(JobRow).where(JobRow.ensemble_id.in_(ensemble_ids)).execution_options(populate_existing=True)
    for row in s.scalars(query.order_by(JobRow.id)):
        nets[row.ensemble_id or ""].append(row)
    return nets


def lock_nets(s: Session, ensemble_id: str) -> list[str]:
    """Lock the nets of a job until the end of the transaction, and return their ids; none of a job of one net."""
    return list(s.scalars(_SELECT_NET_IDS, {"ensemble_id": ensemble_id}))


def start(s: Session, ensemble_id: str, moment: float) -> None:
    """Tell that a worker has claimed a net; the first time changes the job's state."""
    started = {"status": "running", "started_at": func.coalesce(JobRow.started_at, moment)}
    update_job(s, (JobRow.id == ensemble_id, JobRow.status == "queued"), **started)


def add_progress(s: Session, net: JobRow, new_epochs: int) -> None:
    """Add the new epochs of a net to its ensemble, with what is newest of it.

    The time left is estimated as if the other nets took as long as this one, and as many were trained at once.
    """
    running = max(s.scalars(_COUNT_RUNNING, {"ensemble_id": net.ensemble_id}).one(), 1)
    seconds_per_epoch = None if net.eta_seconds is None else net.eta_seconds / max(net.epochs - net.epoch, 1)
    left = _TABLE.c.epochs - _TABLE.c.epoch - new_epochs
    progress = {
        "latest": None if net.latest is None else {**net.latest, "net": net.net},
        "samples_per_second": None if net.samples_per_second is None else net.samples_per_second * running,
        "eta_seconds": None if seconds_per_epoch is None else left * (seconds_per_epoch / running),
    }
    s.execute(_ADD_PROGRESS.values(progress), {"of_ensemble": net.ensemble_id, "more_epochs": new_epochs})


def add_weights(s: Session, net: JobRow, weights: bytes) -> None:
    """Keep the weights of a net that has just succeeded; after the last net, workers may claim the ensemble."""
    row = {"ensemble_id": net.ensemble_id, "net": net.net, "weights": weights}
    s.execute(insert(EnsembleWeightsRow), row)
    count_waiting(s, net.ensemble_id or "")


def fail_ensemble(s: Session, ensemble_id: str, net: int, problem: JsonObject) -> None:
    """End a job, one of whose nets has failed, with the same problem; its other nets are cancelled."""
    net_ids = lock_nets(s, ensemble_id)
    cancel_nets(s, net_ids)
    detail = f"Net {net} of {len(net_ids)}: {problem.get('detail') or problem['title']}"
    is_it = (JobRow.id == ensemble_id, JobRow.status.not_in(TERMINAL))
    end_job(s, ensemble_id, is_it, "failed", error={**problem, "detail": detail}, waiting_nets=0)


def cancel_nets(s: Session, net_ids: Iterable[str]) -> None:
    """Cancel those of these nets, locked before, that have not ended."""
    for net_id in net_ids:
        end_job(s, net_id, (JobRow.id == net_id, JobRow.status.not_in(TERMINAL)), "cancelled")


def count_waiting(s: Session, ensemble_id: str) -> None:
    """Count the nets that have not ended anew, of a job that has not; after the last, workers may claim it.

    The epochs that a net needs no more count as done.
    """
    # locked before the nets are counted, so that of two that end at once the second sees the first;
    # two may have added their weights, whose foreign keys share the lock of the key
    ensemble = s.scalars(
        select(JobRow)
        .where(JobRow.id == ensemble_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()
    if ensemble.status in TERMINAL:
        return
    nets = s.execute(select(JobRow.status, JobRow.epoch, JobRow.epochs).where(JobRow.ensemble_id == ensemble_id)).all()
    changes: dict[str, Any] = {
        "waiting_nets": sum(status not in TERMINAL for status, _, _ in nets),
        "epoch": sum(epochs if status in TERMINAL else epoch for status, epoch, epochs in nets),
    }
    if not changes["waiting_nets"]:
        changes["eta_seconds"] = None
        if ensemble.status == "running":
            changes["status"] = "queued"
    update_job(s, (JobRow.id == ensemble_id,), **changes)


def load_weights(s: Session, ensemble_id: str) -> dict[int, bytes]:
    """The weights of the nets that have succeeded, by their numbers, until the ensemble has ended."""
    query = select(EnsembleWeightsRow).where(EnsembleWeightsRow.ensemble_id == ensemble_id)
    return {row.net: row.weights for row in s.scalars(query.order_by(EnsembleWeightsRow.net))}


def get_net(s: Session, job: JobRow, net: int) -> JobRow | None:
    """The row of a net of a job, by its number from 1: its own, if the job is of one net. None: it has no such net."""
    if job.spec.get("nets", 1) == 1:
        return job if net == 1 else None
    return s.get(JobRow, create_net_id(job.id, net), populate_existing=True)
