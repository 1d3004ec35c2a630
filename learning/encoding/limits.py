"""How many inputs one column may have, and how often a value must occur to have one of its own.

A slot costs memory in every row, and what was seen once can only be learned by heart.
"""

MIN_ROWS = 2
"""A category or word needs at least this many training rows for a slot of its own."""

MOST_SLOTS = 256
_FEWEST_SLOTS = 64
_CELLS = 2**24


def slots_for(rows: int) -> int:
    """How many slots a column may have: 256, but no more than 64 MiB of float32 for all rows, and 64 in any case."""
    return max(_FEWEST_SLOTS, min(MOST_SLOTS, _CELLS // max(rows, 1)))
