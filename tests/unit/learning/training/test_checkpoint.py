"""Checkpoints: resumed training ends with the same bits, or is refused."""

import hashlib
import itertools

import numpy as np
import pytest

from learning.data.prepare import prepare
from learning.data.split_spec import SplitSpec
from learning.errors import CorruptCheckpoint
from learning.nn.layers import Dense, Dropout
from learning.nn.net import NeuralNet
from learning.optim import Adam, AdamW, Muon, RmsProp, Sgd
from learning.optim.schedules import Constant, Cosine, Plateau
from learning.training import trainer as trainers
from learning.training.checkpoint import TrainingCheckpoint
from learning.training.parallel import SUPPORTED
from learning.training.spec import EarlyStopping
from learning.training.trainer import Epoch
from tests.unit.learning.data.test_prepare_in_chunks import Cut
from tests.unit.learning.frames import create_categorical, create_frame, create_numeric
from tests.unit.learning.rows import create_rows
from tests.unit.learning.trainings import create_trainer

LAYERS = (Dense(units=16), Dropout(rate=0.3), Dense(units=8, activation="gelu"))
OPTIMIZERS = [Sgd(), Sgd(momentum=0.9, nesterov=True), RmsProp(), Adam(learning_rate=0.01), AdamW(), Muon()]
PLATEAU = Plateau(patience=1, factor=0.5, min_delta=0.01)


@pytest.fixture(autouse=True)
def _short_blocks(monkeypatch):
    monkeypatch.setattr(trainers, "choose_block_rows", lambda _width, _parameters, batch_size: 2 * batch_size)


def rows(n=200, seed=0):
    random = np.random.default_rng(seed)
    x = random.normal(size=(n, 4)).astype(np.float32)
    return create_rows(x, (x[:, 0] * x[:, 1] > 0).astype(np.int64), 2)


def new_trainer(*, validation=True, layers=LAYERS, many=200, **settings):
    chosen = {"optimizer": Adam(), "schedule": Constant(), "epochs": 5, "batch_size": 32, **settings}
    data = rows(many)
    net = NeuralNet(data.width, layers, data.outputs, seed=3)
    return create_trainer(net, data, rows(60, seed=1) if validation else None, seed=3, **chosen)


def reload_checkpoint(snapshot):
    """The snapshot as it comes out of a file."""
    data = b"".join(snapshot.to_chunks())
    return TrainingCheckpoint.from_bytes(memoryview(data), hashlib.sha256(data).hexdigest())


def finish_training(trainer, moments):
    epochs = [moment for moment in moments if isinstance(moment, Epoch)]
    trainer.finish()
    return epochs, trainer.net.parameters.tobytes(), trainer.best_epoch, trainer.best_error, trainer.stop_reason


@pytest.mark.parametrize("validation", [True, False])
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: f"{o.type}{getattr(o, 'momentum', '')}")
def test_resumed_at_any_moment_training_ends_with_the_same_bits(optimizer, validation):
    settings = {"optimizer": optimizer, "schedule": PLATEAU, "validation": validation, "weight_decay": 0.01}
    whole = new_trainer(**settings)
    moments = list(whole.run())
    expected = finish_training(whole, moments)
    for stop in range(1, len(moments) + 1):
        first, second = new_trainer(**settings), new_trainer(**settings)
        before = list(itertools.islice(first.run(), stop))
        second.restore(reload_checkpoint(first.checkpoint()))
        assert finish_training(second, [*before, *second.run()]) == expected


@pytest.mark.parametrize("cut", [None, 70], ids=["whole", "chunks"])
@pytest.mark.parametrize(
    "split",
    [
        SplitSpec(test=0.1),
        SplitSpec(group_by="who", test=0.1),
        SplitSpec(order_by="when", test=0.1),
        SplitSpec(column="part"),
        SplitSpec(keep_copies_together=True),
        SplitSpec(folds=4, fold=2),
        SplitSpec(folds=4, fold=3, group_by="who", test=0.1),
    ],
    ids=["random", "groups", "time", "column", "copies", "folds", "folds of groups"],
)
def test_a_weighted_job_that_begins_again_with_its_table_ends_with_the_same_bits(split, cut):
    random = np.random.default_rng(5)
    table = create_frame(
        x=create_numeric(random.normal(size=240)),
        w=create_numeric(random.integers(0, 4, 240)),
        who=create_categorical([f"p{row % 40}" for row in range(240)]),
        when=create_numeric(random.permutation(240)),
        part=create_categorical(random.choice(["train", "validation", "test"], 240, p=[0.7, 0.2, 0.1]).tolist()),
        y=create_categorical(random.choice(["a", "b", "c"], 240).tolist()),
    )

    def new_job():
        prepared = prepare(
            table if cut is None else Cut(table, cut), target="y", split=split, weight_column="w", seed=7
        )
        net = NeuralNet(prepared.inputs.net_inputs, LAYERS, prepared.train.outputs, seed=3)
        return create_trainer(net, prepared.train, prepared.validation, seed=3, epochs=3, batch_size=32)

    whole = new_job()
    expected = finish_training(whole, whole.run())
    first, second = new_job(), new_job()
    before = list(itertools.islice(first.run(), 2))
    second.restore(reload_checkpoint(first.checkpoint()))
    assert finish_training(second, [*before, *second.run()]) == expected


