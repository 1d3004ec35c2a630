"""Sweeps what crashes leave among the files: parts of broken uploads, and files that no dataset or checkpoint names."""

from contextlib import suppress

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.errors import NotThere
from store.files import Files
from store.rows import CheckpointRow, DatasetRow


def sweep(s: Session, files: Files, older_than_seconds: float) -> int:
    """Delete them, and answer how many there were.

    What is younger stays, for it may be on its way: the file comes first, and then the row that names it.
    """
    swept = files.sweep_parts(older_than_seconds)
    of_datasets = {key: key.split("/")[1] for key in files.keys("datasets/")}
    of_jobs = set(files.keys("checkpoints/"))
    datasets = set(s.scalars(select(DatasetRow.id)))
    checkpoints = set(s.scalars(select(CheckpointRow.key)))
    lost = [key for key, dataset_id in of_datasets.items() if dataset_id not in datasets]
    for key in [*lost, *sorted(of_jobs - checkpoints)]:
        with suppress(NotThere):
            if files.age_seconds(key) > older_than_seconds:
                files.delete(key)
                swept += 1
    return swept
