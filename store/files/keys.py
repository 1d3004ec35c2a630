"""Storage keys of the files of datasets and jobs. They are made here, and never taken from a request."""

from typing import Final

DATASETS_PREFIX: Final = "datasets/"
CHECKPOINTS_PREFIX: Final = "checkpoints/"


def original_key(dataset_id: str) -> str:
    """The file of a dataset as it was uploaded, without gzip."""
    return f"{DATASETS_PREFIX}{dataset_id}/original"


def table_key(dataset_id: str) -> str:
    """The table that was read from a dataset's file."""
    return f"{DATASETS_PREFIX}{dataset_id}/table.parquet"


def checkpoint_key(job_id: str, token: int, epoch: int, rows: int) -> str:
    """A checkpoint of a job within an epoch, written by the worker that holds this token."""
    return f"{CHECKPOINTS_PREFIX}{job_id}/{token}_{epoch}_{rows}"
