"""Data-parallel training: deterministic, equal to one process, and no process left behind."""

import os
import signal
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from learning.data.arrays import ArrayDataset
from learning.errors import LearningError
from learning.nn.layers import Dense, Dropout
from learning.nn.layers.embedding import Embedding
from learning.nn.layers.inputs import NetInputs
from learning.nn.net import NeuralNet
from learning.optim import Adam, AdamW, Muon, RmsProp, Sgd
from learning.optim.schedules import Constant
from learning.training.checkpoint import TrainingCheckpoint
from learning.training.parallel import SUPPORTED, WorkerGroup, choose_worker_count
from learning.training.trainer import Epoch, Progress
from tests.unit.learning.rows import create_rows, create_target
from tests.unit.learning.trainings import create_trainer

pytestmark = pytest.mark.skipif(not SUPPORTED, reason="parallel training needs Linux on x86-64")

LAYERS = (Dense(units=400), Dense(units=160, activation="tanh"))


@pytest.fixture(autouse=True)
def one_thread():
    """As in a worker: workers whose products have threads compete for cores."""
    with threadpool_limits(1):
        yield


def rows(n=1000, classes=3, dtype=np.float32):
    random = np.random.default_rng(0)
    x = random.normal(size=(n, 20)).astype(dtype)
    y = np.digitize(x[:, 0] * x[:, 1], [-0.3, 0.3]) if classes else np.sin(x[:, :1])
    return create_rows(x, y if classes else y.astype(dtype), classes)


def train(cores, data, layers=LAYERS, validation=None, **settings):
    net = NeuralNet(data.width, layers, data.outputs, seed=0, dtype=data.x.dtype)
    usual = {"optimizer": Adam(), "schedule": Constant(), "epochs": 3, "batch_size": 192}
    trainer = create_trainer(net, data, validation, cores=cores, **{**usual, **settings})
    return trainer, [moment for moment in trainer.run() if isinstance(moment, Epoch)]


@pytest.mark.parametrize("optimizer", [Sgd(momentum=0.9), RmsProp(), Adam(), AdamW(), Muon()])
def test_the_same_number_of_workers_gives_the_same_bits(optimizer):
    layers = (*LAYERS, Dropout(rate=0.3))
    runs = [train(2, rows(), layers, optimizer=optimizer, weight_decay=0.01) for _ in range(3)]
    assert {trainer.workers for trainer, _ in runs} == {2}
    assert len({trainer.net.parameters.tobytes() for trainer, _ in runs}) == 1
    assert runs[0][1] == runs[1][1] == runs[2][1]


@pytest.mark.parametrize("cores", [2, 3])
@pytest.mark.parametrize("batch_size", [192, 193, 500, 999, 1000])
def test_several_workers_train_the_net_that_one_trains(cores, batch_size):
    data = rows(dtype=np.float64)
    (alone, epochs), (shared, others) = (
        train(count, data, batch_size=batch_size, weight_decay=0.01, gradient_clip_norm=0.1) for count in (1, cores)
    )
    assert (alone.workers, shared.workers) == (1, cores)
    np.testing.assert_allclose(shared.net.parameters, alone.net.parameters, rtol=1e-7, atol=1e-10)
    for one, other in zip(epochs, others, strict=True):
        assert other.train_loss == pytest.approx(one.train_loss)
        assert other.gradient_norm == pytest.approx(one.gradient_norm)
        assert other.metrics == pytest.approx(one.metrics)


def test_several_workers_make_the_steps_of_whole_matrices_that_one_makes():
    layers, data = (*LAYERS, Dense(units=90)), rows(dtype=np.float64)
    (alone, _), (shared, _) = (train(count, data, layers, optimizer=Muon(), weight_decay=0.01) for count in (1, 2))
    assert (alone.workers, shared.workers) == (1, 2)
    np.testing.assert_allclose(shared.net.parameters, alone.net.parameters, rtol=1e-6, atol=1e-9)


def test_weighted_validation_loss_is_that_of_one_worker():
    weights = np.array([1.0, 2.0, 5.0])
    alone, shared = (train(count, rows(), validation=rows(300), class_weights=weights)[1] for count in (1, 2))
    assert shared[-1].validation_loss == pytest.approx(alone[-1].validation_loss, rel=1e-4)


