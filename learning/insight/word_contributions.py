"""What each word of a text contributes to a prediction, at its place in the text, so that it can be coloured there."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Mapping
from typing import Final, NamedTuple

from learning.encoding.terms import TermsEncoder
from learning.encoding.words import find_terms, find_words

MAX_WORDS: Final = 1000
"""The most words of a text that are told, those that contribute most."""


class WordContribution(NamedTuple):
    """The contribution of a word or sign, from the character `start` to before `end` of the text."""

    start: int
    end: int
    contribution: float


def attribute_words(encoder: TermsEncoder, text: str, by_term: Mapping[str, float]) -> list[WordContribution]:
    """Attribute the contributions of a text's terms to its words, in their order.

    A term that occurs several times contributes the same at each place; one that stands across several words, or is a
    piece of one, is divided equally among those that it touches.
    """
    words = find_words(text)
    starts, ends, totals = [word.start for word in words], [word.end for word in words], [0.0] * len(words)
    terms = [term for term in find_terms(text, pieces=encoder.pieces) if term.name in by_term]
    occurrences = Counter(term.name for term in terms)
    for term in terms:
        touched = range(bisect_right(ends, term.start), bisect_left(starts, term.end))
        for number in touched:
            totals[number] += by_term[term.name] / occurrences[term.name] / len(touched)
    strongest = sorted(range(len(words)), key=lambda number: -abs(totals[number]))[:MAX_WORDS]
    told = sorted(number for number in strongest if totals[number])
    return [WordContribution(starts[number], ends[number], totals[number]) for number in told]
