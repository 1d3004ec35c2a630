"""N-grams: the probability of the next token from how often it followed the same few tokens before.

Interpolated, modified Kneser-Ney smoothing (Chen & Goodman 1999): what followed a longer context is discounted, and the
rest of the probability is that of the shorter one, in which a token counts as often as it follows different tokens.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

MAX_ORDER: Final = 5
TOKEN_BITS: Final = 16
"""The bits of a token in the key of a context: four tokens are one number."""
MAX_CELLS: Final = 2**22
"""The maximum probabilities that are held at once."""


@dataclass(frozen=True)
class ContextTable:
    """What followed each context of the same length.

    Attributes:
        contexts: The keys of contexts, ascending (contexts,).
        starts: Where the tokens of each begin (contexts + 1,).
        tokens: The tokens that followed (entries,).
        shares: The probability of each that is not from shorter contexts (entries,).
        rests: The probability that is (contexts,).
    """

    contexts: NDArray[np.uint64]
    starts: NDArray[np.int64]
    tokens: NDArray[np.int32]
    shares: NDArray[np.float32]
    rests: NDArray[np.float32]

    def refine(self, probabilities: NDArray[np.floating], keys: NDArray[np.uint64]) -> None:
        """Refine probabilities from shorter contexts (n, vocabulary) by these contexts (n,), in place."""
        numbers = np.searchsorted(self.contexts, keys)
        numbers[numbers == len(self.contexts)] = 0
        known = np.flatnonzero(self.contexts[numbers] == keys)
        own = numbers[known]
        probabilities[known] *= self.rests[own, None]
        starts = self.starts[own]
        sizes = self.starts[own + 1] - starts
        rows = np.repeat(known, sizes)
        entries = np.arange(len(rows)) + np.repeat(starts - (np.cumsum(sizes) - sizes), sizes)
        probabilities[rows, self.tokens[entries]] += self.shares[entries]


@dataclass(frozen=True)
class NgramModel:
    """A model of up to five tokens in a row.

    Attributes:
        frequencies: The share of each token (vocabulary,).
        base: The probability of each without any context (vocabulary,).
        tables: What followed contexts of 1, 2, … tokens.
    """

    frequencies: NDArray[np.float64]
    base: NDArray[np.float64]
    tables: tuple[ContextTable, ...]

    @classmethod
    def fit(cls, text: NDArray[np.integer], vocabulary: int, order: int = MAX_ORDER) -> "NgramModel":
        """Count the tokens of a text (n,), in which there are so many different ones; at most 65,536."""
        counts = np.bincount(text, minlength=vocabulary) + 1.0
        longest = min(order, MAX_ORDER, len(text)) - 1
        contexts, tokens = pack_contexts(text, np.arange(longest, len(text)), longest), text[longest:]
        numbers = np.ones(len(tokens), np.int64)
        tables: list[ContextTable] = []
        for length in range(longest, 0, -1):
            table, numbers, contexts, tokens = _count(contexts, tokens, numbers, vocabulary)
            tables.append(table)
            contexts &= np.uint64(2 ** (TOKEN_BITS * (length - 1)) - 1)  # without the first token
        base = np.bincount(tokens, numbers, vocabulary) + 1.0
        return cls(counts / counts.sum(), base / base.sum(), tuple(reversed(tables)))

    def take_orders(self, order: int) -> "NgramModel":
        """The same of fewer tokens in a row; of 1 it is the share of each token."""
        return NgramModel(self.frequencies, self.frequencies if order == 1 else self.base, self.tables[: order - 1])

    def predict(self, text: NDArray[np.integer], places: NDArray[np.intp]) -> NDArray[np.float64]:
        """The probability of each token at these places of a text (n, vocabulary), from the tokens before."""
        probabilities = np.tile(self.base, (len(places), 1))
        for length, table in enumerate(self.tables, start=1):
            known = np.flatnonzero(places >= length)
            part = probabilities[known]
            table.refine(part, pack_contexts(text, places[known], length))
            probabilities[known] = part
        return probabilities

    def iterate_chunks(
        self, text: NDArray[np.integer], places: NDArray[np.intp]
    ) -> Iterator[tuple[slice, NDArray[np.float64]]]:
        """Iterate over the predictions at places (n,), some at a time."""
        step = max(1, MAX_CELLS // len(self.base))
        for start in range(0, len(places), step):
            part = slice(start, start + step)
            yield part, self.predict(text, places[part])

    def score(
        self, text: NDArray[np.integer], places: NDArray[np.intp]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The probability of the token at each place (n,), and 1 where it is the most probable one (n,)."""
        found, hits = np.empty(len(places)), np.empty(len(places))
        for part, probabilities in self.iterate_chunks(text, places):
            true = text[places[part]].astype(np.intp)
            found[part] = probabilities[np.arange(len(true)), true]
            hits[part] = probabilities.argmax(axis=1) == true
        return found, hits


def pack_contexts(text: NDArray[np.integer], places: NDArray[np.intp], length: int) -> NDArray[np.uint64]:
    """The key of the `length` tokens before each place (n,), the last of them in the lowest bits."""
    keys = np.zeros(len(places), np.uint64)
    for back in range(length, 0, -1):
        keys = (keys << np.uint64(TOKEN_BITS)) | text[places - back].astype(np.uint64)
    return keys


def _count(
    contexts: NDArray[np.uint64], tokens: NDArray[np.integer], numbers: NDArray[np.int64], vocabulary: int
) -> tuple[ContextTable, NDArray[np.int64], NDArray[np.uint64], NDArray[np.integer]]:
    """The table of contexts and tokens (n,) that are there so often (n,).

    Returns:
        The table; and of each different pair of context and token 1, its context and its token.
    """
    known, owners = np.unique(contexts, return_inverse=True)
    pairs, places = np.unique(owners * vocabulary + tokens, return_inverse=True)
    counts = np.bincount(places, numbers)
    owners, followers = np.divmod(pairs, vocabulary)
    starts = np.zeros(len(known) + 1, np.int64)
    np.cumsum(np.bincount(owners, minlength=len(known)), out=starts[1:])
    totals = np.bincount(owners, counts, len(known))
    discounts = _find_discounts(counts)[np.minimum(counts, 3).astype(np.intp)]
    table = ContextTable(
        contexts=known,
        starts=starts,
        tokens=followers.astype(np.int32),
        shares=((counts - discounts) / totals[owners]).astype(np.float32),
        rests=(np.bincount(owners, discounts, len(known)) / totals).astype(np.float32),
    )
    return table, np.ones(len(pairs), np.int64), known[owners], followers


def _find_discounts(counts: NDArray[np.integer] | NDArray[np.floating]) -> NDArray[np.float64]:
    """What is taken off counts of 0, 1, 2, and 3 or more (4,): k - (k + 1) y n_(k+1) / n_k, y = n_1 / (n_1 + 2 n_2)."""
    n = np.bincount(np.minimum(counts, 5).astype(np.intp), minlength=6).astype(np.float64)
    if not n[1:5].all():
        return np.array([0.0, 0.5, 0.5, 0.5])  # too few for it
    y = n[1] / (n[1] + 2 * n[2])
    found = [k - (k + 1) * y * n[k + 1] / n[k] for k in (1, 2, 3)]
    return np.array([0.0, *(min(max(each, 0.05), 0.95 * k) for k, each in enumerate(found, start=1))])
