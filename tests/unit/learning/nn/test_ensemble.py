"""Ensembles: one net whose logits are the mean of those of several."""

from dataclasses import replace
from itertools import product
from typing import Any, get_args

import numpy as np
import pytest

from learning.errors import LayerMisfit
from learning.nn.activations import ActivationName
from learning.nn.ensemble import merge_layers, merge_nets
from learning.nn.layers import Conv, Dense, Dropout, Layer, Norm, Pool, Residual, TokenEmbedding
from learning.nn.layers.embedding import Embedding
from learning.nn.layers.embedding_bag import TERM, EmbeddingBag
from learning.nn.layers.inputs import ImageInput, NetInputs, RowArrays, TokenInput
from learning.nn.net import NeuralNet

ROWS = 40
INPUTS = {
    "numbers": NetInputs(5),
    "embeddings": NetInputs(
        3, (Embedding(ids=9, units=4), Embedding(ids=7, units=4), Embedding(ids=5, units=2), Embedding(ids=6, units=3))
    ),
    "words": NetInputs(2, bags=(EmbeddingBag(ids=11, units=3, slots=4), EmbeddingBag(ids=6, units=2, slots=2))),
    "all": NetInputs(2, (Embedding(ids=8, units=3),), bags=(EmbeddingBag(ids=11, units=4, slots=3),)),
    "ids alone": NetInputs(0, (Embedding(ids=8, units=3),)),
}
LAYERS: dict[str, list[Layer]] = {
    "none": [],
    "one": [Dense(units=6)],
    "two with dropout": [Dropout(rate=0.1), Dense(units=6), Dropout(rate=0.5), Dense(units=4, activation="tanh")],
    "three": [Dense(units=6), Dense(units=8, activation="silu"), Dense(units=4)],
    "groups": [Dense(units=6), Dense(units=9, groups=3), Dense(units=4)],
    "norm": [Dense(units=6), Norm(), Dense(units=4), Norm(groups=2)],
}
IMAGE = ImageInput((2, 8, 7), (0.5, 0.4), (0.2, 0.3))
IMAGE_INPUTS = {
    "pictures": NetInputs(0, image=IMAGE),
    "pictures and numbers": NetInputs(3, image=IMAGE),
    "pictures and all": replace(INPUTS["all"], image=IMAGE),
}
IMAGE_LAYERS: dict[str, list[Layer]] = {
    "none": [],
    "dense": [Dense(units=6), Dense(units=4)],
    "pool": [Pool(), Dense(units=4)],
    "conv": [Conv(filters=3)],
    "default": [Conv(filters=3), Pool(), Conv(filters=4), Pool(), Dropout(rate=0.5), Dense(units=4), Dropout(rate=0.5)],
    "two dense": [Dropout(rate=0.1), Conv(filters=2, kernel=2, stride=2), Dense(units=6), Dense(units=4)],
    "norm": [Conv(filters=4), Norm(), Pool(kind="mean"), Conv(filters=2, activation="gelu"), Norm(groups=2)],
    "groups": [Conv(filters=4, groups=2), Conv(filters=4, kernel=5, groups=2), Pool(size="global"), Dense(units=2)],
    "winograd": [Conv(filters=16), Conv(filters=16), Pool(), Dense(units=8)],
}


def create_nets(inputs: NetInputs, layers: list[Layer], outputs: int, count: int, dtype: Any) -> list[NeuralNet]:
    nets = [NeuralNet(inputs, layers, outputs, seed=seed, dtype=dtype) for seed in range(count)]
    random = np.random.default_rng(3)
    for net in nets:
        net.parameters += random.normal(size=net.parameter_count).astype(dtype) / 4
    return nets


def create_arrays(inputs: NetInputs, dtype: Any) -> RowArrays:
    random = np.random.default_rng(4)
    numbers = random.normal(size=(ROWS, inputs.numbers)).astype(dtype)
    ids = [random.integers(0, table.ids, ROWS) for table in inputs.embeddings]
    terms, first = np.zeros((ROWS, inputs.slots), TERM), 0
    place = 0
    for bag in inputs.bags:
        own = terms[:, place : place + bag.slots]
        own["id"] = random.integers(first, first + bag.ids, own.shape)
        own["weight"] = random.integers(0, 3, own.shape) / 2
        first, place = first + bag.ids, place + bag.slots
    return RowArrays(
        numbers,
        np.column_stack(ids).astype(np.int32) if ids else None,
        None if inputs.image is None else random.integers(0, 256, (ROWS, *inputs.image.shape)).astype(np.uint8),
        terms=terms if inputs.bags else None,
    )


