"""A net mixed with n-grams: each token is expected as a weighted mean of both expects it (Jelinek & Mercer 1980).

Counts know by heart what stood in the text, a net what its parts have in common: together they are better than either.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Final

import numpy as np
from annotated_types import Ge, Gt, Le
from numpy.typing import NDArray

from learning.language.net_expectation import mix_ngrams
from learning.language.ngrams import MAX_ORDER, NgramCounts, NgramModel
from learning.packing import pack_array

MAX_ENTRIES: Final = 2**22
STEPS: Final = 30
"""Halvings of the interval in which the weight is."""


@dataclass(frozen=True, kw_only=True)
class NgramMixture:
    """What a model keeps of n-grams: their weight, and the counts, from which all else is computed.

    Attributes:
        weight: The weight of n-grams; that of the net is 1 - weight.
        vocabulary: The number of tokens.
        order: The tokens in a row.
        entries: The number of counts.
        contexts: The key of the context of each count, less the one before it (`learning.packing`).
        tokens: The token that followed.
        numbers: How often.
    """

    weight: Annotated[float, Gt(0.0), Le(1.0)]
    vocabulary: Annotated[int, Ge(1), Le(2**16)]
    order: Annotated[int, Ge(1), Le(MAX_ORDER)]
    entries: Annotated[int, Ge(1), Le(MAX_ENTRIES)]
    contexts: str
    tokens: str
    numbers: str

    def __post_init__(self) -> None:
        if (np.diff(self._counts.contexts.astype(np.int64)) < 0).any():
            raise ValueError("the contexts of n-grams must ascend")
        if self._counts.tokens.max() >= self.vocabulary or self._counts.numbers.min() < 1:
            raise ValueError("n-grams must be of the vocabulary, and have been there")

    @classmethod
    def pack(cls, ngrams: NgramModel, weight: float) -> "NgramMixture":
        """The mixture with n-grams of this weight."""
        counts = ngrams.counts
        return cls(
            weight=weight,
            vocabulary=len(ngrams.base),
            order=counts.order,
            entries=len(counts.tokens),
            contexts=pack_array(np.diff(counts.contexts, prepend=np.uint64(0)), np.uint64),
            tokens=pack_array(counts.tokens, np.uint16),
            numbers=pack_array(counts.numbers, np.uint32),
        )

    @cached_property
    def _counts(self) -> NgramCounts:
        return NgramCounts.unpack(self.order, self.entries, self.contexts, self.tokens, self.numbers)

    @cached_property
    def ngrams(self) -> NgramModel:
        """The n-grams."""
        return NgramModel.from_counts(self._counts, self.vocabulary)

    def mix(
        self, log_probabilities: NDArray[np.float64], tokens: Sequence[int], closed: NDArray[np.intp]
    ) -> NDArray[np.float64]:
        """Mix what a net expects after some tokens (vocabulary,) with n-grams; `closed` tokens are never expected."""
        return mix_ngrams(log_probabilities, self.ngrams, self.weight, tokens, closed)


def find_weight(net: NDArray[np.floating], ngrams: NDArray[np.floating]) -> float:
    """Find the weight of n-grams with which tokens are expected best, from both probabilities of each (n,).

    The mean log-probability is concave in the weight: its slope, the mean of (ngrams - net) / (the mixture), falls.
    """
    low, high = 0.0, 1.0
    for _ in range(STEPS):
        weight = (low + high) / 2
        slope = ((ngrams - net) / (net + weight * (ngrams - net))).mean()
        low, high = (weight, high) if slope > 0 else (low, weight)
    return low


def mix_loss(net: NDArray[np.floating], ngrams: NDArray[np.floating], weight: float) -> float:
    """Return minus the mean log-probability of tokens, from both probabilities of each (n,), in nats."""
    mean = float(np.log(net + weight * (ngrams - net)).mean())
    return -mean if math.isfinite(mean) else math.inf
