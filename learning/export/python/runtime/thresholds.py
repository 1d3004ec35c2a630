"""The thresholds of intervals and sets: what an exported model keeps of rows that it did not learn from."""

import sys
from array import array
from base64 import b64decode
from typing import Any

from learning.tasks.conformal_rank import count_needed_rows, find_rank


def find_thresholds(conformal: dict[str, Any] | None, coverage: float) -> list[float]:
    """The threshold of each target for a coverage, by the scores that the header of a model has.

    Raises:
        ValueError: it is no coverage, or there are too few scores.
    """
    if not 0 < coverage < 1:
        raise ValueError(f"a coverage is between 0 and 1, such as 0.9, and not {coverage!r}")
    rows, targets = (0, 0) if conformal is None else conformal["scores"]["shape"]
    rank = find_rank(rows, coverage)
    if conformal is None or rank > rows:
        raise ValueError(f"a coverage of {coverage:g} needs {count_needed_rows(coverage)} rows, and there are {rows}")
    scores = array("f", b64decode(conformal["scores"]["data"]))
    if sys.byteorder == "big":
        scores.byteswap()
    return list(scores[(rank - 1) * targets : rank * targets])
