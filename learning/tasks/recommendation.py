"""Recommendation: the items that a user would choose, or the ratings that a user would give, from those so far."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

import numpy as np
from annotated_types import Ge
from numpy.typing import DTypeLike, NDArray

from learning.errors import LearningError
from learning.nn.losses import Loss, LossChoice, LossName
from learning.recommendation.bags import Bags
from learning.recommendation.catalogue import Catalogue
from learning.recommendation.linear_items import predict_linear_items
from learning.recommendation.losses import ChoiceLoss, RatingLoss, WholeBagLoss
from learning.recommendation.ranking import RANKING_METRICS, compute_ranking_metrics, score_rankings
from learning.tasks.evaluation import Evaluation, finite_or_none, keep_finite
from learning.tasks.influence import Influence, compute_mean_influence
from learning.tasks.main_metric import RATING_RMSE, RECALL_AT_10, MainMetric
from learning.tasks.predictions import Predictions
from learning.tasks.rowless import RowlessTarget
from learning.tasks.task import BaselineName


def list_losses(*, rated: bool) -> tuple[LossName, ...]:
    """The losses of ratings, or of choices, the default first."""
    return ("mse",) if rated else ("mse", "cross_entropy")


@dataclass(frozen=True, kw_only=True)
class RecommendationTarget(RowlessTarget):
    """What a net that recommends has for outputs: a score for each item of the catalogue.

    Attributes:
        rated: Whether it is a rating, or how probable it is that the item is chosen.
        items: The number of items.
    """

    task: Literal["recommendation"] = "recommendation"
    rated: bool
    items: Annotated[int, Ge(1)]

    losses: ClassVar[tuple[LossName, ...]] = ("mse", "cross_entropy")
    baselines: ClassVar[tuple[BaselineName, BaselineName]] = ("popularity", "linear_items")
    main_metrics: ClassVar[tuple[MainMetric, MainMetric]] = (RECALL_AT_10, RATING_RMSE)
    column_type: ClassVar[Literal["numeric", "categorical"]] = "numeric"
    values_dtype: ClassVar[DTypeLike] = np.int64
    refusal: ClassVar[tuple[str, str]] = (
        (
            "A model that recommends learns from all that a user chose at once, so this, which judges single rows and "
            "columns of a table, does not apply to it."
        ),
        "Its recommendations come with reasons, and similar tells which items are alike.",
    )

    @property
    def outputs(self) -> int:
        """The number of outputs of the net: one for each item."""
        return self.items

    @property
    def selection_metric(self) -> str | None:
        """The ndcg at 10 of choices: a loss also counts items that nobody is told, and may fall while rankings do."""
        return None if self.rated else "ndcg_at_10"

    def shape(self, rows: int) -> tuple[int, ...]:
        """Numbers of bags (rows,)."""
        return (rows,)

    def check_encoded(self, y: NDArray[np.generic]) -> None:
        """Nothing: the bags are checked where they are made."""

    def decode(self, logits: NDArray[np.floating]) -> Predictions:
        """Refused: what outputs mean is known to the model's catalogue alone."""
        self.refuse()

    def compute_metrics(
        self, logits: NDArray[np.floating], y: NDArray[np.generic], weights: NDArray[np.floating] | None
    ) -> dict[str, float | None]:
        """Refused: there are no bags here."""
        self.refuse()

    def evaluate(
        self,
        logits: NDArray[np.floating],
        y: NDArray[np.generic],
        losses: NDArray[np.float64],
        weights: NDArray[np.floating] | None,
        naive: NDArray[np.float64] | None,
    ) -> Evaluation:
        """Refused: there are no bags here."""
        self.refuse()

    def constant_logits(
        self, y: NDArray[np.generic], weights: NDArray[np.floating] | None = None
    ) -> NDArray[np.float64]:
        """Zeros (items,): what everybody likes."""
        return np.zeros(self.items)

    def name_outputs(self, names: Sequence[str]) -> list[str]:
        """The items, by their numbers."""
        return [f"{names[0]} {number}" for number in range(1, self.items + 1)]


