"""Spelling suggestions: the known name that a misspelt one most likely means; and lists of names, cut to be read.

A request may have thousands of unknown names, and a dataset thousands of columns, so all work is bounded.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterable
from difflib import get_close_matches
from functools import cached_property
from itertools import islice, takewhile
from operator import eq
from typing import Final

MAX_SUGGESTIONS: Final = 20
"""The number of misspelt names for which an index looks for the nearest known name."""

MAX_INDEXED_NAMES: Final = 50_000
"""The number of known names that are looked at, the first ones: sorting a million takes seconds."""

MAX_COMPARED_NAMES: Final = 100
"""As many known names are compared in full; of more only those that begin or end like the misspelt one."""

MAX_COMPARED_CHARS: Final = 64
"""Longer names are compared by their first and last letters, as the time grows with the square of the length."""

MAX_LISTED_NAMES: Final = 20
MAX_QUOTED_CHARS: Final = 200

_NEIGHBOURS: Final = 50
_NEAREST: Final = 20


class NameIndex:
    """An index of known names that finds the one most like a misspelt name, at a cost that hardly grows with them."""

    def __init__(self, known: Iterable[str]) -> None:
        self._known = known
        self._left = MAX_SUGGESTIONS

    def suggest(self, name: str) -> str | None:
        """The known name most like a misspelt or shortened one, whatever its case; None if none is close.

        Past `MAX_SUGGESTIONS` names only those are found that differ by case alone.
        """
        name = name.lower()
        if name in self._by_lower:
            return self._by_lower[name]
        if not self._left:
            return None
        self._left -= 1
        candidates = list(self._by_lower)
        if len(candidates) > MAX_COMPARED_NAMES:
            candidates = self._list_neighbours(name)
        by_cut = {_cut_middle(candidate): candidate for candidate in candidates}
        matches = [by_cut[match] for match in get_close_matches(_cut_middle(name), by_cut, n=1, cutoff=0.6)]
        if not matches and len(name) > 2:
            matches = [candidate for candidate in candidates if candidate.startswith(name)]
        return self._by_lower[matches[0]] if matches else None

    @cached_property
    def _by_lower(self) -> dict[str, str]:
        return {candidate.lower(): candidate for candidate in islice(self._known, MAX_INDEXED_NAMES)}

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(self._by_lower)

    @cached_property
    def _sorted_reversed(self) -> list[str]:
        return sorted(candidate[::-1] for candidate in self._by_lower)

    def _list_neighbours(self, name: str) -> list[str]:
        """The names with most letters in common with the beginning and the end of `name`, sorted."""
        reverse = name[::-1]
        neighbours = set(_slice_around(self._sorted, name))
        neighbours.update(candidate[::-1] for candidate in _slice_around(self._sorted_reversed, reverse))

        def count_common_ends(candidate: str) -> int:
            return _count_common(name, candidate) + _count_common(reverse, candidate[::-1])

        return sorted(sorted(neighbours, key=lambda candidate: (-count_common_ends(candidate), candidate))[:_NEAREST])


def suggest_name(name: str, known: Iterable[str]) -> str | None:
    """The known name most like a single misspelt one; for several names, `NameIndex` is built once."""
    return NameIndex(known).suggest(name)


def list_names(names: Collection[str]) -> str:
    """The first names, separated by commas, and the number of the others."""
    listed = ", ".join(map(cut_name, islice(names, MAX_LISTED_NAMES)))
    more = len(names) - MAX_LISTED_NAMES
    return f"{listed} and {more:,} more" if more > 0 else listed


def quote_names(names: Collection[str]) -> str:
    """The same, each name in quotes."""
    quoted = [f"'{cut_name(name)}'" for name in islice(names, MAX_LISTED_NAMES)]
    more = len(names) - MAX_LISTED_NAMES
    return ", ".join(quoted) + (f" and {more:,} more" if more > 0 else "")


def cut_name(name: str) -> str:
    """A name to be quoted, cut if it is long."""
    return name if len(name) <= MAX_QUOTED_CHARS else name[: MAX_QUOTED_CHARS - 1] + "…"


def _slice_around(names: list[str], name: str) -> list[str]:
    place = bisect_left(names, name)
    return names[max(0, place - _NEIGHBOURS) : place + _NEIGHBOURS]


def _count_common(name: str, other: str) -> int:
    """The number of letters with which both begin."""
    return sum(takewhile(bool, map(eq, name, other)))


def _cut_middle(name: str) -> str:
    half = MAX_COMPARED_CHARS // 2
    return name if len(name) <= MAX_COMPARED_CHARS else name[:half] + name[-half:]
