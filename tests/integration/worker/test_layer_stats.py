"""Layer statistics and weight history that real workers store."""

import hashlib
import os
import signal
from itertools import pairwise

import pytest
from sqlalchemy import func, select

from store import retention
from store.database import begin_read, begin_write
from store.jobs import jobs, layer_stats, weight_history
from store.tables import LayerStatsRow, NetRow, WeightSnapshotRow
from tests.databases import on_postgresql_and_redis
from tests.integration.worker.tables_to_learn import sides, sums
from tests.running import OWNER, Installation, wait_for

pytestmark = on_postgresql_and_redis

HISTORY = 40_000
"""Room for nine epochs of the small net with its 1,051 weights for two inputs, and for two of the usual one."""
SMALL = [{"type": "dense", "units": 30}, {"type": "dropout", "rate": 0.2}, {"type": "dense", "units": 30}]
ENDLESS = {"epochs": 1_000_000, "early_stopping": None, "layers": SMALL}


@pytest.fixture(scope="module")
def installation(module_installation: Installation) -> Installation:
    module_installation.start_worker(history_bytes=HISTORY, checkpoint_seconds=0.05)
    return module_installation


def hash_kept_weights(installation: Installation, job_id: str) -> dict[int, str]:
    """The SHA-256 of the weights that are kept, by epoch."""
    with begin_read(installation.sessions) as s:
        found = weight_history.iterate_weights(s, job_id, weight_history.list_epochs(s, job_id))
        return {epoch: hashlib.sha256(data).hexdigest() for epoch, data in found}


def list_layer_stats(installation: Installation, job_id: str) -> list[LayerStatsRow]:
    with begin_read(installation.sessions) as s:
        return layer_stats.list_latest(s, job_id, 1_000_000)


def hash_epochs(installation: Installation, job_id: str) -> dict[int, str | None]:
    return {epoch.epoch: epoch.weights_sha256 for epoch in installation.epochs(job_id)}


def test_a_short_job_stores_all_weights_and_the_layer_statistics_of_its_first_and_last_epoch(
    installation: Installation,
):
    job = installation.wait_for_end(
        installation.submit(installation.add_dataset(sides()), "side", epochs=5, layers=SMALL)
    )
    weights, looks = hash_kept_weights(installation, job.id), list_layer_stats(installation, job.id)

    assert list(weights) == [0, 1, 2, 3, 4, 5]
    assert {epoch: weights[epoch] for epoch in range(1, 6)} == hash_epochs(installation, job.id)
    assert weights[job.best["epoch"]] == job.weights_sha256
    assert {1, 5} <= {look.epoch for look in looks} <= {1, 2, 3, 4, 5}
    assert [(layer["layer"], layer["units"], layer["activation"]) for layer in looks[0].layers] == [
        (1, 30, "relu"),
        (2, 30, "relu"),
        (3, 1, "linear"),
    ]
    assert all(layer["gradient_norm"] > 0 and layer["update_ratio"] > 0 for look in looks for layer in look.layers)
    with begin_read(installation.sessions) as s:
        assert weight_history.get_gradients(s, job.id)[0] == 5


def test_a_resumed_job_continues_its_weight_history(installation: Installation):
    job_id = installation.submit(installation.add_dataset(sums()), "y", **ENDLESS)
    installation.wait_for_epoch(job_id, 30)
    os.kill(int(installation.job(job_id).worker.split(":")[1]), signal.SIGKILL)
    wait_for(lambda: installation.job(job_id).attempts == 2, "the second attempt")
    job = installation.finish(job_id, more=30)
    weights, wanted = hash_kept_weights(installation, job_id), hash_epochs(installation, job_id)
    epochs = list(weights)

    assert 5 <= len(epochs) <= HISTORY // (4 * 1051)
    assert (epochs[0], epochs[-1]) == (0, job.epoch)
    assert len({late - early for early, late in pairwise(epochs[:-1])}) == 1
    assert [weights[epoch] for epoch in epochs[1:]] == [wanted[epoch] for epoch in epochs[1:]]
    looks = [look.epoch for look in list_layer_stats(installation, job_id)]
    assert (looks[0], looks[-1]) == (1, job.epoch)


def test_a_diverging_job_has_layer_statistics_of_its_last_finite_epoch(installation: Installation):
    steep = {"optimizer": {"type": "sgd", "learning_rate": 9.0}, "layers": SMALL[:1]}
    job = installation.wait_for_end(
        installation.submit(installation.add_dataset(sums()), "y", epochs=200, early_stopping=None, **steep)
    )

    assert job.error["type"] == "/problems/diverged"
    assert [look.epoch for look in list_layer_stats(installation, job.id)][-1:] == [job.epoch][: job.epoch]


def test_layer_statistics_and_weights_are_deleted_with_their_job(installation: Installation):
    dataset = installation.add_dataset(sums())
    one, other = (installation.wait_for_end(installation.submit(dataset, "y", epochs=2)) for _ in range(2))

    def count_rows(job_id: str) -> list[int | None]:
        with begin_read(installation.sessions) as s:
            tables = (LayerStatsRow, NetRow, WeightSnapshotRow)
            return [s.scalar(select(func.count()).select_from(row).where(row.job_id == job_id)) for row in tables]

    assert count_rows(one.id) == [2, 1, 2]
    with begin_write(installation.sessions) as s:
        jobs.delete(s, OWNER, one.id)
    assert count_rows(one.id) == [0, 0, 0]
    with begin_write(installation.sessions) as s:
        retention.delete_old_jobs(s, -3600.0)
    assert count_rows(other.id) == [0, 0, 0]