@dataclass(frozen=True, kw_only=True)
class BagTarget(RecommendationTarget):
    """The target of a net in training, with the bags that are learned and measured; a row's target is a bag's number.

    Attributes:
        catalogue: The items.
        bags: As they were given, with ratings.
        learned: The same as a net learns them.
        seen: The items that each bag's user is known to have chosen.
        users: The number of each bag's user (bags,).
        levels: The level of each bag's user (bags,).
        shares: How much an entry of each bag counts in the loss (bags,).
    """

    catalogue: Catalogue
    bags: Bags = field(repr=False)
    learned: Bags = field(repr=False)
    seen: Bags = field(repr=False)
    users: NDArray[np.intp] = field(repr=False)
    levels: NDArray[np.float32] = field(repr=False)
    shares: NDArray[np.float64] = field(repr=False)

    def create_loss(self, name: LossChoice) -> Loss:
        """Squared error of ratings, and of choices that or cross-entropy, as the bags were prepared for.

        Raises:
            LearningError: another loss is asked for.
        """
        fitting = "mse" if self.rated or self.catalogue.squared else "cross_entropy"
        if name not in {"auto", fitting}:
            raise LearningError(f"The loss {name!r} does not fit these bags.", f"Use {fitting}, or 'auto'.")
        if self.rated:
            return RatingLoss(self.learned, self.shares)
        create = WholeBagLoss if self.catalogue.squared else ChoiceLoss
        return create(self.learned, self.shares, self.catalogue.item_levels)

    def compute_metrics(
        self, logits: NDArray[np.floating], y: NDArray[np.generic], weights: NDArray[np.floating] | None
    ) -> dict[str, float | None]:
        """Root mean squared and mean absolute error of ratings; of choices recall, ndcg and map at 10."""
        numbers = y.astype(np.intp)
        if not self.rated:
            scores = logits + self.catalogue.item_levels
            return compute_ranking_metrics(scores, self.bags.take(numbers), self.seen.take(numbers))
        _, errors = self._find_errors(logits, numbers)
        return {"rmse": float(np.sqrt(np.mean(errors**2))), "mae": float(np.abs(errors).mean())}

    def _find_errors(
        self, logits: NDArray[np.floating], numbers: NDArray[np.intp]
    ) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Of each rating in these bags the place of its bag among them, and how far off it is predicted (ratings,)."""
        places, entries = self.bags.find_entries(numbers)
        items = self.bags.items[entries]
        catalogue, level = self.catalogue, self.levels[numbers][places].astype(np.float64)
        predicted = logits[places, items] * catalogue.scale + catalogue.mean + catalogue.item_levels[items] + level
        return places, np.clip(predicted, catalogue.minimum, catalogue.maximum) - self.bags.values[entries]

    def compute_influences(
        self, logits: NDArray[np.floating], y: NDArray[np.generic], weights: NDArray[np.floating] | None
    ) -> dict[str, Influence]:
        """Those of users, as all that one chose depends on each other."""
        numbers = y.astype(np.intp)
        if not self.rated:
            scores = logits + self.catalogue.item_levels
            scored = score_rankings(scores, self.bags.take(numbers), self.seen.take(numbers))
            names = RANKING_METRICS if len(scored) else ()
            return {
                name: compute_mean_influence(column, "share") for name, column in zip(names, scored.T, strict=False)
            }
        places, errors = self._find_errors(logits, numbers)
        root, users = float(np.sqrt(np.mean(errors**2))), len(numbers)

        def sum_of_users(values: NDArray[np.float64]) -> NDArray[np.float64]:
            sums: NDArray[np.float64] = np.zeros(users)
            np.add.at(sums, places, (values - values.mean()) * (users / len(values)))
            return sums

        rmse = sum_of_users(errors**2) / (2 * root) if root else np.zeros(users)
        rows = (float(users),)
        return {"rmse": Influence(rmse, "error", rows), "mae": Influence(sum_of_users(np.abs(errors)), "error", rows)}

    def evaluate(
        self,
        logits: NDArray[np.floating],
        y: NDArray[np.generic],
        losses: NDArray[np.float64],
        weights: NDArray[np.floating] | None,
        naive: NDArray[np.float64] | None,
    ) -> Evaluation:
        """The metrics, and those of what everybody likes."""
        return Evaluation(
            task=self.task,
            rows=len(y),
            loss=finite_or_none(float(losses.mean())),
            metrics=keep_finite(self.compute_metrics(logits, y, weights)),
            naive=keep_finite(self.compute_metrics(np.zeros_like(logits), y, weights)),
        )

    def measure_baselines(
        self, train_y: NDArray[np.generic], measured_y: NDArray[np.generic], weights: NDArray[np.floating] | None
    ) -> Mapping[BaselineName, dict[str, float | None]]:
        """Of ratings the mean, and the levels of items and users; of choices popularity, and a linear item model."""
        return {
            name: self.compute_metrics(logits, measured_y, weights)
            for name, logits in self._predict_baselines(train_y, measured_y).items()
        }

    def _predict_baselines(
        self, train_y: NDArray[np.generic], measured_y: NDArray[np.generic]
    ) -> Mapping[BaselineName, NDArray[np.float64]]:
        numbers, zeros = measured_y.astype(np.intp), np.zeros((len(measured_y), self.items))
        levels = self.catalogue.item_levels.astype(np.float64)
        if self.rated:
            return {"mean": -(levels + self.levels[numbers, None]) / self.catalogue.scale, "levels": zeros}
        train, seen = self.bags.take(train_y.astype(np.intp)), self.seen.take(numbers)
        return {"popularity": zeros, "linear_items": predict_linear_items(train, seen, self.items) - levels}
