"""What is logged of a job: its spec as parameters, its epochs as metrics by step, and its model as files."""

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from learning.errors import NotExportable
from learning.export.npz import write_npz
from learning.model import Model
from store.jobs.trackings import JobReport, NetEpochs
from store.tables import EpochRow, JobRow, ModelRow
from tables.python_export.mlflow.folder import list_mlflow_files

MAX_EPOCHS: Final = 200
"""The most epochs of a net that are sent at a time."""
MAX_UPLOAD_BYTES: Final = 64 * 2**20
"""A model with more bytes of weights is not sent."""
ENDS: Final = {"succeeded": "FINISHED", "failed": "FAILED", "cancelled": "KILLED"}


def list_params(spec: Mapping[str, Any], path: str = "") -> dict[str, str]:
    """The settings of a spec by names such as `optimizer.learning_rate`; lists as JSON."""
    found: dict[str, str] = {}
    for name, value in spec.items():
        if isinstance(value, dict):
            found |= list_params(cast("dict[str, Any]", value), f"{path}{name}.")
        elif isinstance(value, list):
            found[f"{path}{name}"] = json.dumps(value, separators=(",", ":"))
        elif value is not None:
            found[f"{path}{name}"] = str(value)
    return {_clean(name): value for name, value in found.items()}


def list_tags(job: JobRow) -> dict[str, str]:
    """The tags of a job, those of its owner first."""
    return {**{_clean(name): value for name, value in job.tags.items()}, "gradus.dataset_id": job.dataset_id}


def list_metrics(report: JobReport) -> Iterator[dict[str, Any]]:
    """All numbers of new epochs, by step; of several nets the names begin with the net's, such as `net_2/rmse`.

    The same epoch always has the same time, by which the server tells that it has a number already.
    """
    for net in report.nets:
        yield from _list_epochs(report.job, net)
    if report.has_ended and report.model is not None:
        ended = make_end(report.job)[1]
        for part, metrics in report.model.metrics.items():
            for name, value in metrics.items():
                yield from _make_metric(f"{part}/{name}", value, ended, 0)


def _list_epochs(job: JobRow, net: NetEpochs) -> Iterator[dict[str, Any]]:
    prefix, seconds = "" if net.net is None else f"net_{net.net}/", net.seconds
    for epoch in net.epochs:
        seconds += epoch.seconds
        moment = make_start(job) + round(1000 * seconds)
        for name, value in _list_numbers(epoch).items():
            yield from _make_metric(prefix + name, value, moment, epoch.epoch)


def _list_numbers(epoch: EpochRow) -> dict[str, Any]:
    own = ("train_loss", "validation_loss", "learning_rate", "gradient_norm", "seconds")
    return {**{name: getattr(epoch, name) for name in own}, **epoch.metrics}


def _make_metric(name: str, value: Any, moment: int, step: int) -> Iterator[dict[str, Any]]:
    if isinstance(value, int | float) and math.isfinite(value):
        yield {"key": _clean(name), "value": value, "timestamp": moment, "step": step}


def make_start(job: JobRow) -> int:
    """When a job was made, in milliseconds since 1970."""
    return int(1000 * job.created_at)


def make_end(job: JobRow) -> tuple[str, int]:
    """How a job ended, in the server's words, and when, in milliseconds since 1970."""
    return ENDS[job.status], int(1000 * (job.finished_at or job.created_at))


def list_model_files(row: ModelRow, data: bytes | memoryview) -> Iterator[tuple[str, bytes]]:
    """The files of a model: a folder that MLflow loads, or the weights if it cannot be one."""
    if len(data) > MAX_UPLOAD_BYTES:
        return
    model = Model.from_bytes(data)
    facts = {"model": f"{row.name}:{row.version}", "model_id": row.id, "weights_sha256": row.weights_sha256}
    try:
        files = list_mlflow_files(model, f"The model {row.name}:{row.version}.", facts)
    except NotExportable:
        yield "weights.npz", b"".join(write_npz(model.weight_arrays()))
        return
    for name, pieces in files:
        yield name, b"".join(pieces)


def _clean(name: str) -> str:
    """A name with the letters that the server takes in names, which are few."""
    plain = "".join(
        [letter if letter.isascii() and (letter.isalnum() or letter in "_-./ ") else "_" for letter in name]
    )
    return plain.strip("/")[:250]