@pytest.mark.parametrize("count", [1, 2, 5])
@pytest.mark.parametrize(
    ("inputs", "layers"),
    [
        pytest.param(inputs, layers, id=f"{kind}-{name}")
        for kinds, nets in ((INPUTS, LAYERS), (IMAGE_INPUTS, IMAGE_LAYERS))
        for (kind, inputs), (name, layers) in product(kinds.items(), nets.items())
    ],
)
@pytest.mark.parametrize(("dtype", "precision"), [(np.float32, 1e-6), (np.float64, 1e-14)])
def test_the_logits_of_the_one_net_are_the_mean_of_those_of_all(
    inputs: NetInputs, layers: list[Layer], count: int, dtype: Any, precision: float
) -> None:
    nets, arrays = create_nets(inputs, layers, 3, count, dtype), create_arrays(inputs, dtype)
    before = [net.parameters.copy() for net in nets]
    logits = np.array([net.forward(*arrays) for net in nets], np.float64)
    merged = merge_nets(nets)
    found = merged.forward(*arrays)
    np.testing.assert_allclose(found, logits.mean(axis=0), rtol=precision, atol=4 * precision * np.abs(logits).max())
    half = merge_nets(nets, temperature=2.0).forward(*arrays)
    np.testing.assert_allclose(half, found / 2, rtol=precision, atol=4 * precision * np.abs(logits).max())
    assert found.dtype == merged.dtype == dtype
    for net, parameters in zip(nets, before, strict=True):
        np.testing.assert_array_equal(net.parameters, parameters)


@pytest.mark.parametrize("activation", get_args(ActivationName))
def test_every_activation_is_merged(activation: ActivationName) -> None:
    layers: list[Layer] = [Dense(units=7, activation=activation)] * 3
    nets, arrays = create_nets(NetInputs(5), layers, 1, 3, np.float32), create_arrays(NetInputs(5), np.float32)
    expected = np.mean([net.forward(*arrays) for net in nets], axis=0)
    np.testing.assert_allclose(merge_nets(nets).forward(*arrays), expected, rtol=2e-6, atol=2e-6)


def test_one_row_has_the_logits_that_it_has_among_others() -> None:
    nets, arrays = create_nets(INPUTS["all"], LAYERS["three"], 2, 5, np.float32), create_arrays(INPUTS["all"], "f4")
    merged = merge_nets(nets)
    single = np.vstack([merged.forward(*arrays.take(slice(row, row + 1))) for row in range(ROWS)])
    np.testing.assert_allclose(single, merged.forward(*arrays), rtol=1e-5, atol=1e-6)


def test_hidden_layers_after_the_first_have_a_group_for_each_net() -> None:
    assert merge_layers(LAYERS["two with dropout"], 5) == [
        Dense(units=30),
        Dense(units=20, activation="tanh", groups=5),
    ]
    assert [layer.groups for layer in merge_layers(LAYERS["groups"], 2) if isinstance(layer, Dense)] == [1, 6, 2]
    convolutions: list[Layer] = [Conv(filters=15), Pool(), Conv(filters=20, groups=5), Pool()]
    for is_joined, groups in ((False, 5), (True, 1)):
        merged = merge_layers(IMAGE_LAYERS["default"], 5, is_joined=is_joined)
        assert merged == [*convolutions, Dense(units=20, groups=groups)]


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([Dense(units=4), Residual(layers=())], "The layer layers/1 is of type residual, .* Leave it out"),
        ([Dropout(rate=0.1), Norm()], "The layer layers/1 normalizes values that several nets share.* Put it behind"),
        ([Conv(filters=8), Conv(filters=512)], "layers/1 would have 2,560 filters .* at most 204 filters"),
        ([Dropout(rate=0.1), Dense(units=4096)], "layers/1 would have 20,480 units .* at most 3,276 units"),
        ([Dense(units=60), Dense(units=60, groups=60)], "layers/1 .* 300 groups .* at most 51 groups, or fewer nets"),
    ],
)
def test_layers_that_cannot_become_one_are_refused(layers: list[Layer], message: str) -> None:
    with pytest.raises(LayerMisfit, match=message):
        merge_layers(layers, 5)


def test_nets_that_differ_are_refused() -> None:
    nets = [NeuralNet(5, [Dense(units=units)], 1, seed=0) for units in (3, 4)]
    with pytest.raises(ValueError, match="the same inputs"):
        merge_nets(nets)
    tokens = NetInputs(0, tokens=TokenInput(8, 4))
    with pytest.raises(ValueError, match="tokens"):
        merge_nets([NeuralNet(tokens, [TokenEmbedding(units=4)], 8, seed=0)] * 2)
