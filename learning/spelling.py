"""Spelling suggestions: the known name that a misspelt one most likely means."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

MAX_NAME_CHARS: Final = 256
"""Longer names are cut, as the time of a comparison grows with their length."""


def suggest_name(name: str, known: Iterable[str]) -> str | None:
    """The known name most like a misspelt or shortened one, whatever its case; None if none is close."""
    by_lower = {candidate.lower(): candidate for candidate in known}
    name = name.lower()[:MAX_NAME_CHARS]
    matches = get_close_matches(name, by_lower, n=1, cutoff=0.6)
    if not matches and len(name) > 2:
        matches = [candidate for candidate in by_lower if candidate.startswith(name)]
    return by_lower[matches[0]] if matches else None
