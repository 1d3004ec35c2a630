"""Layers that see tokens: gradients against finite differences, values against sums position by position."""

from itertools import product

import numpy as np
import pytest

from learning.errors import LayerMisfit
from learning.nn.backpropagation import Batch
from learning.nn.layers import (
    Attention,
    Conv,
    Dense,
    Dropout,
    Norm,
    Pool,
    Residual,
    TokenEmbedding,
    count_parameters,
    place_net,
)
from learning.nn.layers.inputs import NetInputs, TokenInput
from learning.nn.net import NeuralNet
from learning.nn.plan import execute
from learning.nn.token_backpropagation import TokenBackpropagation
from learning.seeding import rng_for
from learning.tasks.language import TokenLoss

ROWS, VOCABULARY, CONTEXT, UNITS = 3, 7, 5, 6
INPUTS = NetInputs(0, tokens=TokenInput(VOCABULARY, CONTEXT))
EMBEDDING = TokenEmbedding(units=UNITS)
EMBEDDINGS = [TokenEmbedding(units=UNITS, positions=False), TokenEmbedding(units=UNITS, run=3, buckets=60)]
LAYERS = [
    Attention(heads=2),
    Attention(heads=3, alibi=True),
    Dense(units=UNITS, activation="gelu"),
    Norm(),
    Dropout(rate=0.3),
    Residual(layers=(Norm(), Attention(heads=3), Dropout(rate=0.2))),
    Residual(layers=(Norm(), Dense(units=9, activation="gelu"), Dense(units=UNITS, activation="linear"))),
]


def create_tokens(rows=ROWS, seed=0):
    return np.random.default_rng(seed).integers(0, VOCABULARY, (rows, CONTEXT + 1)).astype(np.int32)


def create_batch(rows=ROWS):
    tokens, scores = create_tokens(rows), np.empty((rows, 2 * CONTEXT))
    return Batch(np.empty((rows, 0)), np.zeros((rows, 1)), None, scores, tokens=tokens)


def create_net(layers, dtype=np.float64):
    net = NeuralNet(INPUTS, layers, VOCABULARY, seed=3, dtype=dtype)
    net.parameters += (np.random.default_rng(2).normal(size=net.parameter_count) * 0.2).astype(dtype)
    return net


CHAINS = [(), *((layer,) for layer in LAYERS), *product(LAYERS, repeat=2)]
SLICED = [chain for chain in CHAINS if not any("dropout" in str(layer) for layer in chain)]
"""Those of which slices have no masks of their own, of which only the last would be kept."""


NETS = [(EMBEDDING, *chain) for chain in CHAINS] + [(each, LAYERS[1]) for each in EMBEDDINGS]


@pytest.mark.parametrize(
    ("layers", "slice_rows"), [*product(NETS, [None]), *product([(EMBEDDING, *chain) for chain in SLICED], [2])]
)
def test_every_gradient_is_the_limit_of_finite_differences(layers, slice_rows):
    net, batch, loss = create_net(layers), create_batch(), TokenLoss()
    backpropagation = TokenBackpropagation(net, loss, ROWS, slice_rows=slice_rows)
    backpropagation.seed_with(rng_for(0, "dropout"))
    execute(backpropagation.plan_step(batch))
    found = net.gradients.copy()

    def compute_loss():
        execute(backpropagation.plan_forward(batch))
        return loss.total(batch.logits, batch.targets, None) / ROWS

    h, expected = 1e-6, np.empty(net.parameter_count)
    for i in range(net.parameter_count):
        kept = net.parameters[i]
        net.parameters[i] = kept + h
        above = compute_loss()
        net.parameters[i] = kept - h
        expected[i] = (above - compute_loss()) / (2 * h)
        net.parameters[i] = kept
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-8)
    assert np.abs(expected).max() > 1e-3


def attend(x, made, mixed, heads, slopes):
    """Attention of one sequence x (positions, features), one position and head after another."""
    positions, features = x.shape
    vectors, size = x @ made[:-1] + made[-1], features // heads
    out = np.empty_like(x)
    for head in range(heads):
        queries, keys, values = (vectors[:, at + head * size :][:, :size] for at in (0, features, 2 * features))
        for position in range(positions):
            fits = [
                queries[position] @ keys[other] / np.sqrt(size) - slopes[head] * (position - other)
                for other in range(position + 1)
            ]
            weights = np.exp(fits) / np.exp(fits).sum()
            out[position, head * size : (head + 1) * size] = weights @ values[: position + 1]
    return out @ mixed[:-1] + mixed[-1]


