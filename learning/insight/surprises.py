"""Surprises: the places of a held-out text where a net that writes expected least what came.

A handful of them shows what it has not learned: names, rare words, the beginnings of lines.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.insight.eval_sample import EvalSample
from learning.language.tokenizers import Tokenizer
from learning.nn.net import NeuralNet
from learning.nn.plan import execute
from learning.nn.token_plan import TokenPlan
from learning.tasks.language import TextTarget

MAX_SURPRISES: Final = 100
TOKENS_BEFORE: Final = 60
TOKENS_AFTER: Final = 20
SHOWN_CHOICES: Final = 3
SAME_TOKENS: Final = 5
"""Places are alike where so many tokens are the same, the surprising one last."""
MIN_DISTANCE: Final = 10
"""Places that are nearer to each other show the same stretch of text."""
MAX_COMPARED: Final = 20_000


@dataclass(frozen=True)
class TokenProbability:
    """A token that was expected, as a person may read it, and its probability."""

    token: str
    probability: float


@dataclass(frozen=True)
class Surprise:
    """A token of a text that was hardly expected.

    Attributes:
        token: The token as a person may read it.
        probability: Its probability, given those before.
        before: The text before it.
        after: The text after it.
        expected: The tokens that were most probable there, the most probable first.
    """

    token: str
    probability: float
    before: str
    after: str
    expected: tuple[TokenProbability, ...]


@dataclass(frozen=True)
class Surprises:
    """The least expected tokens of a split, and among how many they are."""

    measured: int
    data: tuple[Surprise, ...]


def find_surprises(net: NeuralNet, tokenizer: Tokenizer, sample: EvalSample) -> Surprises:
    """Find the least expected tokens of a sample of windows, at most a hundred, the least expected first.

    Of places that are alike, or near to each other, only the least expected is among them: a line that the text repeats
    surprises once.

    Raises:
        ValueError: if the rows are not windows of a text.
    """
    target, tokens = sample.data.target, sample.data.arrays.tokens
    if not isinstance(target, TextTarget) or tokens is None:
        raise ValueError("the rows are not windows of a text")
    scores = sample.logits[:, : target.context].astype(np.float64)
    starts = sample.data.y.astype(np.int64)
    places = starts[:, None] + np.arange(1, target.context + 1)
    _, first = np.unique(places, return_index=True)  # the last window may overlap the one before
    order = first[np.argsort(scores.reshape(-1)[first], kind="stable")]
    chosen = _select_distinct(target.text, places.reshape(-1), order[:MAX_COMPARED])
    rows = np.unique(chosen // target.context)
    expected = dict(_iterate_expected(net, tokenizer, tokens[rows], rows, chosen))
    return Surprises(
        len(first),
        tuple(
            [
                _describe(
                    target, tokenizer, int(places.reshape(-1)[place]), float(scores.reshape(-1)[place]), expected[place]
                )
                for place in chosen.tolist()
            ]
        ),
    )


def _select_distinct(
    text: NDArray[np.integer], places: NDArray[np.int64], order: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The first of `order` (n,), indices of places in the text, but for those like an earlier one or near it."""
    chosen: list[int] = []
    endings, covered = set[bytes](), set[int]()
    for index in order.tolist():
        place = int(places[index])
        ending = text[max(place + 1 - SAME_TOKENS, 0) : place + 1].tobytes()
        if ending in endings or place in covered:
            continue
        chosen.append(index)
        if len(chosen) == MAX_SURPRISES:
            break
        endings.add(ending)
        covered.update(range(place - MIN_DISTANCE + 1, place + MIN_DISTANCE))
    return np.array(chosen, np.int64)


@np.errstate(all="ignore")
def _iterate_expected(
    net: NeuralNet,
    tokenizer: Tokenizer,
    windows: NDArray[np.int32],
    rows: NDArray[np.int64],
    chosen: NDArray[np.int64],
) -> Iterator[tuple[int, tuple[TokenProbability, ...]]]:
    """Iterate over the chosen places, and what was expected there, from the windows of `rows` (n,)."""
    plan: TokenPlan | None = None
    for start in range(0, len(rows), net.slice_rows):
        part = windows[start : start + net.slice_rows]
        if plan is None or plan.rows != len(part):
            plan = net.plan_tokens(len(part))
        execute(plan.plan_forward(part))
        for number, row in enumerate(rows[start : start + len(part)].tolist()):
            for place in chosen[chosen // plan.context == row].tolist():
                logits = plan.logits[number * plan.context + place % plan.context].astype(np.float64)
                yield place, _list_expected(tokenizer, logits)


def _list_expected(tokenizer: Tokenizer, logits: NDArray[np.float64]) -> tuple[TokenProbability, ...]:
    shares = np.exp(logits - logits.max())
    shares /= shares.sum()
    top = np.argsort(-shares, kind="stable")[:SHOWN_CHOICES].tolist()
    return tuple([TokenProbability(tokenizer.tokens[int(token)], float(shares[token])) for token in top])


def _describe(
    target: TextTarget, tokenizer: Tokenizer, place: int, score: float, expected: tuple[TokenProbability, ...]
) -> Surprise:
    text = target.text
    return Surprise(
        token=tokenizer.tokens[int(text[place])],
        probability=float(np.exp(score)),
        before=tokenizer.decode(text[max(place - TOKENS_BEFORE, 0) : place].tolist()),
        after=tokenizer.decode(text[place + 1 : place + 1 + TOKENS_AFTER].tolist()),
        expected=expected,
    )
