"""Samples of what a net writes while it learns."""

import numpy as np
import pytest

from learning.data.split_spec import SplitSpec
from learning.frame import Frame, TextColumn
from learning.language.prepare import prepare_language
from learning.language.samples import MAX_SAMPLES, SampleWriter, is_sampled
from learning.language.spec import LanguageSpec, choose_language_layers
from learning.nn.net import NeuralNet

LINES = ["the cat sat\0 on the mat", "a dog ran to the man", "the man sat on a dog", "the mat ran"] * 60


def create_writer(epochs: int) -> SampleWriter:
    frame = Frame({"line": TextColumn(np.array(LINES, object))}, len(LINES))
    language = LanguageSpec(context=16, windows=40)
    prepared = prepare_language(frame, text="line", language=language, split=SplitSpec(), batch_size=8, seed=0)
    net = NeuralNet(prepared.inputs.net_inputs, choose_language_layers(16, 1, 2, 0.1), prepared.train.outputs, seed=0)
    return SampleWriter(prepared, net, epochs)


def test_a_sample_is_the_same_for_the_same_weights_and_free_of_nul() -> None:
    writer = create_writer(3)
    first = writer.write(1)
    assert first is not None
    assert len(first) == 200
    assert set(first) <= {*"".join(LINES), "\n", "\ufffd"} - {"\0"}
    assert create_writer(3).write(2) == first
    assert writer.writer is not None
    writer.writer.net.parameters[...] *= 1.5
    assert writer.write(3) != first


@pytest.mark.parametrize(("epochs", "expected"), [(1, 1), (MAX_SAMPLES, MAX_SAMPLES), (1200, 400), (1_000_000, 500)])
def test_of_many_epochs_only_some_have_a_sample(epochs: int, expected: int) -> None:
    assert sum(is_sampled(epoch, epochs) for epoch in range(1, epochs + 1)) == expected
