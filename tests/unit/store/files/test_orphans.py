"""Deletion of files that crashes left behind."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from store.database import SessionFactory, begin_read, begin_write
from store.errors import ForeignFiles
from store.files.files import FolderFileStore
from store.jobs import claims
from store.retention import delete_orphans
from tests.unit.store.factories import CHECKPOINT, add_dataset, add_job


def test_only_old_checkpoints_without_a_row_are_deleted(db: SessionFactory, tmp_path: Path) -> None:
    files = FolderFileStore(tmp_path / "files")
    with begin_write(db) as s:
        job_id = add_job(s)
        assert claims.claim(s, "worker", 30)
        kept = replace(CHECKPOINT, key=f"checkpoints/{job_id}/1_1_0", epoch=0)
        assert claims.add_checkpoint(s, job_id, 1, kept) == []
    keys = [kept.key, f"checkpoints/{job_id}/1_2_0", "checkpoints/job_lost/1_1_0"]
    for key in keys:
        files.put([b"data"], key, 10)
        os.utime(tmp_path / "files" / key, (0, 0))
    with begin_read(db) as s:
        assert delete_orphans(s, files, 3600) == 2
    assert list(files.list_keys()) == [kept.key]


def test_only_old_files_without_a_dataset_are_deleted(db: SessionFactory, tmp_path: Path) -> None:
    files = FolderFileStore(tmp_path / "files")
    with begin_write(db) as s:
        known = add_dataset(s).id
    keys = [f"datasets/{name}/original" for name in (known, "ds_lost", "ds_young")]
    for key in keys:
        files.put([b"data"], key, 10)
    part = tmp_path / "files" / "datasets" / known / ".original.1234.part"
    part.write_bytes(b"half")
    for old in (tmp_path / "files" / keys[0], tmp_path / "files" / keys[1], part):
        os.utime(old, (0, 0))
    with begin_read(db) as s:
        assert delete_orphans(s, files, 3600) == 2
        assert list(files.list_keys()) == sorted([keys[0], keys[2]])
        assert delete_orphans(s, files, 3600) == 0
    assert not part.exists()


def test_a_database_that_names_none_of_the_files_deletes_none(db: SessionFactory, tmp_path: Path) -> None:
    files = FolderFileStore(tmp_path / "files")
    keys = ["checkpoints/job_foreign/1_1_0", "datasets/ds_foreign/original"]
    for key in keys:
        files.put([b"data"], key, 10)
        os.utime(tmp_path / "files" / key, (0, 0))
    with begin_read(db) as s, pytest.raises(ForeignFiles):
        delete_orphans(s, files, 3600)
    assert list(files.list_keys()) == keys
