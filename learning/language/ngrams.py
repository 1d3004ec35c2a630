"""N-grams: the probability of the next token from how often it followed the same few tokens before.

Interpolated, modified Kneser-Ney smoothing (Chen & Goodman 1999): what followed a longer context is discounted, and the
rest of the probability is that of the shorter one, in which a token counts as often as it follows different tokens.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.packing import unpack_array

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

    def refine_one(self, probabilities: NDArray[np.floating], key: int) -> None:
        """Refine probabilities from shorter contexts (vocabulary,) by one of these contexts, in place."""
        number = int(np.searchsorted(self.contexts, np.uint64(key)))
        if number < len(self.contexts) and self.contexts[number] == key:
            entries = slice(self.starts[number], self.starts[number + 1])
            probabilities *= self.rests[number]
            probabilities[self.tokens[entries]] += self.shares[entries]


@dataclass(frozen=True)
class NgramCounts:
    """How often each token followed each context of `order` - 1 tokens: of those that are there, ascending.

    Attributes:
        order: The tokens in a row.
        contexts: The key of the context (entries,).
        tokens: The token that followed (entries,).
        numbers: How often (entries,).
    """

    order: int
    contexts: NDArray[np.uint64]
    tokens: NDArray[np.int64]
    numbers: NDArray[np.int64]

    @classmethod
    def count(cls, text: NDArray[np.integer], order: int) -> "NgramCounts":
        """Count the tokens of a text (n,)."""
        contexts = pack_contexts(text, np.arange(order - 1, len(text)), order - 1)
        return cls.add_up(order, contexts, text[order - 1 :], np.ones(len(contexts), np.int64))

    @classmethod
    def unpack(cls, order: int, entries: int, contexts: str, tokens: str, numbers: str) -> "NgramCounts":
        """Unpack so many counts, as a model's header has them; the keys of contexts are less those before them."""
        steps = unpack_array(contexts, np.uint64, entries)
        followers, times = (
            unpack_array(packed, dtype, entries).astype(np.int64)
            for packed, dtype in ((tokens, np.uint16), (numbers, np.uint32))
        )
        return cls(order, np.cumsum(steps, dtype=np.uint64), followers, times)

    @classmethod
    def add_up(
        cls, order: int, contexts: NDArray[np.uint64], tokens: NDArray[np.integer], numbers: NDArray[np.int64]
    ) -> "NgramCounts":
        """Add up the numbers (n,) of equal contexts and tokens (n,)."""
        known, owners = np.unique(contexts, return_inverse=True)
        pairs, places = np.unique(owners << TOKEN_BITS | tokens.astype(np.int64), return_inverse=True)
        owners, followers = pairs >> TOKEN_BITS, pairs & (2**TOKEN_BITS - 1)
        return cls(order, known[owners], followers, np.bincount(places, numbers).astype(np.int64))

    def drop_first_tokens(self) -> "NgramCounts":
        """The counts of contexts without their first token, in which each context counts once."""
        shorter = self.contexts & np.uint64(2 ** (TOKEN_BITS * (self.order - 2)) - 1)
        return NgramCounts.add_up(self.order - 1, shorter, self.tokens, np.ones(len(shorter), np.int64))

    def create_table(self) -> ContextTable:
        """What followed each context, discounted."""
        starts = np.flatnonzero(np.concatenate(([True], self.contexts[1:] != self.contexts[:-1])))
        totals = np.add.reduceat(self.numbers, starts)
        discounts = _find_discounts(self.numbers)[np.minimum(self.numbers, 3)]
        sizes = np.diff(starts, append=len(self.contexts))
        return ContextTable(
            contexts=self.contexts[starts],
            starts=np.append(starts, len(self.contexts)),
            tokens=self.tokens.astype(np.int32),
            shares=((self.numbers - discounts) / np.repeat(totals, sizes)).astype(np.float32),
            rests=(np.add.reduceat(discounts, starts) / totals).astype(np.float32),
        )


@dataclass(frozen=True)
class NgramModel:
    """A model of up to five tokens in a row.

    Attributes:
        counts: How often each of the longest was there, from which all else follows.
        frequencies: The share of each token (vocabulary,).
        base: The probability of each without any context (vocabulary,).
        tables: What followed contexts of 1, 2, … tokens.
    """

    counts: NgramCounts
    frequencies: NDArray[np.float64]
    base: NDArray[np.float64]
    tables: tuple[ContextTable, ...]

    @classmethod
    def fit(cls, text: NDArray[np.integer], vocabulary: int, order: int = MAX_ORDER) -> "NgramModel":
        """Count the tokens of a text (n,), in which there are so many different ones; at most 65,536."""
        frequencies = np.bincount(text, minlength=vocabulary) + 1.0
        model = cls.from_counts(NgramCounts.count(text, min(order, MAX_ORDER, len(text))), vocabulary)
        return replace(model, frequencies=frequencies / frequencies.sum())

    @classmethod
    def from_counts(cls, counts: NgramCounts, vocabulary: int) -> "NgramModel":
        """The model of what was counted."""
        counted = counts
        frequencies = np.bincount(counted.tokens, counted.numbers, vocabulary) + 1.0
        tables: list[ContextTable] = []
        while counted.order > 1:
            tables.append(counted.create_table())
            counted = counted.drop_first_tokens()
        base = np.bincount(counted.tokens, counted.numbers, vocabulary) + 1.0
        return cls(counts, frequencies / frequencies.sum(), base / base.sum(), tuple(reversed(tables)))

    def take_orders(self, order: int) -> "NgramModel":
        """The same of fewer tokens in a row; of 1 it is the share of each token."""
        base = self.frequencies if order == 1 else self.base
        return NgramModel(self.counts, self.frequencies, base, self.tables[: order - 1])

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

    def expect_next(self, tokens: Sequence[int]) -> NDArray[np.float64]:
        """The probability of each token (vocabulary,) to be next after some."""
        probabilities, key = self.base.copy(), 0
        for back, table in enumerate(self.tables[: len(tokens)], start=1):
            key |= tokens[-back] << (TOKEN_BITS * (back - 1))
            table.refine_one(probabilities, key)
        return probabilities

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


def _find_discounts(counts: NDArray[np.integer] | NDArray[np.floating]) -> NDArray[np.float64]:
    """What is taken off counts of 0, 1, 2, and 3 or more (4,): k - (k + 1) y n_(k+1) / n_k, y = n_1 / (n_1 + 2 n_2)."""
    n = np.bincount(np.minimum(counts, 5).astype(np.intp), minlength=6).astype(np.float64)
    if not n[1:5].all():
        return np.array([0.0, 0.5, 0.5, 0.5])  # too few for it
    y = n[1] / (n[1] + 2 * n[2])
    found = [k - (k + 1) * y * n[k + 1] / n[k] for k in (1, 2, 3)]
    return np.array([0.0, *(min(max(each, 0.05), 0.95 * k) for k, each in enumerate(found, start=1))])
