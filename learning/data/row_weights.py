"""Weights of rows: how much each counts in the loss and in the metrics; a row of weight 0 is not there.

The weighted loss of a part is the sum of weight times loss over the sum of weights. Weights are scaled to a mean of 1
in each part, so that only their ratios matter.
"""

import numpy as np
from numpy.typing import NDArray

from learning.errors import UnusableColumn
from learning.frame import Frame, NumericColumn
from learning.spelling import MAX_LISTED_NAMES


def read_weights(
    frame: Frame, name: str | None, strata: NDArray[np.int64], first_row: int = 0
) -> NDArray[np.float64] | None:
    """The weight of each row (rows,) of a frame whose first row has this number in the table; None without a column.

    Raises:
        UnusableColumn: if a row whose stratum is not -1 has no weight, or a negative or an infinite one.
    """
    if name is None:
        return None
    column = frame.column(name)
    if not isinstance(column, NumericColumn):
        raise UnusableColumn(
            f"The weights '{name}' are no numbers.",
            "Choose another column, or give it the type numeric when uploading.",
        )
    weights = column.values
    faults = np.flatnonzero((strata >= 0) & ~((weights >= 0) & (weights <= 1e150)))
    if len(faults):
        listed = ", ".join(f"{row + first_row + 1}" for row in faults[:MAX_LISTED_NAMES].tolist())
        more = f" and {len(faults) - MAX_LISTED_NAMES:,} more" if len(faults) > MAX_LISTED_NAMES else ""
        rows = "1 row is" if len(faults) == 1 else f"{len(faults):,} rows are"
        raise UnusableColumn(
            f"The weights '{name}' of {rows} missing, negative or too large: row {listed}{more}.",
            "Give each row a number of 0 or more; a row of weight 0 is left out.",
        )
    return weights


def leave_out_weightless(strata: NDArray[np.int64], weights: NDArray[np.float64] | None) -> NDArray[np.int64]:
    """The strata (rows,), with -1 for rows of weight 0."""
    return strata if weights is None else np.where(weights == 0, -1, strata)
