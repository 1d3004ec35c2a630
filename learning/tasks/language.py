"""Language: the token that follows each position of a text, from those before it; what can do that can write.

A net is measured by what it thought of each token that came: minus the logarithm of its probability, in nats. Its
exponential is the perplexity: of so many equally probable tokens the next one is as hard to guess.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Annotated, ClassVar, Literal

import numpy as np
from annotated_types import Ge, Gt
from numpy.typing import DTypeLike, NDArray

from learning.errors import LearningError
from learning.language.mixture import NgramMixture, find_weight, mix_loss
from learning.language.ngrams import NgramModel
from learning.nn.losses import Loss, LossChoice, LossName
from learning.nn.plan import Operation, scalar
from learning.tasks.evaluation import Evaluation, finite_or_none, keep_finite
from learning.tasks.influence import Influence, compute_mean_influence
from learning.tasks.main_metric import BITS_PER_CHARACTER, MainMetric
from learning.tasks.predictions import Predictions
from learning.tasks.rowless import RowlessTarget
from learning.tasks.task import BaselineName


class TokenLoss(Loss):
    """Cross-entropy of next tokens, of scores (rows, 2 context) as a `TokenPlan` makes them: their mean over a row."""

    def values(self, logits: NDArray[np.floating], targets: NDArray[np.floating]) -> NDArray[np.floating]:
        """Minus the mean log-probability of each row."""
        return -logits[:, : logits.shape[1] // 2].mean(axis=1)

    def gradient(
        self, logits: NDArray[np.floating], encoded: NDArray[np.floating], out: NDArray[np.floating]
    ) -> list[Operation]:
        """-1 / context by each log-probability, and 0 by what only counts hits."""
        context = logits.shape[1] // 2
        slope, zero = scalar(-1 / context, out.dtype), scalar(0, out.dtype)
        return [partial(np.copyto, out[:, :context], slope), partial(np.copyto, out[:, context:], zero)]


@dataclass(frozen=True, kw_only=True)
class LanguageTarget(RowlessTarget):
    """What a net that writes has for outputs: at each position a logit for each token that may be next.

    Attributes:
        vocabulary: The number of tokens.
        context: How many tokens it sees at most.
        characters_per_token: The mean length of a token in the text.
    """

    task: Literal["language"] = "language"
    vocabulary: Annotated[int, Ge(2)]
    context: Annotated[int, Ge(1)]
    characters_per_token: Annotated[float, Gt(0.0)] = 1.0

    losses: ClassVar[tuple[LossName, ...]] = ("cross_entropy",)
    baselines: ClassVar[tuple[BaselineName, BaselineName]] = ("token_frequency", "five_gram")
    main_metrics: ClassVar[tuple[MainMetric, MainMetric]] = (BITS_PER_CHARACTER, BITS_PER_CHARACTER)
    column_type: ClassVar[Literal["numeric", "categorical"]] = "categorical"
    values_dtype: ClassVar[DTypeLike] = np.int64
    refusal: ClassVar[tuple[str, str]] = (
        "A model that writes learns from a whole text, so this, which judges single rows of a table, does not apply.",
        "Let it write, or look at its perplexity and accuracy on the held-out part of the text.",
    )

    @property
    def outputs(self) -> int:
        """The number of outputs of the net at each position."""
        return self.vocabulary

    def create_loss(self, name: LossChoice) -> Loss:
        """Cross-entropy.

        Raises:
            LearningError: another loss is asked for.
        """
        if name not in {"auto", "cross_entropy"}:
            raise LearningError(f"The loss {name!r} does not fit a text.", "Use cross_entropy, or 'auto'.")
        return TokenLoss()

    def shape(self, rows: int) -> tuple[int, ...]:
        """Where rows begin in the text (rows,)."""
        return (rows,)

    def check_encoded(self, y: NDArray[np.generic]) -> None:
        """Nothing: texts are checked where they are encoded."""

    def decode(self, logits: NDArray[np.floating]) -> Predictions:
        """Refused: what tokens stand for is known to the model's tokenizer alone."""
        self.refuse()

    def compute_metrics(
        self,
        logits: NDArray[np.floating],
        y: NDArray[np.generic],
        weights: NDArray[np.floating] | None,
    ) -> dict[str, float | None]:
        """Perplexity, bits per character, and the share of tokens that were the most probable, of scores."""
        return self.measure_scores(logits)

    def measure_scores(self, logits: NDArray[np.floating]) -> dict[str, float | None]:
        """The same, of whatever expects tokens: a net alone, or a baseline."""
        found = logits.astype(np.float64).reshape(len(logits), 2, -1).mean(axis=(0, 2))
        return {**self._measure(-float(found[0])), "accuracy": float(found[1])}

    def compute_influences(
        self, logits: NDArray[np.floating], y: NDArray[np.generic], weights: NDArray[np.floating] | None
    ) -> dict[str, Influence]:
        """Those of windows, as the tokens of one depend on each other."""
        losses, hits = logits.astype(np.float64).reshape(len(logits), 2, -1).mean(axis=2).T
        loss, accuracy = compute_mean_influence(-losses, "error"), compute_mean_influence(hits, "share")
        slopes = self._measure(-float(losses.mean())), self._measure(1.0)
        found = {
            "perplexity": replace(loss, values=loss.values * (slopes[0]["perplexity"] or 0.0)),
            "bits_per_character": replace(loss, values=loss.values * (slopes[1]["bits_per_character"] or 0.0)),
        }
        return {**found, "accuracy": replace(accuracy, counts=(float(len(logits) * self.context),))}

    def _measure(self, loss: float, of: str = "") -> dict[str, float | None]:
        """Perplexity and bits per character of a loss."""
        return {
            f"{of}perplexity": math.exp(loss) if loss < math.log(np.finfo(np.float64).max) else math.inf,
            f"{of}bits_per_character": loss / math.log(2) / self.characters_per_token,
        }

    def evaluate(
        self,
        logits: NDArray[np.floating],
        y: NDArray[np.generic],
        losses: NDArray[np.float64],
        weights: NDArray[np.floating] | None,
        naive: NDArray[np.float64] | None,
    ) -> Evaluation:
        """The metrics, and those of expecting each token as often as it is there."""
        return Evaluation(
            task=self.task,
            rows=len(y),
            loss=finite_or_none(float(losses.mean())),
            metrics=keep_finite(self.compute_metrics(logits, y, weights)),
            naive=keep_finite(self.measure_scores(self.predict_frequencies(logits, y))),
        )

    def predict_frequencies(self, logits: NDArray[np.floating], y: NDArray[np.generic]) -> NDArray[np.floating]:
        """The scores of knowing nothing: all tokens are equally probable."""
        scores = np.zeros_like(logits)
        scores[:, : self.context] = -math.log(self.vocabulary)
        return scores

    def constant_logits(
        self,
        y: NDArray[np.generic],
        weights: NDArray[np.floating] | None = None,
    ) -> NDArray[np.float64]:
        """The scores (2 context,) of knowing nothing."""
        return self.predict_frequencies(np.zeros((1, 2 * self.context)), np.zeros(1))[0]

    def name_outputs(self, names: Sequence[str]) -> list[str]:
        """The tokens, by their numbers."""
        return [f"{names[0]} {number}" for number in range(1, self.vocabulary + 1)]


