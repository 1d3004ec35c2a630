"""The reference of a model in use: the distributions of a sample of its training rows, and of what it predicts."""

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from learning.data.prepare import PreparedData
from learning.encoding.table import TableEncoder
from learning.frame import Frame, concat_frames
from learning.insight.eval_sample import EvalSample, evenly_spaced
from learning.monitoring.reference import Reference
from learning.serialization import to_json
from store.files import table_key
from store.files.files import FileStore
from store.tables import DatasetRow
from tables import load_table
from worker.lease import Lease

MAX_ROWS: Final = 10_000
MAX_CELLS: Final = 2**22


def describe_reference(
    prepared: PreparedData, sample: EvalSample, files: FileStore, dataset: DatasetRow, lease: Lease
) -> dict[str, bytes]:
    """The reference, as an insight; of `sample` are the predictions.

    Raises:
        FileNotFound: the dataset's file was deleted.
        StorageUnavailable: the storage cannot be reached.
    """
    if not isinstance(prepared.inputs, TableEncoder):
        return {}
    inputs = prepared.inputs.describe()
    seen = {column.name for column in inputs}
    names = [column["name"] for column in dataset.columns or [] if column["type"] != "image" and column["name"] in seen]
    rows = np.sort(prepared.rows.train)
    rows = rows[evenly_spaced(len(rows), min(MAX_ROWS, max(MAX_CELLS // max(len(names), 1), 1)))]
    frame = load_frame_of_rows(rows, names, files, dataset, lease)
    predictions = prepared.output.decode(sample.logits)
    reference = Reference.fit(inputs, prepared.targets, frame, predictions)
    return {"reference": msgspec.json.encode(to_json(reference))}


def load_frame_of_rows(
    rows: NDArray[np.intp], names: list[str], files: FileStore, dataset: DatasetRow, lease: Lease
) -> Frame:
    """Rows of a dataset by their numbers, ascending, with these columns, none of which is one of pictures.

    Raises:
        FileNotFound: the dataset's file was deleted.
        StorageUnavailable: the storage cannot be reached.
    """
    profile = dataset.columns or []
    if not names:
        return Frame({}, len(rows))
    with files.local_copy(table_key(dataset.id)) as path:
        first_row, parts = 0, list[Frame]()
        for chunk in load_table(path, names, profile, lease.check).chunks(names):
            own = rows[np.searchsorted(rows, first_row) : np.searchsorted(rows, first_row + chunk.rows)]
            parts += [chunk.take(own - first_row)] if len(own) else []
            first_row += chunk.rows
    return concat_frames(parts)