@pytest.mark.skipif(not SUPPORTED, reason="parallel training needs Linux on x86-64")
def test_parallel_training_resumes_from_a_checkpoint():
    layers = (Dense(units=256), Dropout(rate=0.3), Dense(units=256))
    settings = {"layers": layers, "batch_size": 128, "cores": 2, "epochs": 2, "many": 800}
    whole = new_trainer(**settings)
    assert whole.workers == 2
    moments = list(whole.run())
    expected = finish_training(whole, moments)
    for stop in range(1, len(moments), 3):
        first, second = new_trainer(**settings), new_trainer(**settings)
        before = list(itertools.islice(first.run(), stop))
        second.restore(reload_checkpoint(first.checkpoint()))
        assert finish_training(second, [*before, *second.run()]) == expected


def test_the_schedule_and_the_patience_resume_where_they_were():
    settings = {
        "schedule": Cosine(warmup_epochs=2),
        "early_stopping": EarlyStopping(patience=2, min_delta=0.5),
        "epochs": 50,
    }
    whole = new_trainer(**settings)
    expected = finish_training(whole, whole.run())
    assert expected[-1] == "early_stopping"
    first, second = new_trainer(**settings), new_trainer(**settings)
    events = first.run()
    before = [next(moment for moment in events if isinstance(moment, Epoch)) for _ in range(2)]
    second.restore(reload_checkpoint(first.checkpoint()))
    assert finish_training(second, [*before, *second.run()]) == expected


def test_a_checkpoint_before_the_first_step_is_the_start():
    first, second = new_trainer(), new_trainer()
    second.restore(reload_checkpoint(first.checkpoint()))
    assert finish_training(second, second.run()) == finish_training(first, first.run())


def test_any_byte_that_is_lost_or_changed_is_detected():
    data = b"".join(new_trainer().checkpoint().to_chunks())
    sha256 = hashlib.sha256(data).hexdigest()
    for cut in (0, 7, 16, 100, len(data) - 1):
        with pytest.raises(CorruptCheckpoint, match="checksum"):
            TrainingCheckpoint.from_bytes(memoryview(data[:cut]), sha256)
    for place in range(0, len(data), 97):
        changed = bytearray(data)
        changed[place] ^= 1
        with pytest.raises(CorruptCheckpoint, match="checksum"):
            TrainingCheckpoint.from_bytes(memoryview(changed), sha256)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "begin"),
        (b"GRADUS\x00\x01" + bytes(8), "begin"),
        (b"GRADUSC\x01" + b"\xff" * 8, "claims"),
        (b"GRADUSC\x01" + (2).to_bytes(8, "little") + b"{}", "cannot be read"),
        (b"GRADUSC\x01" + (4).to_bytes(8, "little") + b"[[[[", "cannot be read"),
    ],
)
def test_bytes_with_the_right_checksum_that_are_no_checkpoint_are_refused(data, says):
    with pytest.raises(CorruptCheckpoint, match=says):
        TrainingCheckpoint.from_bytes(memoryview(data), hashlib.sha256(data).hexdigest())


def test_a_header_that_claims_more_than_there_is_is_refused():
    data = b"".join(new_trainer().checkpoint().to_chunks())[:-4]
    with pytest.raises(CorruptCheckpoint, match="header claims"):
        TrainingCheckpoint.from_bytes(memoryview(data), hashlib.sha256(data).hexdigest())


@pytest.mark.parametrize("other", [{"layers": (Dense(units=5),)}, {"optimizer": Sgd()}])
def test_a_checkpoint_of_another_training_is_refused_and_changes_nothing(other):
    trainer, untouched = new_trainer(), new_trainer()
    stranger = new_trainer(**other)
    next(stranger.run())
    with pytest.raises(CorruptCheckpoint, match="another"):
        trainer.restore(reload_checkpoint(stranger.checkpoint()))
    assert finish_training(trainer, trainer.run()) == finish_training(untouched, untouched.run())
