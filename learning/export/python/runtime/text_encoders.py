"""Encoders of an exported model's columns of texts: words and other terms, with their weights."""

import math
import re
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from learning.encoding.words import list_terms

OLD_WORD: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\u3040-\u30ff\u3400-\u9fff]+")
"""A word in models of earlier versions."""

Terms = list[tuple[int, float]]
"""The numbers of the terms of a text, with their weights."""


def create_terms_encode(plain: dict[str, Any]) -> Callable[[str | None], Terms]:
    """The encoding of a text: its known terms by frequency, all scaled to one length."""
    numbers = {term: number for number, term in enumerate(plain["terms"])}
    rarities = [1.0 + math.log(plain["rows"] / count) for count in plain["counts"]]
    pieces, slots, length = plain["pieces"], plain["slots"], plain["length"]

    def encode(text: str | None) -> Terms:
        names = [] if text is None else list_terms(text, pieces=pieces)
        counts = Counter(numbers[name] for name in names if name in numbers)
        terms = [(number, (1.0 + math.log(count)) * rarities[number]) for number, count in counts.items()]
        if len(terms) > slots:
            first = sorted(range(len(terms)), key=lambda place: -terms[place][1])[:slots]
            terms = [terms[place] for place in sorted(first)]
        own = math.sqrt(sum(weight * weight for _, weight in terms))
        return [(number, weight * length / own) for number, weight in terms]

    return encode


def create_old_text_encode(plain: dict[str, Any]) -> Callable[[str | None], list[float]]:
    """The encoding of a text in a model of an earlier version: a number for each word, and perhaps a flag."""
    words, flag = {word: number for number, word in enumerate(plain["words"])}, plain["flag"]
    weights = plain["weights"]

    def encode(text: str | None) -> list[float]:
        values = [0.0] * len(words)
        found = Counter(words[word] for word in OLD_WORD.findall((text or "").casefold()) if word in words)
        for number, count in found.items():
            values[number] = (1.0 + math.log(count)) * weights[number]
        length = max(math.sqrt(sum(value * value for value in values)), 1.0)
        return [value / length for value in values] + [float(text is None)] * flag

    return encode
