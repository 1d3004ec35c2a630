"""What crashes leave among the files."""

import os
from pathlib import Path

from store_makers import add_dataset

from store.database import Sessions, reading, writing
from store.files import FolderFiles
from store.leftovers import sweep


def test_only_old_files_without_a_dataset_are_swept(db: Sessions, tmp_path: Path) -> None:
    files = FolderFiles(tmp_path / "files")
    with writing(db) as s:
        known = add_dataset(s).id
    keys = [f"datasets/{name}/original" for name in (known, "ds_lost", "ds_young")]
    for key in keys:
        files.put([b"data"], key, 10)
    part = tmp_path / "files" / "datasets" / known / ".original.1234.part"
    part.write_bytes(b"half")
    for old in (tmp_path / "files" / keys[0], tmp_path / "files" / keys[1], part):
        os.utime(old, (0, 0))
    with reading(db) as s:
        assert sweep(s, files, 3600) == 2
        assert list(files.keys()) == sorted([keys[0], keys[2]])
        assert sweep(s, files, 3600) == 0
    assert not part.exists()
