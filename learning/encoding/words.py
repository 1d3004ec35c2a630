"""Terms of a text: its words and signs, pairs of characters where no blanks part words, and pieces of short texts.

Each has its place in the text, so that what it contributes to a prediction can be shown where it stands.
"""

import re
import sys
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import groupby, pairwise
from typing import Final, NamedTuple

MAX_TEXT_LENGTH: Final = 100_000
"""How many characters of a text are read."""

MAX_WORD_LENGTH: Final = 40
"""The length of the longest word; a longer one counts as its beginning."""

PIECE_LENGTHS: Final = (2, 3, 4)
"""The lengths of pieces of words, with a blank before and behind each word."""

PIECE_MARK: Final = "…"
"""What pieces begin with, so that none is the same as a word."""

_UNSPACED: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
"""Scripts without blanks between words: Thai, Lao, Burmese, Khmer, Japanese, Chinese."""


_ASCII_WORD: Final = re.compile(r"\w+|[^\w\s]")


class Term(NamedTuple):
    """A term, and its place in the text, from `start` to before `end`."""

    name: str
    start: int
    end: int


def find_words(text: str) -> list[Term]:
    """The words and signs of a text, and the characters of scripts without blanks, in their order.

    They are in lower case (casefold) and in one of the forms that look alike (NFKC).
    """
    pattern = _ASCII_WORD if text.isascii() else _word_pattern()
    return [Term(_normalize(each.group()), *each.span()) for each in pattern.finditer(text[:MAX_TEXT_LENGTH])]


def find_terms(text: str, *, pieces: bool) -> list[Term]:
    """The terms of a text: words and signs, pairs of characters in scripts without blanks, and perhaps pieces of words.

    Pieces (character n-grams) tell what words that were never seen have in common with others.
    """
    words = find_words(text)
    found = [*words, *_pair_characters(words)]
    if pieces:
        for each in re.finditer(r"\S+", text[:MAX_TEXT_LENGTH]):
            found += _cut_pieces(each.group()[:MAX_WORD_LENGTH], each.start())
    return found


def list_terms(text: str, *, pieces: bool) -> list[str]:
    """The names of the terms of a text; of most texts found several times as fast as with their places."""
    if pieces or not text.isascii():
        return [term.name for term in find_terms(text, pieces=pieces)]
    return [word[:MAX_WORD_LENGTH] for word in _ASCII_WORD.findall(text[:MAX_TEXT_LENGTH].lower())]


def _pair_characters(words: list[Term]) -> Iterator[Term]:
    """The pairs of adjacent characters of scripts without blanks: most words of these have two."""
    if all(word.name.isascii() for word in words):
        return
    unspaced = _unspaced_pattern()
    for first, second in pairwise(words):
        if first.end == second.start and unspaced.match(first.name) and unspaced.match(second.name):
            yield Term(first.name + second.name, first.start, second.end)


def _cut_pieces(word: str, start: int) -> Iterator[Term]:
    """The pieces of what stands between blanks."""
    folded = word.casefold()
    same_length = len(folded) == len(word)
    padded = f" {folded} "
    for length in PIECE_LENGTHS:
        for at in range(len(padded) - length + 1):
            begin, end = max(at - 1, 0), min(at - 1 + length, len(folded))
            place = (start + begin, start + end) if same_length else (start, start + len(word))
            yield Term(PIECE_MARK + padded[at : at + length], *place)


def _normalize(word: str) -> str:
    if word.isascii():
        return word[:MAX_WORD_LENGTH].lower()
    return unicodedata.normalize("NFKC", word[:MAX_WORD_LENGTH].casefold())


@cache
def _word_pattern() -> re.Pattern[str]:
    r"""A character of a script without blanks with its marks, a word with its marks, or a sign.

    Python's `\w` leaves out combining marks, with which vowels of many languages are written.
    """
    marks = _list_marks()
    return re.compile(rf"[{_UNSPACED}][{marks}]*|(?:[^\W{_UNSPACED}]+[{marks}]*)+|[^\w\s]")


@cache
def _unspaced_pattern() -> re.Pattern[str]:
    return re.compile(f"[{_UNSPACED}]")


@cache
def _list_marks() -> str:
    """All combining marks, as ranges of a character class."""
    codes = [code for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)).startswith("M")]
    runs = [[code for _, code in group] for _, group in groupby(enumerate(codes), lambda each: each[1] - each[0])]
    return "".join(f"{chr(run[0])}-{chr(run[-1])}" for run in runs)
