"""The tokenizer of an exported model that writes: a text as tokens, and tokens as text."""

from typing import Any

from learning.language.token_text import cut_words, name_bytes


class TokenTable:
    """A tokenizer, of what the model's file says of it.

    Attributes:
        pieces: The bytes of each token.
        unwritable: The tokens that are read and never written.
        names: Each token as a person may read it.
    """

    def __init__(self, plain: dict[str, Any]) -> None:
        self.type: str = plain["type"]
        self.unwritable: tuple[int, ...] = ()
        self.pieces: list[bytes] = [bytes([byte]) for byte in range(256)]
        self._ranks: dict[tuple[int, ...], int] = {}
        self._numbers: dict[str, int] = {}
        if self.type == "characters":
            characters = plain["characters"]
            self.unwritable, self._numbers = (0,), {each: number for number, each in enumerate(characters)}
            self.pieces = [each.encode("utf-8", "replace") for each in characters]
        merges: list[tuple[int, int]] = plain.get("merges", [])
        for rank, (first, second) in enumerate(merges):
            self.pieces.append(self.pieces[first] + self.pieces[second])
            self._ranks[first, second] = rank
        self.names = list(map(name_bytes, self.pieces))

    def encode(self, text: str) -> list[int]:
        """The tokens of a text."""
        if self.type == "characters":
            return [self._numbers.get(each, 0) for each in text]
        if self.type == "bytes":
            return [*text.encode("utf-8", "replace")]
        return [piece for pieces in cut_words(text, self._ranks) for piece in pieces]

    def token_bytes(self, token: int) -> bytes:
        """What a token writes."""
        return self.pieces[token]
