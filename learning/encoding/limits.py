"""How many inputs one column may have, and how often a value must occur to have one of its own.

A slot costs memory in every row, and what was seen once can only be learned by heart.
"""

MIN_ROWS_PER_OUTPUT = 2
"""A category or word needs at least this many training rows for a slot of its own."""

MAX_COLUMN_OUTPUTS = 256
_MIN_COLUMN_OUTPUTS = 64
_MAX_COLUMN_CELLS = 2**24


def max_outputs_for(rows: int) -> int:
    """How many slots a column may have: 256, but no more than 64 MiB of float32 for all rows, and 64 in any case."""
    return max(_MIN_COLUMN_OUTPUTS, min(MAX_COLUMN_OUTPUTS, _MAX_COLUMN_CELLS // max(rows, 1)))
