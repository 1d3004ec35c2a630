"""Ensembles: a job of several nets becomes one model, to the same bits however often its workers are lost."""

import os
import re
import signal
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from sqlalchemy import func, select, update

from learning.frame import Frame
from learning.insight.weight_history import decode_weights
from learning.model import Model
from learning.model_header import ModelHeader
from learning.training.spec import MAX_NETS
from store.database import begin_read, begin_write
from store.files import CHECKPOINTS_PREFIX, table_key
from store.jobs import ensembles, jobs, weight_history
from store.models import models
from store.tables import EnsembleWeightsRow, EpochRow, JobRow
from tables import load_frame, pixel_readers
from tests.databases import on_every_kind
from tests.integration.worker.tables_to_learn import sums
from tests.pictures import zip_of
from tests.running import OWNER, Installation, wait_for

PENGUINS = (Path(__file__).parents[3] / "examples" / "penguins.csv").read_text()
NETS = 3
SPEC: dict[str, Any] = {"nets": NETS, "epochs": 12, "split": {"folds": NETS}}
DRAWINGS = sorted((Path(__file__).parents[3] / "examples" / "drawings").glob("*/*.png"))
PICTURES = zip_of({f"{path.parent.name}/{path.name}": path.read_bytes() for path in DRAWINGS})
CONV: dict[str, Any] = {
    **SPEC,
    "image": {"size": 16, "augment": {"flip": True, "shift": 0.1}},
    "layers": [
        {"type": "conv", "filters": 4},
        {"type": "pool"},
        {"type": "conv", "filters": 6},
        {"type": "pool"},
        {"type": "norm"},
        {"type": "dropout", "rate": 0.2},
        {"type": "dense", "units": 8},
    ],
}
ENDLESS: dict[str, Any] = {**SPEC, "epochs": 1_000_000, "early_stopping": None}


@pytest.fixture(scope="module")
def installation(module_installation: Installation) -> Installation:
    """An installation with two workers, so that two nets may be trained at once."""
    for _ in range(2):
        module_installation.start_worker(checkpoint_seconds=0.2)
    return module_installation


def list_nets(installation: Installation, job_id: str) -> list[JobRow]:
    with begin_read(installation.sessions) as s:
        return ensembles.list_nets(s, [job_id])[job_id]


def load_net(installation: Installation, net: JobRow) -> Model:
    """A net with the weights of its best epoch, as they were kept after it."""
    assert net.best is not None
    with begin_read(installation.sessions) as s:
        header = weight_history.get_header(s, net.id)
        ((_, weights),) = weight_history.iterate_weights(s, net.id, [net.best["epoch"]])
        assert header is not None
    return Model(ModelHeader.from_json(header), decode_weights(weights))


def load_rows(installation: Installation, dataset_id: str) -> Frame:
    dataset = installation.dataset_row(dataset_id)
    with installation.files.local_copy(table_key(dataset_id)) as path:
        columns = dataset.columns or []
        images = pixel_readers(columns, CONV["image"]["size"])
        return load_frame(path, [column["name"] for column in columns], columns, dataset.rows or 0, images)


def count_left(installation: Installation) -> tuple[int, int]:
    """The stored weights of nets that wait for others, and the files of checkpoints."""
    with begin_read(installation.sessions) as s:
        weights = s.scalars(select(func.count()).select_from(EnsembleWeightsRow)).one()
    return weights, len(list(installation.files.list_keys(CHECKPOINTS_PREFIX)))


