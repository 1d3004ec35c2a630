"""Datasets, jobs and models in a real database, trained by the real trainer."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import numpy as np
import structlog
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from contract.ids import new_id
from contract.specs import JobSpec
from learning.data.prepare import PreparedData, prepare
from learning.frame import BooleanColumn, CategoricalColumn, Frame, NumericColumn
from learning.insight.eval_sample import EvalSample
from learning.model import Model, create_model
from learning.nn.layers import Dense, Layer
from learning.nn.net import NeuralNet
from learning.optim import Adam
from learning.optim.schedules import Constant
from store import datasets
from store.database import begin_write
from store.files.files import FolderFileStore
from store.jobs import claims, jobs, layer_stats, weight_history
from store.jobs.claims import JobClaim, JobProgress
from store.jobs.epochs import EpochRecord
from store.jobs.layer_stats import LayerStatsRecord
from store.models.models import NewModel, compress_insights
from store.tables import DatasetRow
from tables import ingest
from tests.unit.learning.trainings import create_trainer
from worker.lease import Lease
from worker.training.insights import compute_insights

ME = "local"
NOTHING: Mapping[str, bytes] = {}
COLUMNS: list[dict[str, Any]] = [
    {"name": "sqft", "type": "numeric", "missing": 0, "min": 500.0, "max": 3000.0, "mean": 1700.0, "std": 700.0},
    {
        "name": "area",
        "type": "categorical",
        "missing": 0,
        "distinct": 2,
        "top": [{"value": "north", "count": 70}, {"value": "south", "count": 50}],
    },
    {"name": "garden", "type": "boolean", "missing": 4, "true": 60},
    {"name": "price", "type": "numeric", "missing": 0, "min": 50.0, "max": 400.0, "mean": 200.0, "std": 80.0},
]


LAYERS: list[dict[str, Any]] = [
    {
        "layer": number,
        "type": "dense",
        "units": units,
        "activation": activation,
        "gradient_norm": 0.1,
        "weight_norm": 4.2,
        "update_ratio": 0.001,
        "dead_share": 0.02,
        "saturated_share": 0.0,
        "activation_mean": 0.3,
        "activation_std": 0.4,
    }
    for number, units, activation in [(1, 8, "relu"), (2, 1, "linear")]
]


def sessions_of(app: Flask) -> sessionmaker[Session]:
    return app.extensions["services"].sessions


def add_dataset(app: Flask, *, owner: str = ME, name: str = "houses.csv", ready: bool = True) -> str:
    """A dataset of 120 houses, as far as its profile goes."""
    with begin_write(sessions_of(app)) as s:
        return _dataset(s, owner, name, ready)


def add_job(app: Flask, *, owner: str = ME, epochs: int = 9, dataset_id: str | None = None) -> str:
    """A queued job."""
    with begin_write(sessions_of(app)) as s:
        return _job(s, owner, epochs, dataset_id or _dataset(s, owner))


def claim(app: Flask) -> JobClaim:
    """The next queued job, taken by a worker."""
    with begin_write(sessions_of(app)) as s:
        taken = claims.claim(s, "worker", 30)
    assert taken is not None
    return taken


def record(app: Flask, held: JobClaim, first: int, last: int) -> None:
    """Epochs of a job, from the first to the last, whose losses fall."""
    epochs = [
        EpochRecord(
            epoch=number,
            train_loss=1.0 / number,
            validation_loss=2.0 / number,
            metrics={"rmse": 3.0 / number, "r2": 0.5},
            learning_rate=0.001,
            gradient_norm=0.25,
            seconds=0.01,
        )
        for number in range(first, last + 1)
    ]
    best = {"epoch": last, "validation_loss": 2.0 / last, "metrics": epochs[-1].metrics}
    progress = JobProgress(samples_per_second=9.0, eta_seconds=1.0, best=best, main_error=3.0 / last)
    with begin_write(sessions_of(app)) as s:
        assert claims.add_epochs(s, held.job_id, held.token, epochs, progress)


def add_history(app: Flask, held: JobClaim, model: Model, epochs: int) -> None:
    """The net of a job, after its first epochs as it began, and after the last as the model; watched after each."""
    weights = model.parameters.tobytes()
    first = bytes(len(weights))
    units = sum(layer.units for layer in model.net.dense_layers)
    gradients, dead = np.ones(model.parameter_count, np.float32).tobytes(), bytes([1, *bytes(units - 1)])
    with begin_write(sessions_of(app)) as s:
        assert weight_history.start(s, held.job_id, held.token, model.header.to_json(), first)
        weight_history.add_snapshots(
            s, held.job_id, {**dict.fromkeys(range(1, epochs), first), epochs: weights}, stride=1
        )
        weight_history.update_gradients(s, held.job_id, epochs, gradients, dead)
        layer_stats.add(
            s, held.job_id, [LayerStatsRecord(epoch=epoch, layers=LAYERS) for epoch in range(1, epochs + 1)]
        )


def succeed_job(app: Flask, held: JobClaim, model: Model, name: str, found: Mapping[str, bytes] = NOTHING) -> str:
    """The end of a job, with its model, and what was found out about it; the model's id."""
    with begin_write(sessions_of(app)) as s:
        return _end(s, held, model, name, found)


def add_model(
    app: Flask,
    model: Model,
    name: str,
    found: Mapping[str, bytes] = NOTHING,
    *,
    owner: str = ME,
    targets: list[str] | None = None,
) -> str:
    """A model that is ready to be asked, and what was found out about it; its id."""
    with begin_write(sessions_of(app)) as s:
        _job(s, owner, 9, _dataset(s, owner))
        held = claims.claim(s, "worker", 30)
        assert held is not None
        return _end(s, held, model, name, found, targets)