@dataclass(frozen=True, kw_only=True)
class TextTarget(LanguageTarget):
    """The target of a net in training, with the text; a row's target is where it begins in it.

    Attributes:
        text: All tokens (n,).
        ngrams: The counts of up to five tokens in a row in the training part.
        held_out: Where the first token is that was not counted.
        is_mixed: Whether the net is mixed with n-grams.
    """

    text: NDArray[np.integer] = field(repr=False)
    ngrams: NgramModel = field(repr=False)
    held_out: int
    is_mixed: bool = True

    def compute_metrics(
        self,
        logits: NDArray[np.floating],
        y: NDArray[np.generic],
        weights: NDArray[np.floating] | None,
    ) -> dict[str, float | None]:
        """The metrics of the net; and, of rows that were held out, those of its mixture with n-grams."""
        metrics = self.measure_scores(logits)
        if not self.is_mixed or not self._are_held_out(y):
            return metrics
        net, ngrams = self._compare(logits, y)
        weight = find_weight(net, ngrams)
        return {**metrics, **self._measure(mix_loss(net, ngrams, weight), "mixed_"), "ngram_weight": weight}

    def fit_mixture(self, logits: NDArray[np.floating], y: NDArray[np.generic]) -> NgramMixture | None:
        """The mixture that expects rows best, which were held out, from the net's scores; None if it is the net."""
        if not self.is_mixed or not self._are_held_out(y):
            return None
        weight = find_weight(*self._compare(logits, y))
        return NgramMixture.pack(self.ngrams, weight) if weight else None

    def _are_held_out(self, y: NDArray[np.generic]) -> bool:
        return len(y) > 0 and int(y.min()) >= self.held_out

    def _compare(
        self, logits: NDArray[np.floating], y: NDArray[np.generic]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The probability of each token (n,) by the net, and by n-grams."""
        net = np.exp(logits[:, : self.context].astype(np.float64).reshape(-1))
        return net, self._score_held_out(self._find_places(y).reshape(-1))[0]

    def _score_held_out(self, places: NDArray[np.intp]) -> NDArray[np.float64]:
        """What n-grams think of the tokens at places that were held out (2, n), as `NgramModel.score` has it."""
        known = self._known_scores
        asked = places[np.isnan(known[0, places - self.held_out])]
        if len(asked):
            known[:, asked - self.held_out] = self.ngrams.score(self.text, asked)
        return known[:, places - self.held_out]

    @cached_property
    def _known_scores(self) -> NDArray[np.float64]:
        """What n-grams think of all tokens that were held out; NaN as long as nobody asks."""
        return np.full((2, len(self.text) - self.held_out), np.nan)

    def _find_places(self, starts: NDArray[np.generic]) -> NDArray[np.intp]:
        """The tokens that rows are to expect (rows, context), which begin there."""
        return starts.astype(np.intp)[:, None] + np.arange(1, self.context + 1)

    def predict_frequencies(self, logits: NDArray[np.floating], y: NDArray[np.generic]) -> NDArray[np.floating]:
        """The scores of expecting each token as often as it is in the training part."""
        return self._score(y, self.ngrams.take_orders(1)).astype(logits.dtype)

    def constant_logits(
        self, y: NDArray[np.generic], weights: NDArray[np.floating] | None = None
    ) -> NDArray[np.float64]:
        """The mean score (2 context,) of expecting each token as often as it is there."""
        means = self._score(y[:100], self.ngrams.take_orders(1)).reshape(-1, 2, self.context).mean(axis=(0, 2))
        return np.repeat(means, self.context)

    def measure_baselines(
        self,
        train_y: NDArray[np.generic],
        measured_y: NDArray[np.generic],
        weights: NDArray[np.floating] | None,
    ) -> Mapping[BaselineName, dict[str, float | None]]:
        """The metrics of how often tokens are there, and of how often they followed the four before."""
        frequency, ngrams = self.baselines
        return {
            frequency: self.measure_scores(self._score(measured_y, self.ngrams.take_orders(1))),
            ngrams: self.measure_scores(self._score(measured_y, self.ngrams)),
        }

    def _score(self, starts: NDArray[np.generic], ngrams: NgramModel) -> NDArray[np.float64]:
        """The scores (rows, 2 context) of rows that begin there."""
        places = self._find_places(starts)
        is_known = ngrams is self.ngrams and self._are_held_out(starts)
        flat = places.reshape(-1)
        probabilities, hits = self._score_held_out(flat) if is_known else ngrams.score(self.text, flat)
        both = np.stack([np.log(probabilities).reshape(places.shape), hits.reshape(places.shape)], axis=1)
        return both.reshape(len(places), -1)
