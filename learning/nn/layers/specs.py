"""The hidden layers that a net is built of, as a person asks for them."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from annotated_types import Ge, Le, Lt

from learning.descriptions import describe
from learning.nn.activations import ACTIVATIONS, ActivationName
from learning.nn.initializers import INITIALIZER_DESCRIPTIONS, InitializerName


@dataclass(frozen=True, kw_only=True)
class Dense:
    """Dense layer: each neuron multiplies its inputs by weights, adds a bias and applies an activation function."""

    type: Literal["dense"] = "dense"
    units: Annotated[int, Ge(1), Le(16384)] = field(
        metadata=describe("Number of neurons. More can learn finer patterns, but overfit more easily.")
    )
    activation: ActivationName = field(
        default="relu",
        metadata=describe(
            "Activation function: what each neuron makes of its weighted sum.",
            {name: activation.description for name, activation in ACTIVATIONS.items()},
        ),
    )
    initializer: InitializerName = field(
        default="auto",
        metadata=describe("Distribution that the first weights are drawn from.", INITIALIZER_DESCRIPTIONS),
    )


@dataclass(frozen=True, kw_only=True)
class Dropout:
    """Dropout layer: sets random values to zero in training, so that no neuron relies on a single other one."""

    type: Literal["dropout"] = "dropout"
    rate: Annotated[float, Ge(0.0), Lt(1.0)] = field(
        metadata=describe("Dropout rate: probability of each value to be zeroed; the others grow by 1 / (1 - rate).")
    )


Layer = Dense | Dropout