def test_the_number_of_workers_follows_from_net_batch_and_cores():
    assert choose_worker_count(6081, 1024, 2) == 2
    assert choose_worker_count(600_000, 1024, 8) == 8
    assert choose_worker_count(6081, 1024, 1) == 1
    assert choose_worker_count(10_000_000, 1, 8) == 1
    assert choose_worker_count(6081, 256, 8) == 1
    assert choose_worker_count(2_000_000, 32, 2) == 1
    assert choose_worker_count(2_000_000, 32, 2, sees_pictures=True) == 2
    assert choose_worker_count(20_000, 32, 2, sees_pictures=True) == 1


def train_with_embeddings(cores, rows=1000, **settings):
    """Train on numbers and three columns of ids, two of which have vectors of one length and some ids often."""
    random = np.random.default_rng(5)
    x, shares = random.normal(size=(rows, 4)), random.random((rows, 3)) ** (1, 4, 2)
    inputs = NetInputs(4, tuple([Embedding(ids=ids, units=units) for ids, units in ((90, 8), (40, 8), (7, 3))]))
    ids = (shares * [embedding.ids for embedding in inputs.embeddings]).astype(np.int32)
    data = ArrayDataset(x, np.sin(x[:, :1] + ids[:, :1]), create_target(), ids=ids)
    net = NeuralNet(inputs, LAYERS, 1, seed=0, dtype=np.float64)
    usual = {"optimizer": Adam(), "schedule": Constant(), "epochs": 3, "batch_size": 192, "weight_decay": 0.01}
    trainer = create_trainer(net, data, cores=cores, **{**usual, **settings})
    return trainer, [moment for moment in trainer.run() if isinstance(moment, Epoch)]


@pytest.mark.parametrize("cores", [2, 3])
@pytest.mark.parametrize("settings", [{}, {"batch_size": 999}, {"gradient_clip_norm": 0.1}], ids=str)
def test_several_workers_train_the_embeddings_that_one_trains(cores, settings):
    (alone, epochs), (shared, others) = (train_with_embeddings(count, **settings) for count in (1, cores))
    assert (alone.workers, shared.workers) == (1, cores)
    np.testing.assert_allclose(shared.net.parameters, alone.net.parameters, rtol=1e-7, atol=1e-10)
    for one, other in zip(epochs, others, strict=True):
        assert other.train_loss == pytest.approx(one.train_loss)
        assert other.gradient_norm == pytest.approx(one.gradient_norm)


def test_the_same_number_of_workers_gives_embeddings_the_same_bits():
    runs = [train_with_embeddings(2)[0].net.parameters.tobytes() for _ in range(2)]
    assert runs[0] == runs[1]


def list_children():
    """The processes that this one has started."""
    return {thread.joinpath("children").read_text() for thread in Path("/proc/self/task").iterdir()}


def test_no_process_is_left_when_training_ends_or_is_closed_within_an_epoch():
    before = list_children()
    train(2, rows())
    data = rows(20_000)
    net = NeuralNet(data.width, LAYERS, data.outputs, seed=0)
    trainer = create_trainer(net, data, optimizer=Adam(), schedule=Constant(), epochs=3, batch_size=192, cores=2)
    moments = trainer.run()
    assert isinstance(next(moments), Progress)
    assert list_children() != before
    moments.close()
    assert list_children() == before


def test_a_killed_process_ends_parallel_training_with_a_remedy():
    class KilledWorker:
        def __init__(self, number, barrier):
            self.number, self.barrier = number, barrier

        def run_block(self, *_):
            if self.number:
                os.kill(os.getpid(), signal.SIGKILL)
            self.barrier()

    with WorkerGroup(2, KilledWorker) as group, pytest.raises(LearningError, match="Try again"):
        group.run_block(1, 0, 0.1)


def test_workers_that_resume_within_an_epoch_train_to_the_same_bits():
    data, settings = rows(20_000), {"optimizer": Adam(), "schedule": Constant(), "epochs": 2, "batch_size": 192}
    layers = (*LAYERS, Dropout(rate=0.3))

    def trainer():
        return create_trainer(NeuralNet(data.width, layers, data.outputs, seed=0), data, cores=2, **settings)

    first, second = trainer(), trainer()
    moments = first.run()
    assert isinstance(next(moments), Progress)
    kept = first.checkpoint()
    second.restore(TrainingCheckpoint(kept.state, [vector.copy() for vector in kept.vectors]))
    epochs = [[moment for moment in run if isinstance(moment, Epoch)] for run in (moments, second.run())]
    assert epochs[0] == epochs[1]
    assert first.net.parameters.tobytes() == second.net.parameters.tobytes()