@pytest.mark.parametrize(("alibi", "slopes"), [(False, (0, 0)), (True, (1 / 16, 1 / 256))])
def test_attention_is_the_mean_of_values_weighted_by_how_keys_fit_queries(alibi, slopes):
    layer, random = Attention(heads=2, alibi=alibi), np.random.default_rng(0)
    placed = place_net(INPUTS, [EMBEDDING, layer], VOCABULARY).layers[1]
    parameters = random.normal(size=sum(each.size for each in placed.parameters))
    plan, x = layer.plan(parameters, None, (UNITS, CONTEXT), ROWS), random.normal(size=(UNITS, ROWS * CONTEXT))
    y = np.empty_like(x)
    execute(plan.forward(x, y))
    made, mixed = layer.view_matrices(parameters, UNITS)
    for row in range(ROWS):
        part = slice(row * CONTEXT, (row + 1) * CONTEXT)
        np.testing.assert_allclose(y[:, part].T, attend(x[:, part].T, made, mixed, 2, slopes), rtol=1e-10)


def test_scores_are_log_probabilities_of_next_tokens_and_hits():
    net, tokens = create_net([EMBEDDING, *LAYERS]), create_tokens()
    plan = net.plan_tokens(ROWS)
    execute(plan.plan_forward(tokens))
    logits = plan.logits.reshape(ROWS, CONTEXT, VOCABULARY)
    expected = logits - np.log(np.exp(logits).sum(axis=2, keepdims=True))
    true = np.take_along_axis(expected, tokens[:, 1:, None].astype(np.intp), axis=2)[:, :, 0]
    scores = net.forward(np.empty((ROWS, 0)), tokens=tokens).reshape(ROWS, 2, CONTEXT)
    np.testing.assert_allclose(scores[:, 0], true, rtol=1e-9)
    np.testing.assert_array_equal(scores[:, 1], logits.argmax(axis=2) == tokens[:, 1:])


def test_no_position_sees_those_after_it():
    net, tokens = create_net([EMBEDDING, *LAYERS]), create_tokens(1)
    before = net.forward(np.empty((1, 0)), tokens=tokens)[0, :CONTEXT]
    tokens[0, 4:] = (tokens[0, 4:] + 1) % VOCABULARY
    after = net.forward(np.empty((1, 0)), tokens=tokens)[0, :CONTEXT]
    np.testing.assert_array_equal(before[:3], after[:3])
    assert (before[3:] != after[3:]).all()


def test_any_number_of_rows_has_the_same_scores():
    net, tokens = create_net([EMBEDDING, *LAYERS], np.float32), create_tokens(50)
    net.chunk_rows = 7
    together = net.forward(np.empty((50, 0)), tokens=tokens)
    alone = [net.forward(np.empty((1, 0)), tokens=row[None])[0] for row in tokens]
    np.testing.assert_allclose(together, alone, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("inputs", "layers", "place", "said"),
    [
        (INPUTS, [Dense(units=3)], "0", "first"),
        (INPUTS, [], "0", "first"),
        (INPUTS, [EMBEDDING, EMBEDDING], "1", "no other"),
        (INPUTS, [EMBEDDING, Attention(heads=4)], "1", "multiple"),
        (INPUTS, [EMBEDDING, Residual(layers=(Attention(heads=5),))], "1/layers/0", "multiple"),
        (INPUTS, [EMBEDDING, Residual(layers=(Dense(units=5),))], "1", "6 units"),
        (INPUTS, [EMBEDDING, Conv(filters=2)], "1", "picture"),
        (INPUTS, [EMBEDDING, Pool()], "1", "picture"),
        (NetInputs(4), [EMBEDDING], "0", "write"),
        (NetInputs(4), [Attention(heads=2)], "0", "write"),
    ],
)
def test_layers_that_do_not_fit_tell_where_and_what_to_do(inputs, layers, place, said):
    with pytest.raises(LayerMisfit) as caught:
        count_parameters(inputs, layers, VOCABULARY)
    assert caught.value.place == place
    assert said in f"{caught.value.reason}; {caught.value.remedy}"


def test_parameters_and_products_of_a_transformer_are_those_of_its_matrices():
    layers = [EMBEDDING, *LAYERS[-2:], Norm()]
    placed = place_net(INPUTS, layers, VOCABULARY)
    attention, both = (UNITS + 1) * 4 * UNITS, 2 * UNITS
    dense = (UNITS + 1) * 9 + (9 + 1) * UNITS
    last = (UNITS + 1) * VOCABULARY
    assert placed.parameters == (VOCABULARY + CONTEXT) * UNITS + both + attention + both + dense + both + last
    looked = 2 * UNITS * CONTEXT**2
    assert placed.products == (UNITS + 3 * both + attention + dense + last) * CONTEXT + looked