@pytest.mark.parametrize(
    ("file", "target", "spec"), [(PENGUINS, "species", SPEC), (PICTURES, "label", CONV)], ids=["table", "pictures"]
)
def test_the_model_predicts_the_mean_of_the_logits_of_its_nets(
    steady: Installation, file: str | bytes, target: str, spec: dict[str, Any]
) -> None:
    dataset_id = steady.add_dataset(file)
    job = steady.wait_for_end(steady.submit(dataset_id, target, **spec))
    assert (job.status, job.error) == ("succeeded", None)
    nets = list_nets(steady, job.id)
    assert [net.status for net in nets] == ["succeeded"] * NETS
    row, data = steady.model(job.model_id or "")
    frame, model = load_rows(steady, dataset_id), Model.from_bytes(data)
    each = [load_net(steady, net) for net in nets]
    assert len({net.weights_sha256 for net in each}) == NETS
    expected = np.mean([net.net.forward(*net.header.inputs.encode_arrays(frame)) for net in each], axis=0)
    found = model.net.forward(*model.header.inputs.encode_arrays(frame))
    temperature = float((expected * expected).sum() / (expected * found).sum())
    np.testing.assert_allclose(found * temperature, expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(found.argmax(axis=1), expected.argmax(axis=1))

    assert job.best is not None
    assert job.best["metrics"] == row.metrics["validation"]
    with begin_read(steady.sessions) as s:
        evaluation = models.get_insights(s, row.id, ["evaluation"])["evaluation"]
    assert msgspec.json.decode(evaluation)["validation"]["rows"] == frame.rows
    assert job.baselines is not None
    assert job.baselines["rows"] == frame.rows
    trees = job.baselines.get("boosted")
    assert (trees is None) == (file == PICTURES)
    assert trees is None or trees["metrics"].keys() == job.baselines["linear"]["metrics"].keys()
    assert (job.epoch, count_left(steady)[0]) == (NETS * SPEC["epochs"], 0)


def test_without_folds_all_nets_hold_the_same_rows_out(steady: Installation) -> None:
    table = "when,a,y\n" + "".join(f"{number},{number % 7},{3 * (number % 7)}\n" for number in range(200))
    spec: dict[str, Any] = {**SPEC, "split": {"order_by": "when", "validation": 0.25, "test": 0.1}}
    job = steady.wait_for_end(steady.submit(steady.add_dataset(table), "y", **spec))
    assert (job.status, job.error) == ("succeeded", None)
    with begin_read(steady.sessions) as s:
        evaluation = msgspec.json.decode(models.get_insights(s, job.model_id or "", ["evaluation"])["evaluation"])
    assert {part: found["rows"] for part, found in evaluation.items()} == {"validation": 50, "test": 20}
    losses = {float((net.best or {})["validation_loss"]) for net in list_nets(steady, job.id)}
    assert len(losses) == NETS, "nets differ by their seeds"


def test_as_many_nets_as_a_preset_ever_chooses_become_one_model(steady: Installation) -> None:
    spec: dict[str, Any] = {"nets": MAX_NETS, "epochs": 1, "split": {"folds": MAX_NETS // 2}}
    job = steady.wait_for_end(steady.submit(steady.add_dataset(sums(100)), "y", **spec))

    assert (job.status, job.error, job.epoch) == ("succeeded", None, MAX_NETS)
    folds = [net.spec["split"]["fold"] for net in list_nets(steady, job.id)]
    assert folds == [*range(MAX_NETS // 2)] * 2


@on_every_kind
@pytest.mark.parametrize(
    ("file", "target", "spec"), [(sums(), "y", SPEC), (PICTURES, "label", CONV)], ids=["table", "pictures"]
)
def test_nets_whose_workers_are_killed_become_the_same_model(
    installation: Installation, file: str | bytes, target: str, spec: dict[str, Any]
) -> None:
    dataset_id, spec = installation.add_dataset(file), {**spec, "epochs": 60, "early_stopping": None}
    undisturbed = installation.wait_for_end(installation.submit(dataset_id, target, **spec))
    job_id = installation.submit(dataset_id, target, **spec)
    for epoch in (20, 80, 140, NETS * 60):
        installation.wait_for_epoch(job_id, epoch)
        for worker in installation.workers:
            if worker.is_running:
                for trainer in worker.trainers():
                    os.kill(trainer, signal.SIGKILL)
    job = installation.wait_for_end(job_id)
    assert (job.status, job.error, job.weights_sha256) == ("succeeded", None, undisturbed.weights_sha256)
    assert {(net.status, net.epoch) for net in list_nets(installation, job_id)} == {("succeeded", 60)}
    assert (
        installation.model(job.model_id or "")[0].metrics == installation.model(undisturbed.model_id or "")[0].metrics
    )
    assert count_left(installation)[0] == 0


@pytest.mark.parametrize(
    ("file", "target", "spec"), [(PENGUINS, "species", SPEC), (PICTURES, "label", CONV)], ids=["table", "pictures"]
)
def test_an_ensemble_is_reproduced_to_the_bit_without_a_second_model(
    steady: Installation, file: str | bytes, target: str, spec: dict[str, Any]
) -> None:
    original = steady.wait_for_end(steady.submit(steady.add_dataset(file), target, **spec))
    job = steady.reproduce(original.id)
    assert (job.status, job.error) == ("succeeded", None)
    assert (job.reproduction, job.model_id) == ({"match": True, "first_difference": None}, None)
    measured = {name: value for name, value in (original.best or {}).items() if name != "intervals"}  # an insight
    assert (job.weights_sha256, job.best) == (original.weights_sha256, measured)

    with begin_write(steady.sessions) as s:
        other = update(EpochRow).where(EpochRow.job_id == ensembles.create_net_id(original.id, 2), EpochRow.epoch >= 3)
        s.execute(other.values(weights_sha256="as on another machine"))
    assert steady.reproduce(original.id).reproduction == {"match": False, "first_difference": 3}


@on_every_kind
def test_an_endless_job_is_paused_resumed_and_finished(installation: Installation) -> None:
    job_id = installation.submit(installation.add_dataset(sums()), "y", **ENDLESS)
    installation.wait_for_epoch(job_id, 3)
    with begin_write(installation.sessions) as s:
        jobs.pause(s, OWNER, job_id)
    epoch = wait_for(lambda: installation.job(job_id).epoch, "an epoch")
    with begin_write(installation.sessions) as s:
        assert jobs.resume(s, OWNER, job_id).status == "queued"
    installation.wait_for_epoch(job_id, epoch + 3)
    job = installation.finish(job_id)
    assert (job.status, job.stop_reason, job.error) == ("succeeded", "finished_by_user", None)
    nets = list_nets(installation, job_id)
    assert [net.status for net in nets] == ["succeeded" if net.epoch else "cancelled" for net in nets]
    finished = sum(net.epoch > 0 for net in nets)
    assert finished >= 1
    with begin_read(installation.sessions) as s:
        evaluation = msgspec.json.decode(models.get_insights(s, job.model_id or "", ["evaluation"])["evaluation"])
    dataset = installation.dataset_row(job.dataset_id)
    assert evaluation["validation"]["rows"] == pytest.approx(finished * (dataset.rows or 0) / NETS, abs=finished)

    again = installation.reproduce(job_id)
    assert (again.status, again.reproduction) == ("succeeded", {"match": True, "first_difference": None})
    assert [net.status for net in list_nets(installation, again.id)] == [net.status for net in nets]


@on_every_kind
def test_a_job_cancelled_at_work_is_deleted_with_all_of_its_nets(installation: Installation) -> None:
    job_id = installation.submit(installation.add_dataset(sums()), "y", **ENDLESS)
    installation.wait_for_epoch(job_id, 3)
    installation.cancel(job_id)
    with begin_write(installation.sessions) as s:
        jobs.delete(s, OWNER, job_id)
        assert s.scalars(select(func.count()).where(JobRow.id.startswith(job_id))).one() == 0
    after = installation.wait_for_end(installation.submit(installation.add_dataset(sums()), "y", epochs=2))
    assert after.status == "succeeded", "the worker goes on"


def test_a_net_that_diverges_fails_the_job(installation: Installation) -> None:
    spec: dict[str, Any] = {**SPEC, "optimizer": {"type": "sgd", "learning_rate": 100.0, "momentum": 0.99}}
    job = installation.wait_for_end(installation.submit(installation.add_dataset(sums()), "y", **spec))
    assert (job.status, job.model_id) == ("failed", None)
    assert job.error is not None
    told = re.match(rf"Net (\d) of {NETS}: The loss or the weights became NaN", job.error["detail"])
    assert told is not None, job.error["detail"]
    assert 1 <= int(told[1]) <= NETS, "the net that was first to diverge is told of"
    assert {net.status for net in list_nets(installation, job.id)} == {"failed", "cancelled"}
