"""Optimizers as a person asks for them: how a gradient becomes a step of the weights."""

from dataclasses import dataclass, field
from typing import Annotated, Final, Literal

from annotated_types import Ge, Gt, Le, Lt

from learning.descriptions import describe

LearningRate = Annotated[float, Gt(0.0), Le(100.0)]
Decay = Annotated[float, Ge(0.0), Lt(1.0)]
Epsilon = Annotated[float, Gt(0.0)]

LEARNING_RATE: Final[dict[str, object]] = describe(
    "Learning rate: the size of each step. Too small: slow. Too large: overshoots and never settles."
)
BETA1: Final[dict[str, object]] = describe("Decay of the running mean of gradients (first moment).")
BETA2: Final[dict[str, object]] = describe("Decay of the running mean of squared gradients (second moment).")
EPSILON: Final[dict[str, object]] = describe("Small number added to the divisor, so that nothing is divided by zero.")


@dataclass(frozen=True, kw_only=True)
class Sgd:
    """Stochastic gradient descent: a plain step against the gradient. Simple to follow, slower to converge."""

    type: Literal["sgd"] = "sgd"
    learning_rate: LearningRate = field(default=0.01, metadata=LEARNING_RATE)
    momentum: Decay = field(
        default=0.0, metadata=describe("Momentum: the share of the last step that is added to this one; 0.9 is usual.")
    )
    nesterov: bool = field(
        default=False,
        metadata=describe("Nesterov momentum: look ahead to where momentum leads (Sutskever et al. 2013)."),
    )


@dataclass(frozen=True, kw_only=True)
class RmsProp:
    """RMSprop: divides each step by the root of a running mean of squared gradients (Tieleman & Hinton 2012)."""

    type: Literal["rmsprop"] = "rmsprop"
    learning_rate: LearningRate = field(default=0.001, metadata=LEARNING_RATE)
    decay: Decay = field(default=0.9, metadata=describe("Decay of the running mean of squared gradients."))
    epsilon: Epsilon = field(default=1e-8, metadata=EPSILON)


@dataclass(frozen=True, kw_only=True)
class Adam:
    """Adam: momentum, and a step size of its own for each weight (Kingma & Ba 2015). The usual choice."""

    type: Literal["adam"] = "adam"
    learning_rate: LearningRate = field(default=0.001, metadata=LEARNING_RATE)
    beta1: Decay = field(default=0.9, metadata=BETA1)
    beta2: Decay = field(default=0.999, metadata=BETA2)
    epsilon: Epsilon = field(default=1e-8, metadata=EPSILON)


@dataclass(frozen=True, kw_only=True)
class AdamW:
    """AdamW: Adam with weight decay apart from the gradient (Loshchilov & Hutter 2019). Good against overfitting."""

    type: Literal["adamw"] = "adamw"
    learning_rate: LearningRate = field(default=0.001, metadata=LEARNING_RATE)
    beta1: Decay = field(default=0.9, metadata=BETA1)
    beta2: Decay = field(default=0.999, metadata=BETA2)
    epsilon: Epsilon = field(default=1e-8, metadata=EPSILON)


Optimizer = Sgd | RmsProp | Adam | AdamW
