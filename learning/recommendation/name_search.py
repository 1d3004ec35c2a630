"""Search of users and items by parts of their names."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def search_names(names: Sequence[str], counts: NDArray[np.integer], text: str, limit: int) -> list[int]:
    """The numbers of at most `limit` names that have every word of a text, in any case; those of most rows first.

    Args:
        names: The names.
        counts: The rows of each (names,).
        text: Words, separated by spaces; none: every name is found.
        limit: The maximum number.
    """
    words = list(dict.fromkeys(text.casefold().split()))
    found: list[int] = []
    order: list[int] = np.argsort(-counts.astype(np.int64), kind="stable").tolist()
    for number in order:
        if len(found) == limit:
            break
        if not words or all(word in name for name in (names[number].casefold(),) for word in words):
            found.append(number)
    return found
