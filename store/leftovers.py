"""Sweeps what crashes leave among the files: parts of broken uploads, and files of datasets that are not remembered."""

from contextlib import suppress

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.errors import NotThere
from store.files import Files
from store.rows import DatasetRow


def sweep(s: Session, files: Files, older_than_seconds: float) -> int:
    """Delete them, and answer how many there were.

    What is younger stays, for its upload may be under way: the file comes first, and then the dataset's row.
    """
    swept = files.sweep_parts(older_than_seconds)
    kept = {key: key.split("/")[1] for key in files.keys("datasets/")}
    known = set(s.scalars(select(DatasetRow.id)))
    for key in [key for key, dataset_id in kept.items() if dataset_id not in known]:
        with suppress(NotThere):
            if files.age_seconds(key) > older_than_seconds:
                files.delete(key)
                swept += 1
    return swept
