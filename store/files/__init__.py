"""Files by key, in a folder or in a bucket of an S3-compatible store: those of datasets, checkpoints and in the trash.

Keys are made here, and never taken from a request.
"""

from typing import Final, NamedTuple

from contract.ids import new_id
from contract.settings import Settings
from store.files.files import FileStore, FolderFileStore
from store.files.s3 import BucketFileStore

DATASETS_PREFIX: Final = "datasets/"
CHECKPOINTS_PREFIX: Final = "checkpoints/"
BATCHES_PREFIX: Final = "batches/"
TRASH_PREFIX: Final = "trash/"
INSTALLATION_KEY: Final = "installation/id"
"""The file with the installation's id; see `store.installation`."""


class NewDataset(NamedTuple):
    """The id of a dataset that comes to be, and the keys of its files."""

    id: str
    original_key: str
    table_key: str


def create_dataset_keys() -> NewDataset:
    """A new id, with its keys."""
    dataset_id = new_id("ds")
    return NewDataset(dataset_id, original_key(dataset_id), table_key(dataset_id))


def open_file_store(settings: Settings) -> FileStore:
    """The file store of an installation, as its settings say; nothing is connected to or made yet."""
    return BucketFileStore(settings) if settings.storage_url else FolderFileStore(settings.data_dir / "files")


def original_key(dataset_id: str) -> str:
    """The file of a dataset as it was uploaded, without gzip."""
    return f"{DATASETS_PREFIX}{dataset_id}/original"


def table_key(dataset_id: str) -> str:
    """The table that was read from a dataset's file."""
    return f"{DATASETS_PREFIX}{dataset_id}/table.parquet"


def features_key(dataset_id: str, source: str, number: int) -> str:
    """The features of some pictures of a dataset, by what they were made from."""
    return f"{DATASETS_PREFIX}{dataset_id}/features/{source}/{number}"


def measure_features(files: FileStore, dataset_id: str) -> int:
    """The size of all features of a dataset's pictures."""
    keys = files.list_keys(f"{DATASETS_PREFIX}{dataset_id}/features/")
    return sum(files.stat(key).bytes for key in keys)


def delete_dataset_files(files: FileStore, dataset_id: str) -> None:
    """Delete all files of a dataset."""
    for key in [original_key(dataset_id), table_key(dataset_id), *files.list_keys(f"{DATASETS_PREFIX}{dataset_id}/")]:
        files.delete(key)


def block_key(batch_id: str, number: int, token: int) -> str:
    """What a block of a batch became, by the worker that holds this token."""
    return f"{BATCHES_PREFIX}{batch_id}/{number}_{token}"


def delete_batch_files(files: FileStore, batch_id: str) -> None:
    """Delete all files of a batch."""
    for key in list(files.list_keys(f"{BATCHES_PREFIX}{batch_id}/")):
        files.delete(key)


def checkpoint_key(job_id: str, token: int, epoch: int, rows: int) -> str:
    """A checkpoint of a job within an epoch, written by the worker that holds this token."""
    return f"{CHECKPOINTS_PREFIX}{job_id}/{token}_{epoch}_{rows}"


def trash_key(key: str, date: str) -> str:
    """A file that was moved to the trash on a day, written as 20261231."""
    return f"{TRASH_PREFIX}{date}/{key}"
