"""Tokenizers: a text as numbers, and numbers as a text; kept with the model that learned from them.

Characters are the easiest to look at. Bytes can write any text in any language. Subwords (byte pair encoding; Sennrich,
Haddow & Birch 2016) are the pieces that a text repeats most, so that as many tokens reach further.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Annotated, Any, Final, Literal

import numpy as np
from annotated_types import MaxLen
from numpy.typing import NDArray

from learning.language.subwords import learn_merges
from learning.language.token_text import cut_words, name_bytes

TokenizerName = Literal["characters", "bytes", "subwords"]

MAX_VOCABULARY: Final = 16_384
UNKNOWN: Final = "\ufffd"
"""What stands for a character that the text did not have, or too seldom: the first token of characters."""


@dataclass(frozen=True, kw_only=True)
class Tokenizer(ABC):
    """A text as tokens and back; `type` is its name."""

    type: TokenizerName

    @property
    @abstractmethod
    def tokens(self) -> Sequence[str]:
        """Each token as a person may read it; a part of a character is written like <e2>."""

    @property
    def vocabulary(self) -> int:
        """The number of tokens."""
        return len(self.tokens)

    @property
    def unwritable(self) -> tuple[int, ...]:
        """The tokens that are read and never written."""
        return ()

    @property
    def alphabet(self) -> str | None:
        """The characters that have a token of their own; None: it can tell any."""
        return None

    def find_unknown(self, text: str) -> list[str]:
        """Return the characters of a text that it cannot tell apart, in the order of their code points."""
        return [] if self.alphabet is None else sorted(set(text).difference(self.alphabet))

    @abstractmethod
    def encode(self, text: str) -> NDArray[np.uint16]:
        """Return the tokens of a text (n,)."""

    @abstractmethod
    def token_bytes(self, token: int) -> bytes:
        """Return what a token writes, in UTF-8."""

    def decode(self, tokens: Iterable[int]) -> str:
        """Return the text of tokens; what is no character is replaced."""
        return b"".join(map(self.token_bytes, tokens)).decode("utf-8", "replace")


@dataclass(frozen=True, kw_only=True)
class CharacterTokenizer(Tokenizer):
    """Each character is a token.

    Attributes:
        characters: All characters, the first for any other.
    """

    type: Literal["characters"] = "characters"
    characters: Annotated[tuple[str, ...], MaxLen(MAX_VOCABULARY)]

    def __post_init__(self) -> None:
        if self.characters[:1] != (UNKNOWN,) or len(set(self.characters)) < len(self.characters):
            raise ValueError("the first character must stand for all others, and each be there once")
        if any(len(each) != 1 for each in self.characters):
            raise ValueError("a token must be one character")

    @classmethod
    def fit(cls, text: str) -> "CharacterTokenizer":
        """The tokenizer of a text's characters; of very many the most frequent."""
        points, counts = np.unique(_to_code_points(text), return_counts=True)
        points = np.sort(points[np.argsort(-counts, kind="stable")[: MAX_VOCABULARY - 1]])
        return cls(characters=(UNKNOWN, *(chr(point) for point in points.tolist() if chr(point) != UNKNOWN)))

    @property
    def tokens(self) -> Sequence[str]:
        """The characters."""
        return self.characters

    @property
    def unwritable(self) -> tuple[int, ...]:
        """What stands for unknown characters."""
        return (0,)

    @property
    def alphabet(self) -> str:
        """All characters but the one that stands for all others."""
        return "".join(self.characters[1:])

    @cached_property
    def _table(self) -> NDArray[np.uint16]:
        points = np.array([*map(ord, self.characters)])
        table = np.zeros(points.max() + 2, np.uint16)
        table[points] = np.arange(len(points))
        return table

    def encode(self, text: str) -> NDArray[np.uint16]:
        """Return the tokens of a text, one for each character."""
        return self._table[np.minimum(_to_code_points(text), len(self._table) - 1)]

    def token_bytes(self, token: int) -> bytes:
        """Return the character in UTF-8."""
        return self.characters[token].encode("utf-8", "replace")


@dataclass(frozen=True, kw_only=True)
class ByteTokenizer(Tokenizer):
    """Each byte of the text in UTF-8 is a token."""

    type: Literal["bytes"] = "bytes"

    @property
    def tokens(self) -> Sequence[str]:
        """ASCII characters, and numbers of the other bytes."""
        return self._names

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple([name_bytes(bytes([byte])) for byte in range(256)])

    def encode(self, text: str) -> NDArray[np.uint16]:
        """Return the bytes of a text."""
        return np.frombuffer(text.encode("utf-8", "replace"), np.uint8).astype(np.uint16)

    def token_bytes(self, token: int) -> bytes:
        """Return the byte."""
        return bytes([token])


@dataclass(frozen=True, kw_only=True)
class SubwordTokenizer(Tokenizer):
    """Each piece of a word is a token: bytes, and pairs of tokens that the text repeats.

    Attributes:
        merges: The pairs of tokens, in the order in which they were found; the first makes token 256.
    """

    type: Literal["subwords"] = "subwords"
    merges: Annotated[tuple[tuple[int, ...], ...], MaxLen(MAX_VOCABULARY)]

    def __post_init__(self) -> None:
        for number, pair in enumerate(self.merges, start=256):
            if len(pair) != 2 or not all(0 <= token < number for token in pair):
                raise ValueError("a token must be a pair of tokens that were before it")

    @classmethod
    def fit(cls, text: str, vocabulary: int) -> "SubwordTokenizer":
        """The tokenizer with so many tokens that a text repeats most; fewer, if it does not repeat as many."""
        return cls(merges=tuple(learn_merges(text, vocabulary - 256)))

    @cached_property
    def _pieces(self) -> list[bytes]:
        pieces = [bytes([byte]) for byte in range(256)]
        for first, second in self.merges:
            pieces.append(pieces[first] + pieces[second])
        return pieces

    @property
    def tokens(self) -> Sequence[str]:
        """The pieces."""
        return self._names

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple([name_bytes(piece) for piece in self._pieces])

    @cached_property
    def _ranks(self) -> dict[tuple[int, ...], int]:
        return {pair: number for number, pair in enumerate(self.merges)}

    def encode(self, text: str) -> NDArray[np.uint16]:
        """Return the pieces of a text: within each word the earliest pair is joined first."""
        return np.fromiter(chain.from_iterable(cut_words(text, self._ranks)), np.uint16)

    def token_bytes(self, token: int) -> bytes:
        """Return the piece."""
        return self._pieces[token]


def fit_tokenizer(name: TokenizerName, text: str, vocabulary: int) -> Tokenizer:
    """Return the tokenizer of that name for a text; `vocabulary` is the most tokens of subwords."""
    if name == "bytes":
        return ByteTokenizer()
    return CharacterTokenizer.fit(text) if name == "characters" else SubwordTokenizer.fit(text, vocabulary)


def _to_code_points(text: str) -> NDArray[Any]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.int64)
