"""Ensembles: one net whose logits are the mean of those of several."""

from typing import Any, get_args

import numpy as np
import pytest

from learning.errors import LayerMisfit
from learning.nn.activations import ActivationName
from learning.nn.ensemble import merge_layers, merge_nets
from learning.nn.layers import Dense, Dropout, Layer, Norm
from learning.nn.layers.embedding import Embedding
from learning.nn.layers.embedding_bag import TERM, EmbeddingBag
from learning.nn.layers.inputs import ImageInput, NetInputs, RowArrays
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
        numbers, np.column_stack(ids).astype(np.int32) if ids else None, terms=terms if inputs.bags else None
    )


@pytest.mark.parametrize("count", [1, 2, 5])
@pytest.mark.parametrize("layers", LAYERS.values(), ids=LAYERS)
@pytest.mark.parametrize("inputs", INPUTS.values(), ids=INPUTS)
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
    assert merge_layers(LAYERS["two with dropout"], 5) == (
        Dense(units=30),
        Dense(units=20, activation="tanh", groups=5),
    )
    assert [layer.groups for layer in merge_layers(LAYERS["groups"], 2)] == [1, 6, 2]


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([Dense(units=4), Norm()], "The layer layers/1 is of type norm, .* Leave it out"),
        ([Dropout(rate=0.1), Dense(units=4096)], "layers/1 would have 20,480 units .* at most 3,276 units"),
        ([Dense(units=60), Dense(units=60, groups=60)], "layers/1 .* 300 groups .* in 51 groups, or fewer nets"),
    ],
)
def test_layers_that_cannot_become_one_are_refused(layers: list[Layer], message: str) -> None:
    with pytest.raises(LayerMisfit, match=message):
        merge_layers(layers, 5)


def test_nets_that_differ_are_refused() -> None:
    nets = [NeuralNet(5, [Dense(units=units)], 1, seed=0) for units in (3, 4)]
    with pytest.raises(ValueError, match="the same inputs"):
        merge_nets(nets)
    image = NetInputs(0, image=ImageInput((1, 4, 4), (0.0,), (1.0,)))
    with pytest.raises(ValueError, match="pictures"):
        merge_nets([NeuralNet(image, [Dense(units=3)], 1, seed=0)] * 2)
