"""The model that writes, in an exported file: its tokenizer, its net, and the n-grams that it is mixed with."""

from collections.abc import Iterator, Sequence
from threading import Lock
from typing import Any, Final, NamedTuple

import numpy as np

from learning.export.python.runtime.text_net import TextNet
from learning.export.python.runtime.token_table import TokenTable
from learning.language.drawing import draw_token, find_top
from learning.language.net_expectation import find_log_probabilities, mix_ngrams
from learning.language.ngrams import NgramCounts, NgramModel
from learning.language.stops import StopFinder
from learning.language.token_text import TokenDecoder
from learning.seeding import rng_for

MAX_TOKEN_CHARACTERS: Final = 64
"""The longest token; of a longer prompt no more is read."""


class WritingOptions(NamedTuple):
    """How a text is written."""

    max_tokens: int
    temperature: float
    top_k: int | None
    top_p: float
    seed: int
    stop: Sequence[str]


class TextWriter:
    """What a model that writes answers with."""

    def __init__(self, header: dict[str, Any], weights: Any) -> None:
        inputs, mixture = header["inputs"], header["mixture"]
        self.net, self.tokenizer = TextNet(header, weights), TokenTable(inputs["tokenizer"])
        self._closed = np.array(self.tokenizer.unwritable, np.intp)
        is_cut = inputs.get("documents", False)
        self._start = self.tokenizer.encode("\x03" if is_cut else "\n")
        self._end = self._start[0] if is_cut and len(self._start) == 1 else None
        self._ngrams: NgramModel | None = None
        if mixture is not None:
            counts = NgramCounts.unpack(
                *(mixture[name] for name in ("order", "entries", "contexts", "tokens", "numbers"))
            )
            self._ngrams, self._weight = NgramModel.from_counts(counts, mixture["vocabulary"]), mixture["weight"]
        self._lock = Lock()

    def expect_next(self, text: str) -> Any:
        """The probability of each token (vocabulary,) to be next after a text."""
        with self._lock:
            self.net.begin()
            return np.exp(self._expect(self._encode(text)))

    def list_next(self, text: str, count: int) -> list[dict[str, Any]]:
        """The most probable tokens after a text, the most probable first."""
        expected, names = self.expect_next(text), self.tokenizer.names
        return [{"token": names[each], "probability": float(expected[each])} for each in find_top(expected, count)]

    def write(self, prompt: str, options: WritingOptions) -> str:
        """What is written after a prompt."""
        with self._lock:
            self.net.begin()
            return "".join(self._write_pieces(prompt, options))

    def _write_pieces(self, prompt: str, options: WritingOptions) -> Iterator[str]:
        random, decoder = rng_for(options.seed, "write"), TokenDecoder(self.tokenizer)
        stops, read = StopFinder(options.stop), self._encode(prompt)
        for _ in range(options.max_tokens):
            token = draw_token(self._expect(read), options, random)
            if token == self._end:
                break
            read = [token]
            yield stops.add(decoder.write(token))
            if stops.has_stopped:
                return
        yield stops.add(decoder.finish())
        if not stops.has_stopped:
            yield stops.finish()

    def _expect(self, tokens: Sequence[int]) -> Any:
        """The log-probability of each token (vocabulary,) after more tokens."""
        found = find_log_probabilities(self.net.read(tokens), self._closed)
        if self._ngrams is None:
            return found
        return mix_ngrams(found, self._ngrams, self._weight, self.net.tokens, self._closed)

    def _encode(self, prompt: str) -> list[int]:
        """The tokens of a text that the net can see at once; of nothing a beginning."""
        context = self.net.context
        return self.tokenizer.encode(prompt[-context * MAX_TOKEN_CHARACTERS :])[-context:] or self._start
