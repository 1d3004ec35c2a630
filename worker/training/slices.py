"""The slices of held-out rows in which a model is worse than elsewhere, by the columns of the uploaded file.

All columns are looked at, those that the model does not see among them: it may still be worse for some of their values.
"""

from collections.abc import Mapping
from typing import Final

import msgspec
import numpy as np

from learning.data.prepare import PreparedData
from learning.encoding.table import TableEncoder
from learning.insight.eval_sample import EvalSample, SplitName
from learning.insight.slices import MIN_SLICE_ROWS, find_slices
from store.files.files import FileStore
from store.tables import DatasetRow
from worker.lease import Lease
from worker.training.reference import load_frame_of_rows

MAX_CELLS: Final = 2**20
MAX_COLUMNS: Final = 200
KINDS: Final = frozenset({"numeric", "categorical", "boolean", "datetime"})


def compare_slices(
    prepared: PreparedData,
    samples: Mapping[SplitName, EvalSample],
    files: FileStore,
    dataset: DatasetRow,
    lease: Lease,
) -> dict[str, bytes]:
    """The slices of each held-out split, as insights; none of too few rows.

    Raises:
        FileNotFound: the dataset's file was deleted.
        StorageUnavailable: the storage cannot be reached.
    """
    if not isinstance(prepared.inputs, TableEncoder):
        return {}
    seen = {column.name for column in prepared.inputs.describe()}
    profile = [column for column in dataset.columns or [] if column["type"] in KINDS]
    names = [column["name"] for column in profile if column["name"] not in prepared.targets]
    names = sorted(names, key=lambda name: name not in seen)[:MAX_COLUMNS]
    found: dict[str, bytes] = {}
    for part, sample in samples.items():
        if part == "train" or len(sample) < 2 * MIN_SLICE_ROWS or not names:
            continue
        own = sample.subsample(max(MAX_CELLS // len(names), 2 * MIN_SLICE_ROWS))
        numbers = getattr(prepared.rows, part)[own.indices]
        order = np.argsort(numbers, kind="stable")
        frame = load_frame_of_rows(numbers[order], names, files, dataset, lease)
        ranks = np.empty(len(order), np.intp)
        ranks[order] = np.arange(len(order))
        found[f"slices.{part}"] = msgspec.json.encode(find_slices(own, frame.take(ranks)))
    return found
