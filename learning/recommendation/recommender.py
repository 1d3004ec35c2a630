"""The model that recommends: items for a user or for a list of what somebody liked, and items that are alike."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from learning.encoding.columns import InputWarning, WarningList
from learning.frame import Frame
from learning.nn.activations import ACTIVATIONS
from learning.nn.inference import plan_inference
from learning.nn.layers import Dense
from learning.nn.net import NeuralNet
from learning.nn.plan import execute
from learning.recommendation.bags import Bags
from learning.recommendation.filters import ItemFilter, match_items
from learning.recommendation.history import HistoryEncoder
from learning.recommendation.ranking import rank_best, rank_first
from learning.tasks.numbers import NumberPredictions
from learning.tasks.predictions import Predictions

MAX_REASONS: Final = 3
MAX_SCORES: Final = 2**22
"""The maximum scores that are computed at once."""
ALIKE_SHRINKAGE: Final = 5.0
"""The likeness of an item with n rows is n / (n + 5) of its cosine, as of few rows little is learned."""


class Reason(NamedTuple):
    """Something that the user chose, and how much it is like what is recommended, from 0 to 1."""

    item: str
    similarity: float


@dataclass(frozen=True)
class Recommendation:
    """An item with its score, a rating or the probability of a choice, and the nearest things chosen."""

    item: str
    score: float
    reasons: tuple[Reason, ...] = ()


class Recommender:
    """What a model that recommends answers with; a user is a bag of what was chosen so far. Safe for many threads.

    Attributes:
        encoder: What users chose.
        net: The net, which reads a bag and scores all items, also those that training never saw.
        catalogue: The items.
    """

    def __init__(self, encoder: HistoryEncoder, net: NeuralNet) -> None:
        self.encoder, self.catalogue = encoder, encoder.catalogue
        self.net = self.catalogue.complete_net(net)

    @property
    def _item_weights(self) -> NDArray[np.floating]:
        """The weights of each item in the output layer (units, items)."""
        return self.net.weights[-1][:-1]

    @cached_property
    def _item_norms(self) -> NDArray[np.floating]:
        """The length of each item's weights (items,), above 0."""
        norms = np.linalg.norm(self._item_weights, axis=0)
        return np.maximum(norms, np.finfo(norms.dtype).tiny)

    def find_vectors(self, items: NDArray[np.integer]) -> NDArray[np.floating]:
        """The vectors of items by number (items, units): the weights in the output layer, of length 1."""
        return np.ascontiguousarray((self._item_weights[:, items] / self._item_norms[items]).T)

    @cached_property
    def _item_offsets(self) -> NDArray[np.floating]:
        """What is added to the products of the vectors, so that the greatest are the best items (items,)."""
        return self.net.weights[-1][-1] + self.catalogue.levels_in_scale

    def _compare_items(self, one: NDArray[np.integer], others: slice | NDArray[np.integer]) -> NDArray[np.floating]:
        """The cosine of the vectors of each of these items with each of the others."""
        cosines = self._item_weights[:, one].T @ self._item_weights[:, others]
        cosines /= self._item_norms[one, None]
        cosines /= self._item_norms[others]
        return cosines

    def compute_hidden(self, bags: Bags) -> NDArray[np.floating]:
        """What the output layer reads (bags, units) for bags as `Catalogue.encode_bags` returns them.

        Of a dense first layer a bag takes no more than the rows of its items.
        """
        layers, parameters = self.net.inference_layers[:-1], self.net.parameters
        if layers and isinstance(first := layers[0], Dense) and first.groups == 1:
            matrix = self.net.weights[0]
            values: NDArray[np.floating] = np.empty((len(bags), first.units), matrix.dtype)
            for number in range(len(bags)):
                items, amounts = bags.bag(number)
                np.dot(amounts, matrix[items], values[number])
            values += matrix[-1]
            execute(ACTIVATIONS[first.activation](values.shape, values.dtype).forward(values))
            layers, parameters = layers[1:], parameters[matrix.size :]
        else:
            values = np.empty((len(bags), len(self.catalogue)), parameters.dtype)
            bags.write_dense(np.arange(len(bags)), values)
        return plan_inference(layers, parameters, values.shape[1], len(bags))(values) if layers else values

    def compute_logits(self, bags: Bags) -> NDArray[np.floating]:
        """The outputs (bags, items) for bags as `Catalogue.encode_bags` returns them."""
        matrix = self.net.weights[-1]
        logits = self.compute_hidden(bags) @ matrix[:-1]
        logits += matrix[-1]
        return logits

    def score_bags(self, bags: Bags) -> NDArray[np.float64]:
        """The rating, which may be beyond the greatest, or the probability of a choice (bags, items)."""
        encoded, levels = self.catalogue.encode_bags(bags)
        with np.errstate(all="ignore"):
            return self.catalogue.decode(self.compute_logits(encoded), levels)

    def predict(self, frame: Frame, max_warnings: int = 1000) -> tuple[Predictions, list[InputWarning]]:
        """Predict the rating, or the probability of a choice, of each row's user and item.

        Of an unknown user the answer is what everybody likes, of an unknown item what is usual; both with a warning.
        """
        users, items = self.encoder.find_users(frame), self.encoder.find_items(frame)
        warnings = WarningList(max_warnings)
        for name, numbers, what in ((self.encoder.user, users, "user"), (self.encoder.item, items, "item")):
            for row in warnings.first_rows(np.flatnonzero(numbers < 0)):
                warnings.add(row, name, "unseen_category", f"is no {what} of the training rows")
        values = np.empty((frame.rows, 1))
        each, places = np.unique(users, return_inverse=True)
        order = np.argsort(places, kind="stable")
        ends = np.searchsorted(places[order], np.arange(len(each) + 1))
        step = max(1, MAX_SCORES // len(self.catalogue))
        for start in range(0, len(each), step):
            numbers = each[start : start + step]
            scores = self.score_bags(self._find_bags(numbers))
            rows = order[ends[start] : ends[min(start + step, len(each))]]
            own = places[rows] - start
            usual = self.catalogue.mean if self.catalogue.rated else scores.min(axis=1)[own]
            values[rows, 0] = np.where(items[rows] >= 0, scores[own, items[rows]], usual)
        values = self.catalogue.clip(values)
        return NumberPredictions(values), warnings.sorted()

    def _find_bags(self, users: NDArray[np.integer]) -> Bags:
        """The histories of users by number; that of an unknown one, -1, is empty."""
        found = self.encoder.histories.take(np.maximum(users, 0))
        owners = np.repeat(np.arange(len(users)), found.sizes)
        known = users[owners] >= 0
        return Bags.group(owners[known], found.items[known], found.values[known], len(users))

    def compute_user_vectors(self) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
        """What the output layer reads of each user (users + 1, units), and their levels; last of an unknown one."""
        users = np.append(np.arange(len(self.encoder.users)), -1)
        vectors, levels = list[NDArray[np.floating]](), list[NDArray[np.floating]]()
        step = max(1, MAX_SCORES // len(self.catalogue))
        for start in range(0, len(users), step):
            bags, own = self.catalogue.encode_bags(self._find_bags(users[start : start + step]))
            vectors.append(self.compute_hidden(bags))
            levels.append(own)
        return np.concatenate(vectors), np.concatenate(levels)

    def find_history(self, user: str) -> tuple[NDArray[np.int32], NDArray[np.float32]] | None:
        """The items, by number, and ratings of a user; None of an unknown one."""
        number = self.encoder.numbers.get(user)
        return None if number is None else self.encoder.histories.bag(number)

    def fold_in(self, liked: Sequence[str]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """The items, by number, and ratings of somebody who likes these; unknown items are left out.

        Of a model of ratings each counts as if it had the highest one.
        """
        known = [number for name in dict.fromkeys(liked) if (number := self.catalogue.numbers.get(name)) is not None]
        items = np.array(known, np.int32)
        return items, np.full(len(items), self.catalogue.maximum, np.float32)

    def recommend(
        self,
        items: NDArray[np.int32],
        ratings: NDArray[np.float32],
        *,
        limit: int = 10,
        excluded: Collection[str] = (),
        exclude_seen: bool = True,
        filters: Mapping[str, ItemFilter] = {},
        columns: Mapping[str, str | float] = {},
    ) -> list[Recommendation]:
        """The best items for somebody who chose these, the best first.

        Args:
            items: What was chosen, by number.
            ratings: The ratings of these.
            limit: The maximum number of items.
            excluded: Names of items to leave out.
            exclude_seen: Whether to leave out what was chosen.
            filters: What the items' columns have to be, by name.
            columns: What the user's columns are, by name, where nothing was chosen.

        Raises:
            UnusableColumn: a filter names a column that items do not have, or `columns` one that users do not have.
        """
        if columns and not len(items):
            bag, levels = self.encoder.expect_bag(columns)
        else:
            bag, levels = self.catalogue.encode_bags(Bags(np.array([0, len(items)], np.int64), items, ratings))
        with np.errstate(all="ignore"):
            values = self.compute_hidden(bag)[0] @ self._item_weights
            values += self._item_offsets
        ranking = values.copy()
        if exclude_seen:
            ranking[items] = -np.inf
        numbers = self.catalogue.numbers
        ranking[[numbers[name] for name in excluded if name in numbers]] = -np.inf
        if filters:
            ranking[~match_items(self.catalogue, filters)] = -np.inf
        best = rank_best(ranking, limit)
        best = best[np.isfinite(ranking[best])]
        scores = self.catalogue.decode_best(values, best, float(levels[0]))
        reasons = self._find_reasons(best, items, ratings)
        numbered, told = cast("list[int]", best.tolist()), cast("list[float]", scores.tolist())
        names = [self.catalogue.items[number] for number in numbered]
        return [Recommendation(*each) for each in zip(names, told, reasons, strict=True)]

    def _find_reasons(
        self, best: NDArray[np.intp], items: NDArray[np.int32], ratings: NDArray[np.float32]
    ) -> list[tuple[Reason, ...]]:
        """For each of the best items the most similar ones among those chosen; of rated ones among those liked."""
        liked = items[ratings >= ratings.mean()] if self.catalogue.rated and len(items) else items
        if not len(liked):
            return [()] * len(best)
        names, step = self.catalogue.items, max(1, MAX_SCORES // len(liked))
        chosen = cast("list[int]", liked.tolist())
        reasons: list[tuple[Reason, ...]] = []
        for start in range(0, len(best), step):
            recommended = best[start : start + step]
            likeness = self._compare_items(recommended, liked)
            first = rank_first(likeness, MAX_REASONS + 1)  # one may be what is recommended
            for number, row, order in zip(recommended.tolist(), likeness, first.tolist(), strict=True):
                alike = [place for place in order if row[place] > 0 and chosen[place] != number][:MAX_REASONS]
                reasons.append(tuple([Reason(names[chosen[place]], min(1.0, float(row[place]))) for place in alike]))
        return reasons

    def find_similar(self, item: str, limit: int = 10) -> list[Reason] | None:
        """The items that are most like another one, the most similar first; None of an unknown one."""
        number = self.catalogue.numbers.get(item)
        if number is None:
            return None
        counts = self.catalogue.item_counts
        likeness = self._compare_items(np.array([number]), slice(None))[0] * (counts / (counts + ALIKE_SHRINKAGE))
        likeness[number] = -np.inf
        names = self.catalogue.items
        best: list[int] = rank_best(likeness, min(limit, len(names) - 1)).tolist()
        return [Reason(names[place], float(likeness[place])) for place in best if likeness[place] > 0]
