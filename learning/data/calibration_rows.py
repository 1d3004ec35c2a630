"""Calibration rows: validation rows that are kept from early stopping, so that nothing was chosen by them.

What is promised of predictions, such as the coverage of their intervals, must rest on rows that neither trained nor
stopped the net. Where test rows are such, none are kept.
"""

from dataclasses import replace
from typing import Final

import numpy as np

from learning.data.prepare import PreparedData
from learning.seeding import rng_for

SHARE: Final = 0.25
MAX_ROWS: Final = 10_000
MIN_VALIDATION_ROWS: Final = 100
"""Of fewer validation rows all are needed to find the best epoch."""
MAX_CELLS: Final = 2**24
"""The most cells of the validation rows that remain, as they are copied."""


def keep_calibration_rows(prepared: PreparedData, seed: int) -> PreparedData:
    """The same data, where a quarter of the validation rows are not measured after epochs.

    It is as it was if there are test rows, or few validation rows, or too many cells in them.
    """
    rows = len(prepared.validation)
    cells = rows * (prepared.inputs.net_inputs.width + prepared.inputs.net_inputs.slots)
    if len(prepared.test) or rows < MIN_VALIDATION_ROWS or cells > MAX_CELLS:
        return prepared
    shuffled = rng_for(seed, "calibration").permutation(rows)
    kept = min(int(SHARE * rows), MAX_ROWS)
    return replace(
        prepared,
        validation_sample=prepared.validation.take(np.sort(shuffled[kept:])),
        calibration_rows=np.sort(shuffled[:kept]),
    )
