"""The model that recommends, in an exported file: what users chose, the items, and the net between them."""

import math
from array import array
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Any, Final, cast

from learning.export.python.runtime.fast_arithmetic import FAST_ACTIVATIONS, FastArithmetic
from learning.export.python.runtime.net import build_net
from learning.export.python.runtime.plain_arithmetic import PLAIN_ACTIVATIONS, PlainArithmetic
from learning.export.python.runtime.weights import WeightReader, numpy, unpack_numbers

LEVEL_SHRINKAGE: Final = 5.0
"""The level of a user with n ratings is n / (n + 5) of their mean; so is the likeness of an item with n rows."""

Bag = list[tuple[int, float]]
"""Items, by number, with a value for each."""


class BagRecommender:
    """Scores of all items for a bag of what somebody chose.

    Args:
        header: What the model's file says of it.
        weights: All its weights, with outputs for items that nobody chose yet.

    Attributes:
        items: The names of the items.
        users: The number of each user, by name.
    """

    def __init__(self, header: dict[str, Any], weights: "array[float]") -> None:
        inputs, catalogue = header["inputs"], header["inputs"]["catalogue"]
        self.items: list[str] = catalogue["items"]
        self.numbers = {name: number for number, name in enumerate(self.items)}
        self.users = {name: number for number, name in enumerate(inputs["users"])}
        self.is_rated, self.is_squared = catalogue["rated"], catalogue.get("squared", False)
        self.mean, self.scale = catalogue["mean"], catalogue["scale"]
        self.bounds = catalogue["minimum"], catalogue["maximum"]
        self.levels = unpack_numbers(catalogue["levels"], "f").tolist()
        self.counts = unpack_numbers(catalogue["counts"], "i").tolist()
        self.starts = [*pairwise(accumulate(unpack_numbers(inputs["sizes"], "i"), initial=0))]
        self.entries, self.ratings = unpack_numbers(inputs["entries"], "i"), unpack_numbers(inputs["ratings"], "f")
        layers: list[dict[str, Any]] = [layer for layer in header["layers"] if layer["type"] != "dropout"]
        reader, count = WeightReader(weights), len(self.items)
        self.first: dict[str, Any] | None = None
        units = count
        if layers and layers[0]["type"] == "dense" and layers[0].get("groups", 1) == 1:
            first, *layers = layers
            self.first, units = first, int(first["units"])
            self.rows = reader.take_matrix(units, count)
            self.bias = reader.take(units)
        arithmetic = PlainArithmetic() if numpy is None else FastArithmetic()
        self.run, units = build_net(layers, units, reader, arithmetic)
        self.outputs: Any = reader.take_matrix(count, units)
        self.offsets: Any = reader.take(count)
        if numpy is not None:
            self.outputs, self.offsets = numpy.asarray(self.outputs), numpy.asarray(self.offsets)

    def find_history(self, user: str) -> Bag:
        """What a user chose, with ratings; nothing of an unknown one."""
        if user not in self.users:
            return []
        start, end = self.starts[self.users[user]]
        return list(zip(self.entries[start:end], self.ratings[start:end], strict=True))

    def fold_in(self, liked: Collection[str] | Mapping[str, float]) -> Bag:
        """A bag of what somebody likes: names, or names with ratings; unknown ones are left out."""
        low, high = self.bounds
        given = cast("Mapping[str, float]", liked if isinstance(liked, Mapping) else dict.fromkeys(liked, high))
        rated = {name: min(max(rating, low), high) if self.is_rated else 1.0 for name, rating in given.items()}
        return [(self.numbers[name], rating) for name, rating in rated.items() if name in self.numbers]

    def encode_bag(self, bag: Bag) -> tuple[Bag, float]:
        """The bag as the net reads it, and the level of its user."""
        root = math.sqrt(max(len(bag), 1))
        if not self.is_rated:
            return [(item, 1.0 / root) for item, _ in bag], 0.0
        rest = [(item, rating - self.mean - self.levels[item]) for item, rating in bag]
        level = sum(value for _, value in rest) / (len(rest) + LEVEL_SHRINKAGE)
        return [(item, (value - level) / self.scale / root) for item, value in rest], level

    def score(self, bag: Bag) -> list[float]:
        """The rating, which may be beyond the greatest, or the probability of a choice, of each item."""
        encoded, level = self.encode_bag(bag)
        logits = self._find_logits(encoded)
        if self.is_rated:
            own = zip(logits, self.levels, strict=True)
            return [logit * self.scale + (item + self.mean) + level for logit, item in own]
        scores = [logit + item for logit, item in zip(logits, self.levels, strict=True)]
        if self.is_squared:
            return scores
        highest = max(scores)
        shares = [math.exp(score - highest) for score in scores]
        total = sum(shares)
        return [share / total for share in shares]

    def clip(self, score: float) -> float:
        """A score within the least and the greatest rating, or 0 and 1."""
        return min(max(score, self.bounds[0]), self.bounds[1])

    def recommend(self, bag: Bag, limit: int, excluded: Collection[str], *, exclude_seen: bool) -> list[dict[str, Any]]:
        """The best items for a bag, the best first."""
        left_out = {self.numbers[name] for name in excluded if name in self.numbers}
        left_out |= {item for item, _ in bag} if exclude_seen else set()
        scores = self.score(bag)
        best = sorted((item for item in range(len(scores)) if item not in left_out), key=lambda item: -scores[item])
        return [{"item": self.items[item], "score": self.clip(scores[item])} for item in best[:limit]]

    def find_similar(self, name: str, limit: int) -> list[dict[str, Any]]:
        """The items that are most like another one, the most similar first."""
        own = self.numbers[name]
        vector = [row[own] for row in self.outputs]
        found: list[tuple[float, int]] = []
        for item, count in enumerate(self.counts):
            other = [row[item] for row in self.outputs]
            lengths = math.hypot(*vector) * math.hypot(*other)
            products = sum(a * b for a, b in zip(vector, other, strict=True))
            if item != own and lengths:
                found.append((products / lengths * count / (count + LEVEL_SHRINKAGE), item))
        best = sorted(found, key=lambda each: -each[0])[:limit]
        return [{"item": self.items[item], "similarity": float(likeness)} for likeness, item in best if likeness > 0]

    def predict(self, pairs: Sequence[tuple[str | None, str | None]]) -> Iterator[float]:
        """The rating, or the probability of a choice, of each user and item."""
        by_user: dict[str | None, list[float]] = {}
        for user, item in pairs:
            if user not in by_user:
                by_user = {user: self.score(self.find_history(user or ""))}
            scores = by_user[user]
            usual = self.mean if self.is_rated else min(scores)
            yield self.clip(scores[self.numbers[item]] if item in self.numbers else usual)

    def _find_logits(self, bag: Bag) -> list[float]:
        """The outputs of the net for a bag as it reads it; of a dense first layer that takes its items' rows alone."""
        values = [0.0] * len(self.items)
        if self.first is None:
            for item, value in bag:
                values[item] = value
        else:
            values = [*self.bias]
            for item, value in bag:
                values = [total + value * weight for total, weight in zip(values, self.rows[item], strict=True)]
        activation = "linear" if self.first is None else self.first["activation"]
        if numpy is not None:
            with numpy.errstate(all="ignore"):
                hidden = self.run(FAST_ACTIVATIONS[activation](numpy.array([values], numpy.float32)))
                return (hidden @ self.outputs + self.offsets)[0].tolist()
        logits = [*self.offsets]
        for value, row in zip(self.run([*map(PLAIN_ACTIVATIONS[activation], values)]), self.outputs, strict=True):
            if value:
                logits = [total + value * weight for total, weight in zip(logits, row, strict=True)]
        return logits
