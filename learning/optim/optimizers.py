"""Optimizers: how a gradient becomes a step of the weights.

Gradient descent walks against the gradient; momentum remembers the way it came, and Adam gives each weight a step of
its own size.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le, Lt

LearningRate = Annotated[float, Gt(0.0), Le(100.0)]
Decay = Annotated[float, Ge(0.0), Lt(1.0)]


@dataclass(frozen=True, kw_only=True)
class Sgd:
    """Stochastic gradient descent, plain, with `momentum`, or with Nesterov's look ahead (Sutskever et al. 2013)."""

    type: Literal["sgd"] = "sgd"
    learning_rate: LearningRate = 0.01
    momentum: Decay = 0.0
    nesterov: bool = False


@dataclass(frozen=True, kw_only=True)
class RmsProp:
    """Divides each step by the root of a running mean of squared gradients (Tieleman & Hinton 2012)."""

    type: Literal["rmsprop"] = "rmsprop"
    learning_rate: LearningRate = 0.001
    decay: Decay = 0.9
    epsilon: Annotated[float, Gt(0.0)] = 1e-8


@dataclass(frozen=True, kw_only=True)
class Adam:
    """Adaptive moments with bias correction (Kingma & Ba 2015); weight decay is added to the gradient (L2)."""

    type: Literal["adam"] = "adam"
    learning_rate: LearningRate = 0.001
    beta1: Decay = 0.9
    beta2: Decay = 0.999
    epsilon: Annotated[float, Gt(0.0)] = 1e-8


@dataclass(frozen=True, kw_only=True)
class AdamW:
    """Adam with weight decay taken off the weights themselves, apart from the gradient (Loshchilov & Hutter 2019)."""

    type: Literal["adamw"] = "adamw"
    learning_rate: LearningRate = 0.001
    beta1: Decay = 0.9
    beta2: Decay = 0.999
    epsilon: Annotated[float, Gt(0.0)] = 1e-8


Optimizer = Sgd | RmsProp | Adam | AdamW
