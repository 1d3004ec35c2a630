"""Features of a dataset's pictures, made once by each net, and kept beside its table, some rows in a file.

What is made is kept file by file, so that a job that is stopped, or whose worker is lost, goes on where it was. A file
is there whole or not at all, and whoever makes it makes the same.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
import polars.selectors as cs
from numpy.typing import NDArray

from learning.image_features import FeatureNet, FeaturesColumn
from learning.training.image_spec import ImageSpec
from store.errors import FileNotFound
from store.files import features_key
from store.files.files import FileStore
from tables import find_feature_net, load_feature_net, make_features

ROWS_PER_FILE: Final = 256
ROWS_AT_ONCE: Final = 16
"""Between so many pictures it is looked whether the job goes on."""

BYTES_PER_CELL: Final = 8

Report = Callable[[float, bool], None]
"""Is told the share of rows that have features, and whether all of these are kept; it may raise to stop the work."""


@dataclass(frozen=True)
class StoredFeatures:
    """Reads pictures as features that are kept."""

    files: FileStore
    dataset_id: str
    column: str
    net: FeatureNet

    @property
    def cells(self) -> int:
        """See `tables.ImageReader`."""
        return 4 * self.net.features // BYTES_PER_CELL

    def read(self, cells: pl.Series, first_row: int) -> FeaturesColumn:
        """See `tables.ImageReader`."""
        present = cells.is_not_null().to_numpy()
        values = np.zeros((len(cells), self.net.features), np.float32)
        for number in range(first_row // ROWS_PER_FILE, -(-(first_row + len(cells)) // ROWS_PER_FILE)):
            kept = self.read_file(number)
            start = number * ROWS_PER_FILE - first_row
            part = values[max(start, 0) : start + len(kept)]
            part[...] = kept[max(-start, 0) : max(-start, 0) + len(part)]
        return FeaturesColumn(values, present, self.net)

    def read_file(self, number: int) -> NDArray[np.float32]:
        """The features (rows, features) in a file.

        Raises:
            FileNotFound: there is no such file.
        """
        data = b"".join(self.files.read_chunks(self.key(number)))
        return np.frombuffer(data, "<f4").reshape(-1, self.net.features)

    def has_file(self, number: int, rows: int) -> bool:
        """Whether a file is kept, with the features of so many rows."""
        try:
            return self.files.stat(self.key(number)).bytes == 4 * rows * self.net.features
        except FileNotFound:
            return False

    def write_file(self, number: int, values: NDArray[np.float32]) -> None:
        """Keep the features (rows, features) of a file.

        Raises:
            DiskFull: the disk is full.
            StorageUnavailable: the storage cannot be reached.
        """
        with self.files.create(self.key(number)) as path:
            path.write_bytes(values.astype("<f4", copy=False).tobytes())

    def key(self, number: int) -> str:
        """The key of a file, by what decides its bytes: column, net, and the size at which that sees pictures."""
        column = blake2b(self.column.encode(), digest_size=4).hexdigest()
        return features_key(self.dataset_id, f"{column}_{self.net.sha256[:16]}_{self.net.size}", number)


def read_net(image: ImageSpec) -> FeatureNet:
    """The net of a job.

    Raises:
        MissingFeatureNet: it is not there.
    """
    net = find_feature_net(image.size)
    if image.feature_net not in {None, net.sha256}:
        load_feature_net(FeatureNet(image.feature_net or "", net.features, net.size))
    return net


def make_stored_features(stored: StoredFeatures, parquet: Path, threads: int, report: Report) -> StoredFeatures:
    """The same, once those that are not kept yet are made, by so many threads.

    Raises:
        MissingFeatureNet: the net is not there.
        DiskFull: the disk is full.
        StorageUnavailable: the storage cannot be reached.
    """
    column, net = stored.column, stored.net
    table = pl.scan_parquet(parquet, glob=False)
    rows = table.select(pl.len()).collect().item()
    missing = [
        number
        for number, start in enumerate(range(0, rows, ROWS_PER_FILE))
        if not stored.has_file(number, min(ROWS_PER_FILE, rows - start))
    ]
    if not missing:
        return stored
    compute = partial(make_features, picture_net=load_feature_net(net), net=net)
    with ThreadPoolExecutor(threads, thread_name_prefix="features") as pool:
        for number in missing:
            cells = table.slice(number * ROWS_PER_FILE, ROWS_PER_FILE).select(cs.by_name(column)).collect()[column]
            values = np.zeros((len(cells), net.features), np.float32)
            present = np.flatnonzero(cells.is_not_null().to_numpy())
            for start in range(0, len(present), ROWS_AT_ONCE):
                report((number * ROWS_PER_FILE + int(present[start])) / rows, False)
                some = present[start : start + ROWS_AT_ONCE]
                for row, made in zip(some, pool.map(compute, cells.gather(some)), strict=True):
                    values[row] = made
            stored.write_file(number, values)
            report((number * ROWS_PER_FILE + len(cells)) / rows, True)
    return stored