def _dataset(s: Session, owner: str, name: str = "houses.csv", ready: bool = True) -> str:
    dataset_id = new_id("ds")
    datasets.add(s, id=dataset_id, owner=owner, name=name, format="csv", bytes=9, sha256="ab" * 32, types={})
    if ready:
        counts = {"error": 0, "warning": 0}
        datasets.mark_ready(
            s, dataset_id, token=0, rows=120, rows_rejected=0, issue_counts=counts, columns=COLUMNS, issues=[]
        )
    return dataset_id


def _job(s: Session, owner: str, epochs: int, dataset_id: str) -> str:
    spec = JobSpec(dataset_id=dataset_id, target="price", model_name="houses", epochs=epochs).model_dump_json()
    return jobs.add(s, id=new_id("job"), owner=owner, dataset_id=dataset_id, spec_json=spec).id


def _end(
    s: Session,
    held: JobClaim,
    model: Model,
    name: str,
    found: Mapping[str, bytes],
    targets: list[str] | None = None,
) -> str:
    made = NewModel(
        id=new_id("mdl"),
        name=name,
        task=model.task,
        target=model.targets[0],
        targets=targets,
        classes=None if model.classes is None else list(model.classes),
        inputs=[asdict(column) for column in model.inputs],
        parameters=model.parameter_count,
        weights_sha256=model.weights_sha256,
        dataset_sha256="ab" * 32,
        metrics={"validation": {"rmse": 0.5}},
        weights=model.to_bytes(),
        insights=compress_insights(found),
    )
    assert claims.succeed(s, held.job_id, held.token, made, "all_epochs") is not None
    return made.id


@cache
def houses(rows: int = 120) -> Frame:
    """A price that follows from size, area and garden; made up."""
    chance = np.random.default_rng(7)
    sqft = chance.uniform(500, 3000, rows)
    area = chance.integers(0, 2, rows).astype(np.int32)
    garden = chance.integers(0, 2, rows).astype(np.int8)
    return Frame(
        {
            "sqft": NumericColumn(sqft),
            "area": CategoricalColumn(area, ("north", "south")),
            "garden": BooleanColumn(garden),
            "price": NumericColumn(sqft / 10 + 50 * area + 20 * garden),
            "dear": CategoricalColumn((sqft > 1750).astype(np.int32), ("no", "yes")),
        },
        rows,
    )


@cache
def train_model(target: str, seed: int = 0) -> Model:
    """A model that learned `price` or `dear` of the houses."""
    return create_model(*train_net(target, seed))


def fit_net(prepared: PreparedData, layers: Sequence[Layer], *, epochs: int, seed: int = 0) -> NeuralNet:
    """A net with these hidden layers that learned for so many epochs."""
    net = NeuralNet(prepared.inputs.net_inputs, layers, prepared.train.outputs, seed=seed)
    trainer = create_trainer(
        net,
        prepared.train,
        prepared.validation,
        optimizer=Adam(learning_rate=0.02),
        schedule=Constant(),
        epochs=epochs,
        batch_size=16,
        seed=seed,
    )
    for _ in trainer.run():
        pass
    trainer.finish()
    return net


@cache
def train_net(target: str, seed: int = 0) -> tuple[PreparedData, NeuralNet]:
    """The houses as a net learns `price` or `dear` of them, and the net."""
    prepared = prepare(houses(), target=target, features=["sqft", "area", "garden"], seed=seed)
    net = fit_net(prepared, [Dense(units=8)], epochs=40, seed=seed)
    return prepared, net


@cache
def insight(target: str, seed: int = 0) -> dict[str, bytes]:
    """The insights of the worker about the model that learned `price` or `dear`."""
    return compute_insights_of(*train_net(target, seed), epochs=40)


def compute_insights_of(
    prepared: PreparedData, net: NeuralNet, *, epochs: int, validation: EvalSample | None = None
) -> dict[str, bytes]:
    """The insights of the worker about a net that learned the houses."""
    log = structlog.get_logger()
    with TemporaryDirectory() as folder:
        files, key = FolderFileStore(Path(folder)), "datasets/ds_1/table.parquet"
        files.put([csv_of_houses()], "datasets/ds_1/original", limit=2**20)
        with files.local_copy("datasets/ds_1/original") as source, files.create(key) as into:
            found = ingest(source, "csv", into)
        dataset = DatasetRow(id="ds_1", owner=ME, name="houses.csv", format="csv", bytes=1, sha256="ab")
        dataset.columns = [asdict(column) for column in found.columns]
        computed = compute_insights(
            prepared,
            net,
            dataset,
            files=files,
            epochs=epochs,
            lease=cast("Lease", EndlessLease()),
            log=log,
            validation=validation,
        )
    assert computed
    return computed


class EndlessLease:
    """A lease that is never lost."""

    def guard(self) -> AbstractContextManager[None]:
        return nullcontext()

    def check(self) -> None:
        pass


def csv_of_houses() -> bytes:
    """The houses as a file."""
    frame = houses()
    sqft, area, garden, price, dear = (frame[name] for name in ("sqft", "area", "garden", "price", "dear"))
    rows = zip(
        sqft.values,  # type: ignore[union-attr]
        [area.categories[code] for code in area.codes],  # type: ignore[union-attr]
        ["true" if green else "false" for green in garden.values],  # type: ignore[union-attr]
        price.values,  # type: ignore[union-attr]
        [dear.categories[code] for code in dear.codes],  # type: ignore[union-attr]
        strict=True,
    )
    return "\n".join(["sqft,area,garden,price,dear", *(",".join(map(str, row)) for row in rows), ""]).encode()
