"""How the learning rate changes from epoch to epoch.

Large steps find the valley, small steps find its floor: most schedules begin near the full rate and end far below it.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le, Lt


@dataclass(frozen=True, kw_only=True)
class Constant:
    """The same learning rate throughout."""

    type: Literal["constant"] = "constant"


@dataclass(frozen=True, kw_only=True)
class Step:
    """Multiplies the learning rate by `factor` after every `step_epochs` epochs."""

    type: Literal["step"] = "step"
    step_epochs: Annotated[int, Ge(1)] = 30
    factor: Annotated[float, Gt(0.0), Lt(1.0)] = 0.1


@dataclass(frozen=True, kw_only=True)
class Exponential:
    """Multiplies the learning rate by `factor` after every epoch."""

    type: Literal["exponential"] = "exponential"
    factor: Annotated[float, Gt(0.0), Le(1.0)] = 0.95


@dataclass(frozen=True, kw_only=True)
class Cosine:
    """Climbs linearly for `warmup_epochs`, then follows half a cosine down to `final_fraction` of the rate.

    Loshchilov & Hutter (2017), SGDR.
    """

    type: Literal["cosine"] = "cosine"
    warmup_epochs: Annotated[int, Ge(0)] = 0
    final_fraction: Annotated[float, Ge(0.0), Le(1.0)] = 0.0


@dataclass(frozen=True, kw_only=True)
class Plateau:
    """Multiplies the rate by `factor` when the watched loss has not fallen by `min_delta` for `patience` epochs.

    The rate never falls below `min_learning_rate`.
    """

    type: Literal["plateau"] = "plateau"
    patience: Annotated[int, Ge(1)] = 5
    factor: Annotated[float, Gt(0.0), Lt(1.0)] = 0.5
    min_delta: Annotated[float, Ge(0.0)] = 0.0
    min_learning_rate: Annotated[float, Ge(0.0)] = 0.0


Schedule = Constant | Step | Exponential | Cosine | Plateau
