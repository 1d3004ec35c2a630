"""The model that writes: what it expects after a text, and a text that it goes on with, token by token."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal, NamedTuple

import numpy as np
from annotated_types import Ge, Le, MaxLen
from numpy.typing import NDArray

from learning.descriptions import describe
from learning.encoding.columns import InputWarning
from learning.frame import Frame
from learning.language.token_encoder import END_OF_DOCUMENT, TokenEncoder
from learning.language.tokenizers import TokenDecoder
from learning.nn.net import NeuralNet
from learning.nn.next_token import NextTokenPlan
from learning.seeding import rng_for
from learning.tasks.classes import ClassPredictions

MAX_TOKENS: Final = 100_000
MAX_STOPS: Final = 16
MAX_CHARACTERS_PER_TOKEN: Final = 64
"""The longest token; of a longer prompt no more is read."""

FinishReason = Literal["stop", "length"]


@dataclass(frozen=True, kw_only=True)
class GenerateOptions:
    """How a text is written."""

    max_tokens: Annotated[int, Ge(1), Le(MAX_TOKENS)] = field(
        default=200, metadata=describe("The most tokens to write.")
    )
    temperature: Annotated[float, Ge(0.0), Le(10.0)] = field(
        default=0.8,
        metadata=describe(
            "Temperature: below 1 probable tokens become more so, above 1 less. 0: always the most probable one."
        ),
    )
    top_k: Annotated[int, Ge(1)] | None = field(
        default=None, metadata=describe("Only so many of the most probable tokens are drawn from; null: all.")
    )
    top_p: Annotated[float, Ge(0.0), Le(1.0)] = field(
        default=1.0,
        metadata=describe("Only the most probable tokens are drawn from that together have this probability."),
    )
    seed: Annotated[int, Ge(0), Le(2**53 - 1)] = field(
        default=0, metadata=describe("Seed: the same model, prompt, options and seed write the same text.")
    )
    stop: Annotated[tuple[str, ...], MaxLen(MAX_STOPS)] = field(
        default=(), metadata=describe("Texts before which to stop, when one of them would be written.")
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "stop", tuple(self.stop))


class TokenChoice(NamedTuple):
    """A token that may be next, as a person may read it, and the logarithm of its probability."""

    token: str
    log_probability: float


@dataclass(frozen=True)
class WrittenToken:
    """A token that was written.

    Attributes:
        token: The token as a person may read it.
        text: The text that it completes, which may be empty: of bytes, or where a stop may have begun.
        log_probability: The logarithm of its probability, at temperature 1.
        top: The most probable tokens at its place.
        finish_reason: Why it is the last one; None if others follow.
    """

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
    """

    def __init__(self, encoder: TokenEncoder, net: NeuralNet) -> None:
        self.encoder, self.net, self.tokenizer = encoder, net, encoder.tokenizer
        self._start = self.tokenizer.encode(END_OF_DOCUMENT if encoder.documents else "\n").tolist()
        self._end = self._start[0] if encoder.documents and len(self._start) == 1 else None
        self._closed = np.array(self.tokenizer.unwritable, np.intp)

    def count_tokens(self, text: str) -> int:
        """Return how many tokens a text is."""
        return len(self.tokenizer.encode(text))

    def expect_next(self, text: str) -> NDArray[np.float64]:
        """Return the probability of each token (vocabulary,) to be next after a text."""
        return np.exp(self._find_log_probabilities(NextTokenPlan(self.net).read(self._encode(text))))

    def write(self, prompt: str, options: GenerateOptions, *, top: int = 0) -> Iterator[WrittenToken]:
        """Write on after a prompt, token by token; of a long one the end counts.

        Args:
            prompt: What is there.
            options: How it is written.
            top: How many of the most probable tokens are told at each place.
        """
        random, plan, decoder = rng_for(options.seed, "write"), NextTokenPlan(self.net), TokenDecoder(self.tokenizer)
        stops, read = StopFinder(options.stop), self._encode(prompt)
        for number in range(1, options.max_tokens + 1):
            expected = self._find_log_probabilities(plan.read(read))
            token = draw_token(expected, options, random)
            read = [token]
            is_last, is_end = number == options.max_tokens, token == self._end
            text = "" if is_end else decoder.write(token)
            written = stops.add(text + (decoder.finish() if is_last or is_end else ""))
            reason: FinishReason | None = "stop" if is_end or stops.has_stopped else "length" if is_last else None
            if reason is not None and not stops.has_stopped:
                written += stops.finish()
            names = self.tokenizer.tokens
            choices = [TokenChoice(names[each], float(expected[each])) for each in find_top(expected, top)]
            yield WrittenToken(names[token], written, float(expected[token]), tuple(choices), reason)
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

    def _encode(self, text: str) -> list[int]:
        """The tokens of a text that the net can see at once; of nothing that of a beginning."""
        longest = self.encoder.context * MAX_CHARACTERS_PER_TOKEN
        return self.tokenizer.encode(text[-longest:]).tolist()[-self.encoder.context :] or self._start

    def _find_log_probabilities(self, logits: NDArray[np.floating]) -> NDArray[np.float64]:
        z = logits.astype(np.float64)
        z[self._closed] = -np.inf
        z -= z.max()
        return z - math.log(np.exp(z).sum())


class StopFinder:
    """Finds the first of some texts in a text that comes in pieces, and holds back what may be the beginning of one."""

    def __init__(self, stops: Sequence[str]) -> None:
        self.stops = [stop for stop in stops if stop]
        self.has_stopped, self._held = False, ""

    def add(self, piece: str) -> str:
        """Return what can be told with one more piece: before a stop, or before what may be one."""
        self._held += piece
        places = [place for stop in self.stops if (place := self._held.find(stop)) >= 0]
        if places:
            self.has_stopped = True
            return self._held[: min(places)]
        keep = max((self._count_begun(stop) for stop in self.stops), default=0)
        told, self._held = self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
        return told

    def finish(self) -> str:
        """Return what was held back, as no more comes."""
        told, self._held = self._held, ""
        return told

    def _count_begun(self, stop: str) -> int:
        lengths = range(min(len(stop) - 1, len(self._held)), 0, -1)
        return next((length for length in lengths if self._held.endswith(stop[:length])), 0)


def draw_token(expected: NDArray[np.float64], options: GenerateOptions, random: np.random.Generator) -> int:
    """Draw a token by its log-probability (vocabulary,); one number is drawn for each, whatever the options are.

    top_k and top_p (Holtzman et al. 2020) leave the most probable tokens after the temperature was applied.
    """
    chance = random.random()
    if options.temperature == 0.0:
        return int(expected.argmax())
    z = (expected - expected.max()) / options.temperature
    if options.top_k is not None and options.top_k < len(z):
        kept = np.argpartition(-z, options.top_k - 1)[: options.top_k]
        closed = np.ones(len(z), np.bool_)
        closed[kept] = False
        z[closed] = -np.inf
    shares = np.exp(z)
    shares /= shares.sum()
    if options.top_p < 1.0:
        order = np.argsort(-shares, kind="stable")
        before = np.cumsum(shares[order]) - shares[order]
        shares[order[1:][before[1:] >= options.top_p]] = 0.0
    ends = np.cumsum(shares)
    last = int(np.flatnonzero(shares)[-1])  # rounding may leave a chance beyond all
    return min(int(np.searchsorted(ends, np.float64(chance * float(ends[-1])), "right")), last)


def find_top(expected: NDArray[np.float64], count: int) -> list[int]:
    """Return the tokens with the highest log-probability, at most so many, the highest first."""
    return np.argsort(-expected, kind="stable")[:count].tolist() if count else []
