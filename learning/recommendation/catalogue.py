"""The catalogue: the items that can be recommended, how much each is liked by everybody, and what filters know of them.

What is left of a rating when the mean, the item's and the user's own level are taken away is what a net learns.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Final, NamedTuple

import numpy as np
from annotated_types import Ge, Gt, Le, MaxLen
from numpy.typing import NDArray

from learning.nn.net import NeuralNet
from learning.packing import pack_array, unpack_array
from learning.recommendation.bags import Bags
from learning.recommendation.properties import Features, Property, predict_rows
from learning.serialization import OPTIONAL

MAX_ITEMS: Final = 1_000_000
SHRINKAGE: Final = 5.0
"""The level of an item or user with n ratings is n / (n + 5) of its mean, as few ratings say little (Koren 2010)."""
LEVEL_PASSES: Final = 10
SMOOTHING: Final = 0.5
"""Choices that are added to those of each item, so that no probability is 0."""


class PropertyValues(NamedTuple):
    """The values of a property.

    Attributes:
        values: The category number, or the number, of each item (items,).
        categories: The number of each category by name; empty where they are numbers.
    """

    values: NDArray[np.int32] | NDArray[np.float64]
    categories: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """The items.

    Attributes:
        items: Their names.
        rated: Whether users rate items, or just choose them.
        mean, scale: Of the ratings of training rows; 0 and 1 of choices.
        minimum, maximum: The least and the greatest rating.
        levels: Packed float32: by how much ratings of each item are above the mean; of choices the logarithm of
            their share, or the share of users who chose it.
        counts: Packed int32: the training rows of each item.
        properties: What can be filtered by, and what items are predicted by that training never saw.
        squared: Of choices, whether a score is how probable it is that the user chooses the item, which squared error
            learns; else it is how probable the item is to be the next choice, by a softmax.
        predicts_new: Whether what training never saw is predicted by the properties.
    """

    items: Annotated[tuple[str, ...], MaxLen(MAX_ITEMS)]
    rated: bool
    mean: Annotated[float, Ge(-1e150), Le(1e150)]
    scale: Annotated[float, Gt(0.0), Le(1e150)]
    minimum: float
    maximum: float
    levels: str
    counts: str
    properties: Annotated[tuple[Property, ...], MaxLen(64)]
    squared: bool = field(default=False, metadata=OPTIONAL)
    predicts_new: bool = field(default=False, metadata=OPTIONAL)

    def __post_init__(self) -> None:
        if len(set(self.items)) < len(self.items) or not self.items:
            raise ValueError("there must be items, each with another name")
        if not (np.isfinite(self.item_levels).all() and len(self.item_counts) == len(self.items)):
            raise ValueError("the levels of items must be finite")
        for each in self.properties:
            each.read(len(self.items))

    @classmethod
    def fit(
        cls,
        items: tuple[str, ...],
        bags: Bags,
        properties: tuple[Property, ...],
        *,
        rated: bool,
        squared: bool = False,
    ) -> "Catalogue":
        """The catalogue of these items, fitted to the bags of training rows, whose values are ratings if `rated`."""
        counts = np.bincount(bags.items, minlength=len(items))
        mean, scale, minimum, maximum = 0.0, 1.0, 0.0, 1.0
        if rated:
            values = bags.values.astype(np.float64)
            mean, scale = float(values.mean()), float(values.std()) or 1.0
            minimum, maximum = float(values.min()), float(values.max())
            levels = _fit_levels(bags, values - mean, counts)
        elif squared:
            levels = counts / max(int((bags.sizes > 0).sum()), 1)
        else:
            levels = np.log((counts + SMOOTHING) / (counts.sum() + SMOOTHING * len(items)))
        known = counts > 0
        features = Features(properties if not known.all() else (), len(items))
        if predicts_new := len(features) > 0:
            levels[~known] = predict_rows(features, known, counts / (counts + SHRINKAGE), levels[:, None])[:, 0]
        return cls(
            items=items,
            rated=rated,
            mean=mean,
            scale=scale,
            minimum=minimum,
            maximum=maximum,
            levels=pack_array(levels, np.float32),
            counts=pack_array(counts, np.int32),
            properties=properties,
            squared=squared,
            predicts_new=predicts_new,
        )

    def __len__(self) -> int:
        return len(self.items)

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number of each item by its name."""
        return {name: number for number, name in enumerate(self.items)}

    @cached_property
    def item_levels(self) -> NDArray[np.float32]:
        """The level of each item (items,)."""
        return unpack_array(self.levels, np.float32, len(self.items))

    @cached_property
    def levels_in_scale(self) -> NDArray[np.float32]:
        """The level of each item (items,) in the scale of a net's outputs."""
        return (self.item_levels / self.scale).astype(np.float32)

    @cached_property
    def item_counts(self) -> NDArray[np.int32]:
        """The training rows of each item (items,)."""
        return unpack_array(self.counts, np.int32, len(self.items))

    def complete_net(self, net: NeuralNet) -> NeuralNet:
        """The net, with outputs for what training never saw that are predicted by the properties."""
        if not self.predicts_new:
            return net
        completed = NeuralNet(net.net_inputs, net.layers[:-1], net.outputs, seed=0, parameters=net.parameters.copy())
        counts, outputs = self.item_counts, completed.weights[-1]
        features, weights = Features(self.properties, len(self)), counts / (counts + SHRINKAGE)
        outputs[:, counts == 0] = predict_rows(features, counts > 0, weights, outputs.T).T
        return completed

    def find_property(self, name: str) -> "PropertyValues | None":
        """The property of that name with its values, which are kept for the next time; None: items have none such."""
        if name not in self._property_values:
            column = next((each for each in self.properties if each.name == name), None)
            if column is None:
                return None
            numbers = {category: number for number, category in enumerate(column.categories)}
            self._property_values[name] = PropertyValues(column.read(len(self)), numbers)
        return self._property_values[name]

    @cached_property
    def _property_values(self) -> "dict[str, PropertyValues]":
        return {}

    def encode_bags(self, bags: Bags) -> tuple[Bags, NDArray[np.float32]]:
        """The bags as a net reads them, and the level of each user (bags,).

        The values of a bag are divided by the root of their number, so that those of much and of little read users are
        of one size.
        """
        sizes = bags.sizes
        roots = 1 / np.sqrt(np.maximum(sizes, 1))
        if not self.rated:
            ones = Bags(bags.starts, bags.items, np.ones(len(bags.items), np.float32))
            return ones.scale(roots), np.zeros(len(bags), np.float32)
        owners = np.repeat(np.arange(len(bags)), sizes)
        rest = bags.values.astype(np.float64) - self.mean - self.item_levels[bags.items]
        levels = np.bincount(owners, rest, len(bags)) / (sizes + SHRINKAGE)
        values = ((rest - levels[owners]) / self.scale).astype(np.float32)
        return Bags(bags.starts, bags.items, values).scale(roots), levels.astype(np.float32)

    def encode_targets(self, bags: Bags, levels: NDArray[np.float32]) -> Bags:
        """The bags as a net learns them, of users of these levels (bags,): by how much each rating is above them all.

        A choice is a 1.
        """
        if not self.rated:
            return Bags(bags.starts, bags.items, np.ones(len(bags.items), np.float32))
        owners = np.repeat(levels, bags.sizes)
        rest = bags.values.astype(np.float64) - self.mean - self.item_levels[bags.items] - owners
        return Bags(bags.starts, bags.items, (rest / self.scale).astype(np.float32))

    def decode(self, logits: NDArray[np.floating], levels: NDArray[np.floating]) -> NDArray[np.float64]:
        """The ratings, or the probabilities of choices, of logits (users, items); levels (users,)."""
        if self.rated:
            return logits * np.float64(self.scale) + (self.item_levels + self.mean) + levels[:, None]
        scores = logits.astype(np.float64) + self.item_levels
        if self.squared:
            return scores
        scores -= scores.max(axis=1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=1, keepdims=True)
        return scores

    def decode_best(self, values: NDArray[np.floating], best: NDArray[np.intp], level: float) -> NDArray[np.float64]:
        """The ratings, or the probabilities of choices, of the best items (best,), for a user of this level.

        `values` are the logits and `levels_in_scale` of all items (items,).
        """
        if self.rated:
            return self.clip(values[best] * np.float64(self.scale) + (self.mean + level))
        if self.squared:
            return self.clip(values[best].astype(np.float64))
        with np.errstate(all="ignore"):
            shares = np.exp(values - values.max())
            return self.clip(shares[best] / shares.sum(dtype=np.float64))

    def clip(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """The scores within the least and the greatest rating, or 0 and 1, finite even if the net overflows."""
        return np.fmax(np.fmin(scores, self.maximum), self.minimum)


def _fit_levels(bags: Bags, rest: NDArray[np.float64], counts: NDArray[np.integer]) -> NDArray[np.float64]:
    """By how much ratings of each item are above the mean, when those of users are taken away; both are shrunk."""
    owners = np.repeat(np.arange(len(bags)), bags.sizes)
    levels, own = np.zeros(len(counts)), np.zeros(len(bags))
    for _ in range(LEVEL_PASSES):
        levels = np.bincount(bags.items, rest - own[owners], len(counts)) / (counts + SHRINKAGE)
        own = np.bincount(owners, rest - levels[bags.items], len(bags)) / (bags.sizes + SHRINKAGE)
    return levels
