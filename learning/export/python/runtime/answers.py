"""What the outputs of an exported net mean: numbers, quantiles, or classes with their probabilities."""

import math
from collections.abc import Sequence
from typing import Any, Final

MAX_ABS_VALUE: Final = 1e150


class NumberAnswers:
    """Numbers in the units of the targets: the value of each, then the quantiles of each.

    Attributes:
        outputs: The number of outputs of the net.
        columns: The names of the numbers of a row, as columns of a table.
    """

    labels: tuple[str, ...] = ()

    def __init__(self, target: dict[str, Any]) -> None:
        self.names, self.quantiles = target.get("names", []), target.get("quantiles", [])
        means, scales = target["mean"], target["scale"]
        self.units = list(zip(means, scales, strict=True)) if self.names else [(means, scales)]
        self.outputs = len(self.units) * (len(self.quantiles) or 1)
        distances = [abs(quantile - 0.5) for quantile in self.quantiles or [0.5]]
        self.middle = distances.index(min(distances))
        endings = [f"_{name}" for name in self.names] or [""]
        values = [f"value{ending}" for ending in endings]
        self.columns = [*values, *(f"quantile{ending}_{each!r}" for ending in endings for each in self.quantiles)]

    def decode(self, logits: Sequence[float]) -> list[float]:
        """The numbers of a row from the outputs of the net; quantiles that cross are put in order."""
        count = len(self.quantiles) or 1
        parts: list[list[float]] = []
        for place, (mean, scale) in enumerate(self.units):
            own = logits[place * count : (place + 1) * count]
            parts.append([bound_value(each * scale + mean) for each in (sorted(own) if count > 1 else own)])
        values = [part[self.middle] for part in parts]
        return values + [each for part in parts for each in part] if self.quantiles else values

    def describe(self, numbers: Sequence[float]) -> dict[str, Any]:
        """The answer for a row from its numbers, as the service gives it."""
        count = len(self.names) or 1
        values = list(numbers[:count])
        row: dict[str, Any] = {"values": dict(zip(self.names, values, strict=True))} if self.names else {}
        if not self.names:
            row["value"] = values[0]
        if self.quantiles:
            rest = iter(numbers[count:])
            quantiles = [{repr(each): next(rest) for each in self.quantiles} for _ in range(count)]
            row["quantiles"] = dict(zip(self.names, quantiles, strict=True)) if self.names else quantiles[0]
        return row

    @property
    def bound_columns(self) -> list[str]:
        """The names of the bounds of a row, as columns of a table."""
        endings = [f"_{name}" for name in self.names] or [""]
        return [f"{side}{ending}" for ending in endings for side in ("low", "high")]

    def find_bounds(self, numbers: Sequence[float], thresholds: Sequence[float]) -> list[float]:
        """The lower and upper bound of each target, from the numbers of a row and the thresholds of a coverage."""
        count, width = len(self.units), len(self.quantiles)
        bounds: list[float] = []
        for place, ((_, scale), threshold) in enumerate(zip(self.units, thresholds, strict=True)):
            value = numbers[place]
            own = numbers[count + place * width : count + (place + 1) * width] or [value]
            bounds.append(bound_value(min(own[0] - threshold * scale, value)))
            bounds.append(bound_value(max(own[-1] + threshold * scale, value)))
        return bounds

    def describe_bounds(self, bounds: Sequence[float]) -> dict[str, Any]:
        """The interval of each target, as the service gives it."""
        pairs = [{"low": low, "high": high} for low, high in zip(bounds[::2], bounds[1::2], strict=True)]
        return {"interval": dict(zip(self.names, pairs, strict=True)) if self.names else pairs[0]}


class ClassAnswers:
    """The probability of each class.

    Attributes:
        outputs: The number of outputs of the net: one for two classes.
        columns: The names of the numbers of a row, as columns of a table.
    """

    def __init__(self, target: dict[str, Any]) -> None:
        self.labels: tuple[str, ...] = tuple(target["classes"])
        self.outputs = len(self.labels) if len(self.labels) > 2 else 1
        self.columns = [f"probability_{label}" for label in self.labels]

    def decode(self, logits: Sequence[float]) -> list[float]:
        """The probabilities of a row from the outputs of the net."""
        if len(logits) == 1:
            rest = math.exp(-abs(logits[0]))
            larger, smaller = 1.0 / (1.0 + rest), rest / (1.0 + rest)
            return [smaller, larger] if logits[0] > 0 else [larger, smaller]
        return find_shares(logits)

    def describe(self, numbers: Sequence[float]) -> dict[str, Any]:
        """The answer for a row from its numbers, as the service gives it."""
        probabilities = dict(zip(self.labels, numbers, strict=True))
        return {"label": self.find_label(numbers), "probabilities": probabilities}

    @property
    def bound_columns(self) -> list[str]:
        """The names of the bounds of a row, as columns of a table."""
        return [f"in_set_{label}" for label in self.labels]

    def find_bounds(self, numbers: Sequence[float], thresholds: Sequence[float]) -> list[bool]:
        """Whether each class is in the set of a row; the most probable one always is."""
        highest = max(range(len(numbers)), key=numbers.__getitem__)
        return [1 - each <= thresholds[0] or place == highest for place, each in enumerate(numbers)]

    def describe_bounds(self, bounds: Sequence[bool]) -> dict[str, Any]:
        """The classes in the set, as the service gives them."""
        return {"set": [label for label, is_in in zip(self.labels, bounds, strict=True) if is_in]}

    def find_label(self, numbers: Sequence[float]) -> str:
        """The most probable class."""
        return self.labels[max(range(len(numbers)), key=numbers.__getitem__)]


def bound_value(value: float) -> float:
    """A value that is finite even if the net overflowed."""
    return MAX_ABS_VALUE if math.isnan(value) else min(max(value, -MAX_ABS_VALUE), MAX_ABS_VALUE)


def find_shares(logits: Sequence[float]) -> list[float]:
    """The softmax of logits."""
    highest = max(logits)
    shares = [math.exp(each - highest) for each in logits]
    total = sum(shares)
    return [share / total for share in shares]
