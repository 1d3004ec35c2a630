"""Errors of a net that recommends, entry by entry: held-out ratings that are furthest off, choices ranked last."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.recommendation.history import HistoryEncoder
from learning.recommendation.ranking import rank_first
from learning.tasks.recommendation import BagTarget

MAX_ERRORS: Final = 100
MAX_CELLS: Final = 2**22
"""The maximum scores that are looked at, which bounds the time: of many items there are fewer users."""
FIRST: Final = 3


@dataclass(frozen=True, kw_only=True)
class HeldOutError:
    """A held-out entry, with what the net made of it.

    Attributes:
        user, item: The names.
        user_rows: What is known of the user, in entries.
        item_rows: The training rows of the item.
        rating, predicted: The rating, and the one that was predicted; None of a choice.
        rank, ranked: The place of the choice among so many items that the user had not seen; None of a rating.
        first: The items that were ranked first in place of a choice.
    """

    user: str
    item: str
    user_rows: int
    item_rows: int
    rating: float | None = None
    predicted: float | None = None
    rank: int | None = None
    ranked: int | None = None
    first: tuple[str, ...] = ()


@dataclass(frozen=True)
class HeldOutErrors:
    """The worst errors, the worst first, and the number of entries among which they are."""

    measured: int
    errors: tuple[HeldOutError, ...]


def find_held_out_errors(
    target: BagTarget, encoder: HistoryEncoder, numbers: NDArray[np.integer], logits: NDArray[np.floating]
) -> HeldOutErrors:
    """The worst errors of a net on held-out entries.

    Args:
        target: The target of the net in training.
        encoder: The names.
        numbers: The bags that were predicted (bags,); of many, some are taken that are evenly spaced.
        logits: The outputs of the net for each of them (bags, items).
    """
    most = max(1, MAX_CELLS // logits.shape[1])
    rows = np.linspace(0, len(numbers) - 1, min(most, len(numbers))).astype(np.intp)
    bags, chosen = numbers[rows].astype(np.intp), logits[rows]
    places, entries = target.bags.find_entries(bags)
    items, ratings = target.bags.items[entries], target.bags.values[entries].astype(np.float64)
    scores = target.catalogue.decode(chosen, target.levels[bags])
    if target.rated:
        predicted = target.catalogue.clip(scores[places, items])
        worst = np.argsort(-np.abs(predicted - ratings), kind="stable")[:MAX_ERRORS]
        named = _name_entries(target, encoder, bags[places[worst]], items[worst])
        pairs = zip(named, ratings[worst].tolist(), predicted[worst].tolist(), strict=True)
        return HeldOutErrors(
            len(entries), tuple([replace(each, rating=rating, predicted=guess) for each, rating, guess in pairs])
        )
    seen_places, seen = target.seen.find_entries(bags)
    scores[seen_places, target.seen.items[seen]] = -np.inf
    ranks = _rank(scores, places, items)
    worst = np.argsort(-ranks, kind="stable")[:MAX_ERRORS]
    named = _name_entries(target, encoder, bags[places[worst]], items[worst])
    ranked = scores.shape[1] - target.seen.sizes[bags[places[worst]]]
    firsts: list[list[int]] = rank_first(scores[places[worst]], FIRST).tolist()
    found = zip(named, ranks[worst].tolist(), ranked.tolist(), firsts, strict=True)
    names = encoder.catalogue.items
    return HeldOutErrors(
        len(entries),
        tuple(
            [
                replace(each, rank=rank, ranked=count, first=tuple([names[number] for number in first]))
                for each, rank, count, first in found
            ]
        ),
    )


def _rank(scores: NDArray[np.float64], places: NDArray[np.intp], items: NDArray[np.integer]) -> NDArray[np.int64]:
    """The place, from 1, of an item among the scores of a row, for each entry (entries,); equal scores share theirs."""
    ranks = np.empty(len(places), np.int64)
    ends = np.searchsorted(places, np.arange(len(scores) + 1))
    for row, ordered in enumerate(np.sort(scores, axis=1)):
        mine = slice(ends[row], ends[row + 1])
        ranks[mine] = len(ordered) - np.searchsorted(ordered, scores[row, items[mine]], "right") + 1
    return ranks


def _name_entries(
    target: BagTarget, encoder: HistoryEncoder, bags: NDArray[np.intp], items: NDArray[np.integer]
) -> Iterator[HeldOutError]:
    """Users and items of entries, without what the net made of them."""
    catalogue = encoder.catalogue
    users: list[int] = target.users[bags].tolist()
    known: list[int] = target.seen.sizes[bags].tolist()
    counts: list[int] = catalogue.item_counts[items].tolist()
    numbers: list[int] = items.tolist()
    for user, rows, item, count in zip(users, known, numbers, counts, strict=True):
        yield HeldOutError(user=encoder.users[user], item=catalogue.items[item], user_rows=rows, item_rows=count)
