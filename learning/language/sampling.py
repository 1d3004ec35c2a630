"""Sampling: how the next token of a text is drawn from those that a net expects.

A text of the most probable tokens alone repeats itself; one of all of them makes no sense. The options are the ways
between.
"""

from dataclasses import dataclass, field
from typing import Annotated, Final

from annotated_types import Ge, Le, MaxLen

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
