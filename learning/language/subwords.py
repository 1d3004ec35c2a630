"""Byte pair encoding (Sennrich, Haddow & Birch 2016): the pairs of pieces that a text repeats most, one after another.

Words are joined to the blank before them and never to each other, so that a text is learned by its different words,
each with how often it is there.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from heapq import heapify, heappop, heappush
from itertools import pairwise
from typing import Final

from learning.language.token_text import MAX_WORD_BYTES, WORD_PATTERN

MIN_COUNT: Final = 2

Pair = tuple[int, int]


def learn_merges(text: str, count: int) -> Iterator[Pair]:
    """Iterate over the pairs of tokens to join, at most so many: bytes are tokens from 0 on, and joined ones from 256.

    Of pairs that are there as often the one with the lower tokens is first.
    """
    found = Counter(re.findall(WORD_PATTERN, text))
    words = [([*word], times) for each, times in sorted(found.items()) if len(word := _to_bytes(each)) < MAX_WORD_BYTES]
    pairs = _PairCounts(words)
    queue = [(-times, pair) for pair, times in pairs.counts.items()]
    heapify(queue)
    token = 256
    while queue and token < 256 + count:
        times, pair = heappop(queue)
        if -times != pairs.counts[pair]:  # it was there more often when it was put into the queue
            if pairs.counts[pair] >= MIN_COUNT:
                heappush(queue, (-pairs.counts[pair], pair))
            continue
        if -times < MIN_COUNT:
            return
        yield pair
        for each in sorted(pairs.join(pair, token)):
            heappush(queue, (-pairs.counts[each], each))
        token += 1


class _PairCounts:
    """How often each pair of pieces is in some words, as pairs are joined.

    Args:
        words: The pieces of each word, and how often it is in the text.

    Attributes:
        counts: How often each pair is there.
    """

    def __init__(self, words: list[tuple[list[int], int]]) -> None:
        self.counts: Counter[Pair] = Counter()
        self._words = words
        self._places: defaultdict[Pair, set[int]] = defaultdict(set)  # the words in which each pair may be
        for number, (pieces, times) in enumerate(words):
            for pair in pairwise(pieces):
                self.counts[pair] += times
                self._places[pair].add(number)

    def join(self, pair: Pair, token: int) -> set[Pair]:
        """Make a token of a pair wherever it is, and count the pairs there anew; returns those that are new."""
        new: set[Pair] = set()
        for number in sorted(self._places.pop(pair)):
            pieces, times = self._words[number]
            for each in pairwise(pieces):
                self.counts[each] -= times
            at = 0
            while at < len(pieces) - 1:
                if (pieces[at], pieces[at + 1]) == pair:
                    pieces[at : at + 2] = [token]
                at += 1
            for each in pairwise(pieces):
                self.counts[each] += times
                self._places[each].add(number)
                if token in each:
                    new.add(each)
        del self.counts[pair]
        return new


def _to_bytes(word: str) -> bytes:
    return word.encode("utf-8", "replace")
