"""The rank of a conformal threshold among scores, and how many a coverage needs; exported files have it, too."""

import math


def find_rank(rows: int, coverage: float) -> int:
    """The rank k of the threshold among so many scores; above them if there are too few."""
    return math.ceil(round((rows + 1) * coverage, 9))


def count_needed_rows(coverage: float) -> int:
    """The least number of rows that a coverage can rest on."""
    rows = max(1, math.ceil(round(coverage / (1 - coverage), 9)))
    return rows if find_rank(rows, coverage) <= rows else rows + 1
