"""Texts and the bytes of tokens: how words are cut, what a token is called, and how bytes become a text again.

Exported models read and write texts by the same functions, which therefore need the standard library alone.
"""

import codecs
import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Final, Protocol

WORD_PATTERN: Final = re.compile(r" ?\w+| ?[^\w\s]+|\s+")
MAX_WORD_BYTES: Final = 64
"""Longer words are not learned from: they are no words. They are read in parts."""


class TokenBytes(Protocol):
    """What knows the bytes of tokens."""

    def token_bytes(self, token: int) -> bytes:
        """Return what a token writes, in UTF-8."""
        ...


class TokenDecoder:
    """The text of tokens that come one by one: a character is written once all of its bytes are there."""

    def __init__(self, tokenizer: TokenBytes) -> None:
        self.tokenizer, self._decoder = tokenizer, codecs.getincrementaldecoder("utf-8")("replace")

    def write(self, token: int) -> str:
        """Return what the next token completes."""
        return self._decoder.decode(self.tokenizer.token_bytes(token))

    def finish(self) -> str:
        """Return what is left."""
        return self._decoder.decode(b"", final=True)


def cut_words(text: str, ranks: Mapping[tuple[int, ...], int]) -> Iterator[list[int]]:
    """Iterate over the pieces of each word: in it the pair of the lowest rank is joined first, to token 256 + rank."""
    known: dict[str, list[int]] = {}
    for word in re.findall(WORD_PATTERN, text):
        pieces = known.get(word)
        if pieces is None:
            data = word.encode("utf-8", "replace")
            # of a very long word those of parts of it, for the time grows with the square
            parts = [data[start : start + MAX_WORD_BYTES] for start in range(0, len(data), MAX_WORD_BYTES)]
            pieces = known[word] = [piece for part in parts for piece in join_pieces(part, ranks)]
        yield pieces


def join_pieces(text: bytes, ranks: Mapping[tuple[int, ...], int]) -> list[int]:
    """Return the pieces of bytes, from which the pair of the lowest rank is joined as long as there is one."""
    pieces, last = [*text], len(ranks)
    while len(pieces) > 1:
        found = [ranks.get(pair, last) for pair in pairwise(pieces)]
        if (rank := min(found)) == last:
            break
        at = found.index(rank)
        pieces[at : at + 2] = [256 + rank]
    return pieces


def name_bytes(piece: bytes) -> str:
    """Return a piece as a person may read it; a part of a character is written like <e2>."""
    try:
        return piece.decode("utf-8")
    except UnicodeDecodeError:
        return "".join(chr(byte) if byte < 128 else f"<{byte:02x}>" for byte in piece)
