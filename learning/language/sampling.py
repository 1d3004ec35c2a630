"""Sampling: how the next token of a text is drawn from those that a net expects.

A text of the most probable tokens alone repeats itself; one of all of them makes no sense. The options are the ways
between.
"""

from dataclasses import dataclass, field
from typing import Annotated, Final

import numpy as np
from annotated_types import Ge, Le, MaxLen
from numpy.typing import NDArray

from learning.descriptions import describe

MAX_TOKENS: Final = 100_000
MAX_STOPS: Final = 16


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


@np.errstate(all="ignore")
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
