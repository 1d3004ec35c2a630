"""Rows of which a few inputs get other values: the logits are those of a whole forward pass."""

from collections.abc import Sequence

import numpy as np
import pytest

from learning.nn.input_shifts import InputShifts
from learning.nn.layers import Dense, Layer, Norm
from learning.nn.net import NeuralNet


@pytest.mark.parametrize(
    ("layers", "rows"),
    [
        pytest.param([], 20, id="linear"),
        pytest.param([Dense(units=12, activation="silu"), Dense(units=8, groups=2)], 20, id="several nets"),
        pytest.param([Dense(units=12), Norm(), Dense(units=8)], 20, id="layers of other kinds"),
        pytest.param([Dense(units=12)], 20_000, id="more rows than pass at once"),
    ],
)
def test_other_values_of_some_inputs_change_the_logits_as_in_a_whole_pass(layers: Sequence[Layer], rows: int) -> None:
    chance = np.random.default_rng(0)
    net = NeuralNet(30, layers, 3, seed=1)
    x, values = chance.normal(size=(rows, 30)).astype(np.float32), chance.normal(size=(rows, 2)).astype(np.float32)
    kept, shifts = x.copy(), InputShifts(net, x)

    for places in (np.array([4, 29]), np.array([0, 1])):
        changed = kept.copy()
        changed[:, places] = values
        np.testing.assert_allclose(shifts.forward(places, values), net.forward(changed), rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(x, kept)
