"""Activation functions, each beside its derivative: `activation` is their protocol, and each is a class that obeys it.

A new one is a class in the file of its kin, or in one of its own, and its place in `ACTIVATIONS`.
"""

from typing import Final, Literal

from learning.nn.activations.activation import Activation
from learning.nn.activations.gelu import Gelu
from learning.nn.activations.rectifiers import Elu, LeakyRelu, Linear, Relu
from learning.nn.activations.sigmoids import Sigmoid, Silu, Softplus, Tanh

__all__ = ["ACTIVATIONS", "RELU_FAMILY", "Activation", "ActivationName"]

ActivationName = Literal["relu", "leaky_relu", "elu", "gelu", "silu", "tanh", "sigmoid", "softplus", "linear"]

ACTIVATIONS: Final[dict[ActivationName, type[Activation]]] = {
    "relu": Relu,
    "leaky_relu": LeakyRelu,
    "elu": Elu,
    "gelu": Gelu,
    "silu": Silu,
    "tanh": Tanh,
    "sigmoid": Sigmoid,
    "softplus": Softplus,
    "linear": Linear,
}

RELU_FAMILY: Final[frozenset[ActivationName]] = frozenset({"relu", "leaky_relu", "elu", "gelu", "silu", "softplus"})
"""Activations that are near zero for negative sums: they halve the variance, and their neurons can die."""
