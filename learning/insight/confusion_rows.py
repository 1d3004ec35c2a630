"""The rows behind each cell of a confusion matrix, so that one can look at what was taken for what."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.insight.eval_sample import EvalSample

MAX_ROWS_PER_CELL: Final = 100

CONFUSION_ROW: Final = np.dtype([("row", "<i8"), ("actual", "<i4"), ("predicted", "<i4"), ("confidence", "<f4")])
"""A row's number in the table, its class, the one that was predicted, and the probability of that one."""


def list_confusion_rows(sample: EvalSample, numbers: NDArray[np.intp]) -> NDArray[np.void]:
    """The rows of a sample that has classes, the largest loss first, at most 100 of each cell: (rows,) CONFUSION_ROW.

    `numbers` (rows,) are the rows' numbers in the table.
    """
    predictions = sample.data.target.decode(sample.logits)
    rows = np.empty(len(sample), CONFUSION_ROW)
    rows["row"], rows["actual"], rows["predicted"] = numbers, sample.data.y, predictions.choices
    rows["confidence"] = np.take_along_axis(predictions.numbers, predictions.choices[:, None], axis=1)[:, 0]
    rows = rows[np.argsort(-sample.losses, kind="stable")]
    cells = rows["actual"].astype(np.int64) * len(predictions.labels) + rows["predicted"]
    order = np.argsort(cells, kind="stable")
    starts = np.searchsorted(cells[order], cells[order], side="left")
    return rows[np.sort(order[np.arange(len(rows)) - starts < MAX_ROWS_PER_CELL])]
