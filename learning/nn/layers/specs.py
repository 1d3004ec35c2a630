"""The layers that a net is built of, as a person asks for them.

A dense layer is a row of neurons that each weigh all inputs, add a bias and bend the sum by an activation function.
A dropout layer silences a random share of the values before it, in training only, so that no neuron leans on one other.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Le, Lt

ActivationName = Literal["relu", "leaky_relu", "elu", "gelu", "silu", "tanh", "sigmoid", "softplus", "linear"]
InitializerName = Literal["auto", "he_normal", "he_uniform", "glorot_normal", "glorot_uniform"]


@dataclass(frozen=True, kw_only=True)
class Dense:
    """A layer of `units` neurons; `initializer` "auto" is He for the relu family and Glorot for the others."""

    type: Literal["dense"] = "dense"
    units: Annotated[int, Ge(1), Le(16384)]
    activation: ActivationName = "relu"
    initializer: InitializerName = "auto"


@dataclass(frozen=True, kw_only=True)
class Dropout:
    """Sets each value to zero with probability `rate` while training, and scales the others up by 1 / (1 - rate)."""

    type: Literal["dropout"] = "dropout"
    rate: Annotated[float, Ge(0.0), Lt(1.0)]


Layer = Dense | Dropout
