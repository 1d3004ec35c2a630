"""The model that writes: what it expects after a text, and a text that it goes on with, token by token."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from learning.encoding.columns import InputWarning
from learning.frame import Frame
from learning.language.drawing import draw_token, find_top
from learning.language.mixture import NgramMixture
from learning.language.net_expectation import find_log_probabilities
from learning.language.sampling import GenerateOptions
from learning.language.stops import StopFinder
from learning.language.token_encoder import END_OF_DOCUMENT, TokenEncoder
from learning.language.token_text import TokenDecoder
from learning.nn.net import NeuralNet
from learning.nn.next_token import NextTokenPlan
from learning.seeding import rng_for
from learning.tasks.classes import ClassPredictions

MAX_CHARACTERS_PER_TOKEN: Final = 64
"""The longest token; of a longer prompt no more is read."""
MAX_NAMED_CHARACTERS: Final = 10

FinishReason = Literal["stop", "length", "time"]


class TokenChoice(NamedTuple):
    """A token that may be next, as a person may read it, and the logarithm of its probability."""

    token: str
    log_probability: float


@dataclass(frozen=True)
class GeneratedToken:
    """A token that was written.

    Attributes:
        number: The token.
        token: The token as a person may read it.
        text: The text that it completes, which may be empty: of bytes, or where a stop may have begun.
        log_probability: The logarithm of its probability, at temperature 1.
        top: The most probable tokens at its place.
        finish_reason: Why it is the last one; None if others follow. stop: a stop was found, or a document ended;
            length: there are as many as were asked for; time: there was no more time.
    """

    number: int
    token: str
    text: str
    log_probability: float
    top: tuple[TokenChoice, ...] = ()
    finish_reason: FinishReason | None = None


class Writer:
    """What a model that writes answers with. Safe for many threads.

    Attributes:
        encoder: The text that it learned from.
        net: The net.
        mixture: The n-grams that it is mixed with; None: it writes alone.
    """

    def __init__(self, encoder: TokenEncoder, net: NeuralNet, mixture: NgramMixture | None = None) -> None:
        self.encoder, self.net, self.mixture, self.tokenizer = encoder, net, mixture, encoder.tokenizer
        self._start = self.tokenizer.encode(END_OF_DOCUMENT if encoder.documents else "\n").tolist()
        self._end = self._start[0] if encoder.documents and len(self._start) == 1 else None
        self._closed = np.array(self.tokenizer.unwritable, np.intp)

    def expect_next(self, text: str) -> NDArray[np.float64]:
        """Return the probability of each token (vocabulary,) to be next after a text."""
        plan = NextTokenPlan(self.net)
        return np.exp(self.mix(self.find_log_probabilities(plan.read(self.encode(text))), plan.tokens))

    def write(
        self,
        prompt: str | Sequence[int],
        options: GenerateOptions,
        *,
        top: int = 0,
        is_over: Callable[[], bool] = lambda: False,
    ) -> Iterator[GeneratedToken]:
        """Write on after a prompt, token by token; of a long one the end counts.

        Args:
            prompt: What is there, as a text or as tokens.
            options: How it is written.
            top: How many of the most probable tokens are told at each place.
            is_over: Asked after each token whether it is the last one, as there is no more time.
        """
        random, plan, decoder = rng_for(options.seed, "write"), NextTokenPlan(self.net), TokenDecoder(self.tokenizer)
        stops, read = StopFinder(options.stop), self.encode(prompt)
        for number in range(1, options.max_tokens + 1):
            expected = self.mix(self.find_log_probabilities(plan.read(read)), plan.tokens)
            token = draw_token(expected, options, random)
            read, is_end, reason = [token], token == self._end, None
            written = stops.add("" if is_end else decoder.write(token))
            if stops.has_stopped or is_end:
                reason = "stop"
            elif number == options.max_tokens:
                reason = "length"
            elif is_over():
                reason = "time"
            if reason is not None and not stops.has_stopped:
                written += stops.add(decoder.finish())
                written += "" if stops.has_stopped else stops.finish()
            choices = self.list_choices(expected, top)
            yield GeneratedToken(token, self.tokenizer.tokens[token], written, float(expected[token]), choices, reason)
            if reason is not None:
                return

    def predict(self, frame: Frame) -> tuple[ClassPredictions, list[InputWarning]]:
        """Return the probability of each token to be next after the text of each row."""
        column = frame.column(self.encoder.column)
        cells = [column.cell(row) for row in range(frame.rows)]
        texts = ["" if cell is None else str(cell) for cell in cells]
        numbers = np.array([self.expect_next(text) for text in texts], np.float64).reshape(
            -1, self.tokenizer.vocabulary
        )
        return ClassPredictions(numbers, tuple(self.tokenizer.tokens)), []

    def encode(self, prompt: str | Sequence[int]) -> list[int]:
        """Return the tokens of a text, or of tokens those, that the net can see at once; of nothing a beginning."""
        context = self.encoder.context
        if not isinstance(prompt, str):
            return [*prompt[-context:]] or self._start
        return self.tokenizer.encode(prompt[-context * MAX_CHARACTERS_PER_TOKEN :]).tolist()[-context:] or self._start

    def list_warnings(self, text: str, tokens: int) -> list[str]:
        """Return what makes the net read less of a text of so many tokens than is there.

        These are characters that it never saw, and more tokens than it sees.
        """
        warnings = list[str]()
        if unknown := self.tokenizer.find_unknown(text):
            names = ", ".join([f"{each!r} (U+{ord(each):04X})" for each in unknown[:MAX_NAMED_CHARACTERS]])
            more = f" and {len(unknown) - MAX_NAMED_CHARACTERS:,} more" * (len(unknown) > MAX_NAMED_CHARACTERS)
            warnings.append(
                f"The model never saw these characters, and takes them all for the same one: {names}{more}."
            )
        if tokens > self.encoder.context:
            warnings.append(f"The net sees the last {self.encoder.context:,} of {tokens:,} tokens.")
        return warnings

    def find_log_probabilities(self, logits: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the log-probability of each token from logits (…, vocabulary); -inf of what is never written."""
        return find_log_probabilities(logits, self._closed)

    def mix(self, log_probabilities: NDArray[np.float64], tokens: Sequence[int]) -> NDArray[np.float64]:
        """Return the log-probability of each token (vocabulary,) after some, from that of the net."""
        return log_probabilities if self.mixture is None else self.mixture.mix(log_probabilities, tokens, self._closed)

    def list_choices(self, log_probabilities: NDArray[np.float64], count: int) -> tuple[TokenChoice, ...]:
        """Return the most probable tokens by log-probability (vocabulary,), at most so many, the highest first."""
        names, found = self.tokenizer.tokens, find_top(log_probabilities, count)
        return tuple([TokenChoice(names[each], float(log_probabilities[each])) for each in found])
