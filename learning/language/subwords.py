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

WORD_PATTERN: Final = re.compile(r" ?\w+| ?[^\w\s]+|\s+")
MAX_WORD_BYTES: Final = 64
"""Longer words are not learned from: they are no words. They are read in parts."""
MIN_COUNT: Final = 2

Pair = tuple[int, int]


def learn_merges(text: str, count: int) -> Iterator[Pair]:
    """Iterate over the pairs of tokens to join, at most so many: bytes are tokens from 0 on, and joined ones from 256.

    Of pairs that are there as often the one with the lower tokens is first.
    """
    found = Counter(re.findall(WORD_PATTERN, text))
    words = [([*word], times) for each, times in sorted(found.items()) if len(word := _to_bytes(each)) < MAX_WORD_BYTES]
    counts: Counter[Pair] = Counter()
    places: defaultdict[Pair, set[int]] = defaultdict(set)
    for number, (pieces, times) in enumerate(words):
        for pair in _list_pairs(pieces):
            counts[pair] += times
            places[pair].add(number)
    queue = [(-times, pair) for pair, times in counts.items()]
    heapify(queue)
    token = 256
    while queue and token < 256 + count:
        times, pair = heappop(queue)
        if -times != counts[pair]:  # it was there more often when it was put into the queue
            if counts[pair] >= MIN_COUNT:
                heappush(queue, (-counts[pair], pair))
            continue
        if -times < MIN_COUNT:
            return
        yield pair
        changed = _join(words, sorted(places.pop(pair)), pair, token, counts, places)
        del counts[pair]
        for each in sorted(changed):
            heappush(queue, (-counts[each], each))
        token += 1


def _join(  # noqa: PLR0917 - what counting consists of
    words: list[tuple[list[int], int]],
    numbers: list[int],
    pair: Pair,
    token: int,
    counts: Counter[Pair],
    places: defaultdict[Pair, set[int]],
) -> set[Pair]:
    """Join a pair in these words, and count their pairs anew; returns the pairs that are new."""
    new: set[Pair] = set()
    for number in numbers:
        pieces, times = words[number]
        for each in _list_pairs(pieces):
            counts[each] -= times
        at = 0
        while at < len(pieces) - 1:
            if (pieces[at], pieces[at + 1]) == pair:
                pieces[at : at + 2] = [token]
            at += 1
        for each in _list_pairs(pieces):
            counts[each] += times
            places[each].add(number)
            if token in each:
                new.add(each)
    return new


def _list_pairs(pieces: list[int]) -> Iterator[Pair]:
    return pairwise(pieces)


def _to_bytes(word: str) -> bytes:
    return word.encode("utf-8", "replace")
