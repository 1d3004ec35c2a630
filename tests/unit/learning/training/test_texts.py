"""Training of nets that learn to write: the same bits after a resumption within an epoch, and by several workers."""

import hashlib
from collections.abc import Iterator

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from learning.data.split_spec import SplitSpec
from learning.frame import Frame, TextColumn
from learning.language.prepare import prepare_language
from learning.language.spec import LanguageSpec, choose_language_layers
from learning.nn.net import NeuralNet
from learning.optim import Muon
from learning.optim.schedules import Cosine
from learning.training.checkpoint import TrainingCheckpoint
from learning.training.parallel import SUPPORTED
from learning.training.spec import TrainingSpec
from learning.training.trainer import Progress, Trainer

LINES = [f"{number} and {number % 7} are {number + number % 7}" for number in range(900)]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """As in a worker."""
    with threadpool_limits(1):
        yield


def create_trainer(cores: int = 1) -> Trainer:
    frame = Frame({"line": TextColumn(np.array(LINES, object))}, len(LINES))
    language, split = LanguageSpec(context=32, windows=1200), SplitSpec(validation=0.1)
    prepared = prepare_language(frame, text="line", language=language, split=split, batch_size=8, seed=0)
    layers = tuple(choose_language_layers(64, 1, 2, 0.1, run=2, alibi=True))
    net = NeuralNet(prepared.inputs.net_inputs, layers, prepared.train.outputs, seed=0)
    spec = TrainingSpec(
        layers=layers, epochs=2, batch_size=8, optimizer=Muon(), schedule=Cosine(warmup_epochs=1), early_stopping=None
    )
    return Trainer(net, prepared.train, prepared.epoch_sample, spec, cores=cores)


@pytest.mark.parametrize("cores", [1, pytest.param(2, marks=pytest.mark.skipif(not SUPPORTED, reason="needs fork"))])
def test_a_text_is_learned_to_the_same_bits_from_within_an_epoch(cores: int) -> None:
    whole = create_trainer(cores)
    events = [*whole.run()]
    assert whole.workers == cores
    assert sum(isinstance(event, Progress) for event in events) >= 2

    begun = create_trainer(cores)
    iterator = begun.run()
    assert isinstance(next(iterator), Progress)
    data = b"".join(begun.checkpoint().to_chunks())
    resumed = create_trainer(cores)
    resumed.restore(TrainingCheckpoint.from_bytes(memoryview(data), hashlib.sha256(data).hexdigest()))
    rest = [*resumed.run()]
    assert rest == events[-len(rest) :]
    np.testing.assert_array_equal(resumed.net.parameters, whole.net.parameters)
