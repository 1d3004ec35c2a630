"""Search spaces: the settings of a spec that trials choose, each out of listed values or a range.

A setting is named by its place in the spec's JSON, such as `optimizer.learning_rate` or `layers.0.units`.
"""

import math
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, cast

import numpy as np
from annotated_types import Len

from learning.descriptions import describe
from learning.errors import LearningError
from learning.seeding import rng_for

MAX_VALUES: Final = 100

Setting = Any
"""The value of a setting, as in JSON."""
Settings = Mapping[str, Setting]
"""Values by the names of settings."""


class NoSuchSetting(LearningError):
    """A spec has no setting of that name."""

    slug = "invalid"


@dataclass(frozen=True, kw_only=True)
class Range:
    """A range of numbers, from which trials draw uniformly, or uniformly in the logarithm."""

    low: float = field(metadata=describe("The smallest value."))
    high: float = field(metadata=describe("The largest value."))
    log: bool = field(
        default=False, metadata=describe("Draw uniformly in the logarithm: as many below 0.01 as from 0.01 to 1.")
    )
    integer: bool = field(default=False, metadata=describe("Draw whole numbers."))

    def __post_init__(self) -> None:
        """Check the bounds.

        Raises:
            ValueError: they are not ascending, or not whole or above 0 where they must be.
        """
        if self.low >= self.high:
            raise ValueError("`low` must be less than `high`")
        if self.log and self.low <= 0:
            raise ValueError("with `log`, `low` must be greater than 0")
        if self.integer and not (self.low == int(self.low) and self.high == int(self.high)):
            raise ValueError("with `integer`, `low` and `high` must be whole numbers")

    @property
    def ends(self) -> tuple[Setting, Setting]:
        """The smallest and the largest value."""
        return (int(self.low), int(self.high)) if self.integer else (self.low, self.high)

    def place(self, share: float) -> Setting:
        """The value below which lies this share, from 0 to 1, of all that are drawn."""
        low, high = (self.low - 0.5, self.high + 0.5) if self.integer else (self.low, self.high)
        if self.log:
            value = math.exp(math.log(low) + share * (math.log(high) - math.log(low)))
        else:
            value = low + share * (high - low)
        return round(min(max(value, self.low), self.high)) if self.integer else self.round(value)

    def round(self, value: float) -> float:
        """A value of the range in four digits, which are enough to tell settings apart."""
        return min(max(float(f"{value:.4g}"), self.low), self.high)


Values = Annotated[list[Setting], Len(2, MAX_VALUES)]
Dimension = Range | Values
Space = Mapping[str, Dimension]
"""Dimensions by the names of settings."""


def draw_settings(space: Space, seed: int, trial: int) -> dict[str, Setting]:
    """The settings of a trial, by its number: a pure function of (seed, trial), each setting independent."""
    rng = rng_for(seed, "search", trial)
    return {name: _draw(space[name], rng) for name in sorted(space)}


def _draw(dimension: Dimension, rng: np.random.Generator) -> Setting:
    if isinstance(dimension, Range):
        return dimension.place(rng.random())
    return dimension[int(rng.integers(len(dimension)))]


def read_setting(document: Mapping[str, Any], name: str) -> Setting:
    """The setting of that name in a spec's JSON.

    Raises:
        NoSuchSetting: there is none.
    """
    found: Any = document
    for part in name.split("."):
        found = _step(found, part, name)
    return found


def apply_settings(document: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """A copy of a spec's JSON with these settings.

    Raises:
        NoSuchSetting: the spec has no setting of one of these names.
    """
    result = deepcopy(dict(document))
    for name in sorted(settings):  # `layers` before `layers.0.units`
        *parents, last = name.split(".")
        inner: Any = result
        for part in parents:
            inner = _step(inner, part, name)
        _step(inner, last, name)
        inner[int(last) if isinstance(inner, list) else last] = deepcopy(settings[name])
    return result


def _step(value: Any, part: str, name: str) -> Any:
    if isinstance(value, Mapping):
        inside = cast("Mapping[str, Any]", value)
        if part in inside:
            return inside[part]
    elif isinstance(value, Sequence) and not isinstance(value, str) and part.isdecimal():
        items = cast("Sequence[Any]", value)
        if int(part) < len(items):
            return items[int(part)]
    raise NoSuchSetting(
        f"The spec has no setting {name!r}.", "Name settings as in the spec: `optimizer.learning_rate`."
    )
