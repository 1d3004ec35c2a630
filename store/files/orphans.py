"""Orphans: partial files of broken uploads, files that no row names, and rows whose file is missing.

The first two are deleted. The last is reported, since only a backup can bring a file back.
"""

from contextlib import suppress

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.errors import FileNotFound
from store.files.files import FileStore
from store.files.keys import CHECKPOINTS_PREFIX, DATASETS_PREFIX, original_key, table_key
from store.tables import CheckpointRow, DatasetRow


def delete_orphans(s: Session, files: FileStore, older_than_seconds: float) -> int:
    """Delete partial files and files that no row names, and count them.

    Younger ones stay, since a file is written before the row that names it.
    """
    swept = files.delete_parts(older_than_seconds)
    for key in list_unreferenced(s, files, older_than_seconds):
        files.delete(key)
        swept += 1
    return swept


def list_unreferenced(s: Session, files: FileStore, older_than_seconds: float) -> list[str]:
    """The keys of older files that no dataset or checkpoint names."""
    of_datasets = {key: key.split("/")[1] for key in files.list_keys(DATASETS_PREFIX)}
    of_jobs = set(files.list_keys(CHECKPOINTS_PREFIX))
    datasets = set(s.scalars(select(DatasetRow.id)))
    checkpoints = set(s.scalars(select(CheckpointRow.key)))
    lost = [key for key, dataset_id in of_datasets.items() if dataset_id not in datasets]
    found: list[str] = []
    for key in [*lost, *sorted(of_jobs - checkpoints)]:
        with suppress(FileNotFound):
            if files.age_seconds(key) > older_than_seconds:
                found.append(key)
    return found


def list_missing(s: Session, files: FileStore) -> list[str]:
    """The keys of files that a dataset needs and that are missing."""
    there = set(files.list_keys(DATASETS_PREFIX))
    needed = [
        key_of(dataset_id)
        for dataset_id, status in s.execute(select(DatasetRow.id, DatasetRow.status).order_by(DatasetRow.id))
        for key_of in ((original_key, table_key) if status == "ready" else (original_key,))
        if status != "failed"
    ]
    return [key for key in needed if key not in there]
