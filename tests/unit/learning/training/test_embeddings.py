"""Training with embeddings: it learns what ids say, keeps the bits when resumed, and leaves alone what no row reads."""

import hashlib
import itertools

import numpy as np
import pytest

from learning.data.arrays import ArrayDataset
from learning.insight.layer_stats import LayerMonitor
from learning.nn.layers import Dense, Dropout
from learning.nn.layers.embedding import Embedding
from learning.nn.layers.inputs import NetInputs
from learning.nn.net import NeuralNet
from learning.optim import Adam, AdamW, RmsProp, Sgd
from learning.training import trainer as trainers
from learning.training.checkpoint import TrainingCheckpoint
from learning.training.trainer import Epoch
from tests.unit.learning.rows import create_target
from tests.unit.learning.trainings import create_trainer

IDS, UNSEEN = 60, 5
INPUTS = NetInputs(2, (Embedding(ids=IDS, units=4), Embedding(ids=3, units=2)))

LAYERS = (Dense(units=16), Dropout(rate=0.1))


def create_dataset(rows=600, seed=0):
    """Rows whose target is a number of their first id's own, plus one of their numbers."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(rows, 2)).astype(np.float32)
    ids = np.column_stack([random.integers(0, IDS - UNSEEN, rows), random.integers(0, 3, rows)]).astype(np.int32)
    own = np.random.default_rng(9).normal(size=IDS)
    return ArrayDataset(x, own[ids[:, :1]] + x[:, :1] / 2, create_target(), ids=ids)


def new_trainer(layers=LAYERS, *, validation=True, **settings):
    net = NeuralNet(INPUTS, layers, 1, seed=3)
    chosen = {"optimizer": Adam(learning_rate=0.01), "epochs": 3, "batch_size": 32, **settings}
    return create_trainer(net, create_dataset(), create_dataset(200, 1) if validation else None, seed=3, **chosen)


def list_epochs(moments):
    return [moment for moment in moments if isinstance(moment, Epoch)]


def test_vectors_learn_what_each_id_means():
    trainer = new_trainer((Dense(units=16),), epochs=60)
    *_, last = list_epochs(trainer.run())
    assert (last.metrics["r2"] or 0) > 0.97


@pytest.mark.parametrize("optimizer", [Sgd(momentum=0.9), RmsProp(), Adam(learning_rate=0.01), AdamW()], ids=repr)
def test_resumed_at_any_moment_training_ends_with_the_same_bits(optimizer, monkeypatch):
    monkeypatch.setattr(trainers, "choose_block_rows", lambda _values, _parameters, batch_size: 8 * batch_size)
    settings = {"optimizer": optimizer, "weight_decay": 0.01, "gradient_clip_norm": 0.5}
    whole = new_trainer(**settings)
    moments = list(whole.run())
    for stop in range(1, len(moments) + 1):
        first, second = new_trainer(**settings), new_trainer(**settings)
        before = list(itertools.islice(first.run(), stop))
        data = b"".join(first.checkpoint().to_chunks())
        second.restore(TrainingCheckpoint.from_bytes(memoryview(data), hashlib.sha256(data).hexdigest()))
        assert list_epochs([*before, *second.run()]) == list_epochs(moments)
        assert second.net.parameters.tobytes() == whole.net.parameters.tobytes()


def test_a_vector_that_no_row_reads_keeps_its_first_numbers_and_the_last_is_the_mean_of_all_rows():
    trainer = new_trainer(weight_decay=0.1)
    before = trainer.net.tables[0].copy()
    list(trainer.run())
    changed = (trainer.net.tables[0] != before).any(axis=1)
    assert changed.tolist() == [True] * (IDS - UNSEEN) + [False] * (UNSEEN - 1) + [True]
    rows = trainer.rows.dataset.ids[:, 0]
    np.testing.assert_allclose(trainer.net.tables[0][-1], trainer.net.tables[0][rows].mean(axis=0), rtol=1e-5)
    states = [memory[trainer.net.table_stretches[0]].reshape(before.shape) for memory in trainer.state.memory]
    assert all(state[-UNSEEN:].any() == np.False_ for state in states)


def test_gradients_are_clipped_to_the_norm_of_layers_and_tables_together():
    free, clipped = (
        new_trainer(optimizer=Sgd(learning_rate=1.0), epochs=1, batch_size=600, **settings)
        for settings in ({}, {"gradient_clip_norm": 0.01})
    )
    steps = []
    for trainer in (free, clipped):
        before = trainer.net.parameters.copy()
        (epoch,) = trainer.run()
        step = trainer.net.parameters - before
        trainer.net.view_tables(step)[0][-1] = 0  # it is no step, but the mean of the others
        steps.append(step)
    norm = np.linalg.norm(steps[0])
    assert epoch.gradient_norm == pytest.approx(norm, rel=1e-3)
    np.testing.assert_allclose(steps[1] * norm / 0.01, steps[0], atol=1e-4)


def test_rows_that_do_not_fit_the_net_are_refused():
    data = create_dataset()
    with pytest.raises(ValueError, match="ids"):
        create_trainer(NeuralNet(2, [], 1, seed=0), data)
    with pytest.raises(ValueError, match="do not fit"):
        ArrayDataset(data.x, data.y, data.target, ids=data.ids[:-1])


def test_layer_statistics_are_those_of_the_layers_behind_the_vectors():
    trainer = new_trainer(validation=False)
    monitor = LayerMonitor(trainer)
    list(trainer.run())
    found = monitor.measure(trainer.net.parameters, trainer.state.before)
    net, data = trainer.net, trainer.monitored_data
    sample = data.take(np.arange(256) * len(data) // 256)
    outputs = np.maximum(net.join(*sample.arrays) @ net.weights[0][:-1] + net.weights[0][-1], 0)
    assert [layer.units for layer in found] == [16, 1]
    assert found[0].activation_mean == pytest.approx(outputs.mean(), rel=1e-4)
    assert all(0 < layer.update_ratio < 1 for layer in found)
