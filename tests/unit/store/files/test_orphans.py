"""Files that crashes left behind go to the trash, and are deleted later."""

import os
import time
from dataclasses import replace
from pathlib import Path

from store.database import SessionFactory, begin_read, begin_write
from store.files.files import FolderFileStore
from store.jobs import claims
from store.retention import empty_trash, trash_orphans
from tests.unit.store.factories import CHECKPOINT, add_dataset, add_job


def test_only_old_checkpoints_without_a_row_are_moved(db: SessionFactory, tmp_path: Path) -> None:
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
        assert trash_orphans(s, files, 3600) == 2
    assert list(files.list_keys("checkpoints/")) == [kept.key]
    assert [key.split("/", 2)[2] for key in files.list_keys("trash/")] == sorted(keys[1:])


def test_only_old_files_without_a_dataset_are_moved(db: SessionFactory, tmp_path: Path) -> None:
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
        assert trash_orphans(s, files, 3600) == 2
        assert list(files.list_keys("datasets/")) == sorted([keys[0], keys[2]])
        assert trash_orphans(s, files, 3600) == 0
    assert not part.exists()


def test_only_files_moved_to_the_trash_long_ago_are_deleted(tmp_path: Path) -> None:
    files = FolderFileStore(tmp_path / "files")
    days = [time.strftime("%Y%m%d", time.gmtime(time.time() - days * 86400)) for days in (9, 5, 0)]
    keys = [f"trash/{day}/datasets/ds_lost/original" for day in days]
    for key in [*keys, "datasets/ds_1/original"]:
        files.put([b"data"], key, 10)
    assert empty_trash(files, 7 * 86400) == 1
    assert list(files.list_keys()) == ["datasets/ds_1/original", *keys[1:]]
