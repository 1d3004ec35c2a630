"""Drawing of the next token of a text from what is expected, by the options of `sampling`, or of an exported model."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class DrawOptions(Protocol):
    """How a token is drawn."""

    @property
    def temperature(self) -> float:
        """Below 1 probable tokens become more so; at 0 it is always the most probable one."""
        ...

    @property
    def top_k(self) -> int | None:
        """How many of the most probable tokens are drawn from; None: all."""
        ...

    @property
    def top_p(self) -> float:
        """The probability that those which are drawn from have together."""
        ...


@np.errstate(all="ignore")
def draw_token(expected: NDArray[np.float64], options: DrawOptions, random: np.random.Generator) -> int:
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
