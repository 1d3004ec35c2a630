"""The trace of a training step on one token, against numeric gradients and the net's own forward pass."""

import numpy as np
import pytest

from learning.insight.token_trace import trace_token
from learning.language.reading import read_text
from learning.language.writer import Writer
from learning.nn.layers import Attention, Dense, Dropout, Norm, Residual, TokenEmbedding
from learning.nn.layers.inputs import NetInputs, TokenInput
from learning.nn.net import NeuralNet
from learning.nn.plan import execute
from tests.unit.learning.language.test_prepare import create_trainer, prepare

VOCABULARY, CONTEXT, LEARNING_RATE = 7, 6, 0.05
TOKENS, EXPECTED = [3, 1, 3, 5], 2
STEP = 1e-6


@pytest.fixture(scope="module")
def net():
    """A net of every kind of layer, whose parameters are all at work."""
    layers = [
        TokenEmbedding(units=4, run=2),
        Residual(layers=(Norm(), Attention(heads=2, alibi=True), Dropout(rate=0.5))),
        Residual(layers=(Norm(), Dense(units=5, activation="gelu"), Dense(units=4, activation="linear"))),
        Norm(),
    ]
    net = NeuralNet(NetInputs(0, tokens=TokenInput(VOCABULARY, CONTEXT)), layers, VOCABULARY, seed=1, dtype=float)
    net.parameters += np.random.default_rng(2).normal(size=net.parameter_count) / 4
    return net


def compute_loss(net, parameters):
    """The loss of the last token, with other parameters."""
    before = net.parameters.copy()
    net.parameters[...] = parameters
    plan = net.plan_tokens(1)
    window = np.zeros((1, CONTEXT + 1), np.int32)
    window[0, : len(TOKENS)] = TOKENS
    execute(plan.plan_forward(window))
    z = plan.logits[len(TOKENS) - 1].copy()
    net.parameters[...] = before
    return np.log(np.exp(z).sum()) - z[EXPECTED]


def compute_gradient(net):
    """Its gradient by all parameters, by central differences."""
    ends = [
        [compute_loss(net, net.parameters + sign * STEP * unit) for sign in (1, -1)]
        for unit in np.eye(net.parameter_count)
    ]
    return np.subtract(*np.transpose(ends)) / (2 * STEP)


def test_gradients_are_the_numeric_ones(net):
    gradient, before = compute_gradient(net), net.parameters.copy()
    found = trace_token(net, TOKENS, EXPECTED, LEARNING_RATE)

    np.testing.assert_allclose(found.output_gradient, net.weight_views(gradient)[-1], atol=1e-7)
    vectors = net.placed[0].cut_parameters(gradient)["vectors"]
    np.testing.assert_allclose(found.embedding.gradient, vectors[TOKENS[-1]], atol=1e-7)
    leaves = [leaf for placed in net.placed for leaf in placed.leaves() if leaf.parameters]
    norms = [(np.linalg.norm(net.parameters[leaf.stretch]), np.linalg.norm(gradient[leaf.stretch])) for leaf in leaves]
    learners = [layer for layer in found.layers if layer.weight_norm is not None]
    np.testing.assert_allclose([(each.weight_norm, each.gradient_norm) for each in learners], norms, atol=1e-7)
    assert found.loss == pytest.approx(compute_loss(net, net.parameters))
    assert found.loss_after == pytest.approx(compute_loss(net, net.parameters - LEARNING_RATE * gradient), rel=1e-5)
    assert found.loss_after < found.loss
    np.testing.assert_array_equal(net.parameters, before)


def test_layers_are_those_of_the_forward_pass_in_its_order(net):
    found = trace_token(net, TOKENS, EXPECTED, LEARNING_RATE)
    described = [(each.layer.type, each.number, each.block, len(each.outputs)) for each in found.layers]
    assert described == [
        ("embedding", None, None, 4),
        ("norm", None, 1, 4),
        ("attention", None, 1, 4),
        ("residual", None, 1, 4),
        ("norm", None, 2, 4),
        ("dense", 1, 2, 5),
        ("dense", 2, 2, 4),
        ("residual", None, 2, 4),
        ("norm", None, None, 4),
        ("dense", 3, None, VOCABULARY),
    ]
    embedding, _, attention, first, *_, second_dense, second, norm, output = found.layers
    parts = [found.embedding.token, found.embedding.position, *found.embedding.runs]
    np.testing.assert_allclose(embedding.outputs, np.sum(parts, axis=0))
    np.testing.assert_allclose(first.outputs, embedding.outputs + attention.outputs)
    np.testing.assert_allclose(second.outputs, first.outputs + second_dense.outputs)
    np.testing.assert_array_equal(found.features, norm.outputs)
    np.testing.assert_allclose(found.logits, np.append(found.features, 1) @ found.output)
    np.testing.assert_array_equal(found.logits, output.outputs)
    np.testing.assert_allclose(output.by_outputs, found.probabilities - np.eye(VOCABULARY)[EXPECTED])
    np.testing.assert_allclose(second.by_outputs, second_dense.by_outputs)
    assert attention.attention.shape == (2, len(TOKENS))
    np.testing.assert_allclose(attention.attention.sum(axis=1), 1)


def test_a_net_that_learned_expects_and_looks_as_it_does_when_it_reads():
    prepared = prepare(tokenizer="subwords")
    trainer = create_trainer(prepared, epochs=1)
    for _ in trainer.run():
        pass
    writer = Writer(prepared.inputs, trainer.net)
    tokens = writer.encode("the cat sat on the mat")
    reading = read_text(writer, tokens, 0)
    found = trace_token(trainer.net, tokens[:-1], tokens[-1], LEARNING_RATE)
    assert -found.loss == pytest.approx(reading.tokens[-1].log_probability, rel=1e-4)
    (attention,) = [layer.attention for layer in found.layers if layer.attention is not None]
    np.testing.assert_allclose(attention, reading.attention[0][:, -2, :-1], rtol=1e-5)
