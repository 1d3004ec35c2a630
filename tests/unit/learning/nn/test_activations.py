"""Each activation against its textbook formula, and each derivative against finite differences."""

import math
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from learning.nn.activations import ACTIVATIONS, ActivationName
from learning.nn.plan import execute

NAMES = get_args(ActivationName)

TEXTBOOK = {
    "relu": lambda z: max(z, 0.0),
    "leaky_relu": lambda z: z if z > 0 else 0.01 * z,
    "elu": lambda z: z if z > 0 else math.exp(z) - 1,
    "gelu": lambda z: z / 2 * (1 + math.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3))),
    "silu": lambda z: z / (1 + math.exp(-z)),
    "tanh": math.tanh,
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
    "softplus": lambda z: math.log(1 + math.exp(z)),
    "linear": lambda z: z,
}


def activate(name, z):
    y = z.copy()
    execute(ACTIVATIONS[name](z.shape, z.dtype).forward(y))
    return y


def slope(name, z):
    activation, y, dy = ACTIVATIONS[name](z.shape, z.dtype), z.copy(), np.ones_like(z)
    execute(activation.forward(y) + activation.backward(y, dy))
    return dy


def test_every_name_has_an_activation():
    assert tuple(ACTIVATIONS) == NAMES
    assert tuple(TEXTBOOK) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_forward_is_the_textbook_formula(name):
    z = np.linspace(-8, 8, 81).reshape(9, 9)
    expected = np.vectorize(TEXTBOOK[name])(z)
    np.testing.assert_allclose(activate(name, z), expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", NAMES)
def test_derivative_is_the_limit_of_finite_differences(name):
    z = np.linspace(-7.03, 7.07, 90).reshape(10, 9)  # no point stands on a corner at zero
    h = 1e-6
    expected = (activate(name, z + h) - activate(name, z - h)) / (2 * h)
    np.testing.assert_allclose(slope(name, z), expected, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_the_error_is_multiplied_by_the_derivative(name):
    z = np.random.default_rng(0).normal(size=(6, 5))
    activation, y, dy = ACTIVATIONS[name](z.shape, z.dtype), z.copy(), np.full_like(z, -2.5)
    execute(activation.forward(y) + activation.backward(y, dy))
    np.testing.assert_allclose(dy, -2.5 * slope(name, z), rtol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_activations_of_a_thousand_neither_overflow_nor_leave_single_precision(name):
    z = np.array([[-1000, -100, -50, 0, 50, 100, 1000]], np.float32)
    y, dy = activate(name, z), slope(name, z)
    assert y.dtype == dy.dtype == np.float32
    assert np.isfinite(y).all()
    assert np.isfinite(dy).all()


def test_gelu_is_close_to_its_definition_by_the_normal_distribution():
    z = np.linspace(-6, 6, 241).reshape(1, -1)
    exact = np.vectorize(lambda v: v * (1 + math.erf(v / math.sqrt(2))) / 2)(z)
    assert np.abs(activate("gelu", z) - exact).max() < 0.0005


@given(
    z=arrays(np.float32, (4, 9), elements=st.floats(width=32, allow_nan=False)),
    dy=arrays(np.float32, (4, 9), elements=st.floats(width=32, allow_nan=False)),
)
def test_relu_passes_exactly_the_errors_of_positive_sums(z, dy):
    z += np.float32(0)  # a negative zero becomes a positive one
    activation, y, error = ACTIVATIONS["relu"](z.shape, z.dtype), z.copy(), dy.copy()
    execute(activation.forward(y))
    np.testing.assert_array_equal(y, np.where(z > 0, z, 0))
    execute(activation.backward(y, error))
    np.testing.assert_array_equal(error, np.where(z > 0, dy, 0))


def test_relu_never_mangles_the_error_of_a_negative_zero():
    z = np.full((3, 17), -0.0, np.float32)
    assert set(np.unique(np.abs(slope("relu", z)))) <= {0.0, 1.0}
