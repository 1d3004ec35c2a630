"""What is told of a net that writes: the least expected tokens, and the favourite contexts of its neurons."""

import numpy as np
import pytest

from learning.insight.eval_sample import draw_sample
from learning.insight.neuron_contexts import compute_answers, find_favourite_contexts, list_neuron_layers
from learning.insight.surprises import find_surprises
from learning.language.writer import Writer
from learning.tasks.language import TextTarget
from tests.unit.learning.language.test_prepare import create_trainer, prepare


@pytest.fixture(scope="module")
def training():
    prepared = prepare()
    trainer = create_trainer(prepared, epochs=2)
    for _ in trainer.run():
        pass
    return prepared, trainer.net


def test_surprises_are_the_least_probable_tokens_in_their_context(training):
    prepared, net = training
    sample = draw_sample(net, "validation", prepared.validation)
    found = find_surprises(net, prepared.inputs.tokenizer, sample)

    target = sample.data.target
    assert isinstance(target, TextTarget)
    scores = np.exp(sample.logits[:, : target.context].astype(float))
    assert found.data[0].probability == pytest.approx(scores.min(), rel=1e-5)
    probabilities = [each.probability for each in found.data]
    assert probabilities == sorted(probabilities)
    assert len({(each.before, each.after) for each in found.data}) > 1
    text = prepared.inputs.tokenizer.decode(target.text.tolist())
    for each in found.data[:10]:
        assert f"{each.before}{each.token}{each.after}" in text
        assert len(each.expected) == 3
        assert all(one.probability >= each.probability for one in each.expected if one.token != each.token)
    first, writer = found.data[0], Writer(prepared.inputs, net)
    if len(first.before) < target.context:
        expected = writer.expect_next(first.before)
        assert first.expected[0].token == writer.tokenizer.tokens[int(expected.argmax())]


def test_a_surprise_is_told_once_however_often_the_text_repeats_it(training):
    prepared, net = training
    found = find_surprises(net, prepared.inputs.tokenizer, draw_sample(net, "validation", prepared.validation))

    endings = [(each.before + each.token)[-5:] for each in found.data]
    assert len(set(endings)) == len(endings)
    target = prepared.validation.target
    assert isinstance(target, TextTarget)
    held_out = prepared.inputs.tokenizer.decode(target.text[target.held_out :].tolist())
    assert max(held_out.count(ending) for ending in endings) > 5
    assert found.measured > 5 * len(found.data)


def test_favourite_contexts_are_where_a_neuron_outputs_most(training):
    prepared, net = training
    windows = prepared.validation.arrays.tokens[:][:, :-1]
    found = find_favourite_contexts(net, windows, 2.0**40)
    assert found is not None
    (layer,) = list_neuron_layers(net)[:1]
    answers = compute_answers(net, windows)[0]
    outputs = answers.reshape(layer.units, *windows.shape)
    for unit in (0, layer.units - 1):
        rows, positions = np.divmod(found.places[layer.first + unit], windows.shape[1])
        highest = outputs[unit].max(axis=1)
        assert rows.tolist() == np.argsort(-highest, kind="stable")[: len(rows)].tolist()
        np.testing.assert_allclose(outputs[unit][rows, positions], highest[rows])


def test_few_windows_are_searched_where_there_is_little_time(training):
    prepared, net = training
    windows = np.tile(prepared.validation.arrays.tokens[:][:, :-1], (10, 1))
    found = find_favourite_contexts(net, windows, 1.0)
    assert found is not None
    assert len(found.windows) == min(8, len(windows))
