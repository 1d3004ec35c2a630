"""File stores: files are written completely or not at all."""

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.errors import DiskFull, FileNotFound, TooLarge
from store.files import open_file_store
from store.files.files import FileStore, FolderFileStore
from tests.object_storage import make_settings

KEY = "datasets/ds_1/original"


@pytest.fixture(params=["folder", "bucket"])
def files(tmp_path: Path, request: pytest.FixtureRequest) -> FileStore:
    """Both places that files can be kept in."""
    bucket = request.getfixturevalue("object_storage").bucket() if request.param == "bucket" else {}
    return open_file_store(make_settings(tmp_path / "deep", bucket))


@pytest.fixture
def folder(tmp_path: Path) -> FolderFileStore:
    return FolderFileStore(tmp_path / "deep" / "files")


def list_files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


def count_leftover_files(files: FileStore, root: Path) -> int:
    """The number of files on the disk that were not put there."""
    return len(list_files(root)) - (len(list(files.list_keys())) if isinstance(files, FolderFileStore) else 0)


def test_a_stored_file_is_read_back_with_its_hash_and_size(files: FileStore) -> None:
    data = os.urandom(1_000_000)
    stored = files.put((data[start : start + 70_000] for start in range(0, len(data), 70_000)), KEY, len(data))
    assert (stored.sha256, stored.bytes) == (hashlib.sha256(data).hexdigest(), len(data))
    assert b"".join(files.read_chunks(KEY)) == data
    assert files.stat(KEY).bytes == len(data)
    assert files.exists(KEY)
    with files.local_copy(KEY) as path:
        assert path.read_bytes() == data


@pytest.mark.parametrize(("start", "end"), [(0, 0), (0, 1), (5, None), (3, 700_000), (999_999, 1_000_000), (7, 10**9)])
def test_a_range_of_a_file_equals_a_slice_of_its_bytes(files: FileStore, start: int, end: int | None) -> None:
    data = os.urandom(1_000_000)
    files.put([data], KEY, len(data))
    assert b"".join(files.read_chunks(KEY, start, end)) == data[start:end]


def test_an_empty_stream_is_an_empty_file(files: FileStore) -> None:
    assert files.put([], KEY, 10).bytes == 0
    assert list(files.read_chunks(KEY)) == []


def test_a_stream_past_its_limit_is_cut_off_and_leaves_nothing(files: FileStore, tmp_path: Path) -> None:
    taken = list[int]()

    def endless() -> Iterator[bytes]:
        while True:
            taken.append(100)
            yield b"x" * 100

    with pytest.raises(TooLarge) as told:
        files.put(endless(), KEY, 1000)
    assert told.value.limit == 1000
    assert sum(taken) == 1100
    assert not files.exists(KEY)
    assert count_leftover_files(files, tmp_path) == 0


def test_a_stream_that_breaks_off_leaves_what_was_there_before(files: FileStore, tmp_path: Path) -> None:
    files.put([b"before"], KEY, 100)

    def break_off() -> Iterator[bytes]:
        yield b"half"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        files.put(break_off(), KEY, 100)
    assert b"".join(files.read_chunks(KEY)) == b"before"
    assert count_leftover_files(files, tmp_path) == 0


def test_a_new_file_appears_only_when_complete(files: FileStore) -> None:
    with files.create(KEY) as path:
        path.write_bytes(b"half")
        assert not files.exists(KEY)
        assert list(files.list_keys()) == []
        path.write_bytes(b"whole")
    assert b"".join(files.read_chunks(KEY)) == b"whole"


def test_an_open_file_is_read_on_while_it_is_replaced(files: FileStore) -> None:
    files.put([b"a" * 10**6], KEY, 10**6)
    reader = files.read_chunks(KEY)
    begun = next(reader)
    files.put([b"b" * 10], KEY, 10**6)
    assert begun + b"".join(reader) == b"a" * 10**6
    assert b"".join(files.read_chunks(KEY)) == b"b" * 10


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device that is always full")
def test_a_full_disk_is_named_as_such_and_leaves_nothing(files: FileStore, tmp_path: Path) -> None:
    def fill(path: Path) -> None:
        path.symlink_to("/dev/full")
        path.write_bytes(b"x" * 100_000)

    with pytest.raises(DiskFull), files.create(KEY) as path:
        fill(path)
    assert not files.exists(KEY)
    assert list_files(tmp_path) == []


def test_a_process_killed_during_a_write_leaves_only_a_partial_file_that_is_deleted(
    folder: FolderFileStore, tmp_path: Path
) -> None:
    program = """
import os, signal, sys
from pathlib import Path
from store.files.files import FolderFileStore

def stream():
    yield b"x" * 100_000
    os.kill(os.getpid(), signal.SIGKILL)

FolderFileStore(Path(sys.argv[1])).put(stream(), "datasets/ds_1/original", 10**6)
"""
    root = tmp_path / "deep" / "files"
    ended = subprocess.run([sys.executable, "-c", program, str(root)], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert list(folder.list_keys()) == []
    (part,) = list_files(tmp_path)
    assert folder.delete_parts(3600) == 0, "it may still be written to"
    os.utime(part, (0, 0))
    assert folder.delete_parts(3600) == 1
    assert list_files(tmp_path) == []


def test_a_deleted_file_is_deleted_with_its_empty_folder(folder: FolderFileStore, tmp_path: Path) -> None:
    folder.put([b"a"], KEY, 10)
    folder.put([b"b"], "datasets/ds_1/table.parquet", 10)
    folder.delete(KEY)
    assert list(folder.list_keys()) == ["datasets/ds_1/table.parquet"]
    folder.delete("datasets/ds_1/table.parquet")
    folder.delete("datasets/ds_1/table.parquet")
    assert list((tmp_path / "deep" / "files" / "datasets").iterdir()) == []


def test_keys_are_listed_in_order_by_their_beginning(files: FileStore) -> None:
    for key in ("datasets/ds_2/original", "datasets/ds_1/table.parquet", "datasets/ds_1/original", "other/thing"):
        files.put([b"x"], key, 10)
    assert list(files.list_keys("datasets/ds_1/")) == ["datasets/ds_1/original", "datasets/ds_1/table.parquet"]
    assert len(list(files.list_keys())) == 4


def test_a_missing_file_is_an_error_before_the_first_byte(files: FileStore) -> None:
    for ask in (files.stat, files.read_chunks, lambda key: files.local_copy(key).__enter__()):
        with pytest.raises(FileNotFound):
            ask(KEY)
    assert not files.exists(KEY)
    files.delete(KEY)


@pytest.mark.parametrize(
    "key",
    ["", "original", "../etc/passwd", "/etc/passwd", "datasets/../x", "datasets/.x", "a//b", "A/b", "a/b\n", "a/b/"],
)
def test_an_invalid_storage_key_never_becomes_a_path(files: FileStore, key: str) -> None:
    for ask in (files.exists, files.delete, files.read_chunks, lambda key: files.put([b"x"], key, 10)):
        with pytest.raises(ValueError, match="no key"):
            ask(key)


def test_free_space_is_known_before_the_first_file(files: FileStore) -> None:
    assert files.free_bytes() > 0


def test_a_missing_file_is_noticed_before_its_first_byte(files: FileStore) -> None:
    with pytest.raises(FileNotFound):
        files.read_chunks(KEY, 0, 5)


def test_a_moved_file_is_only_under_its_new_key(files: FileStore) -> None:
    files.put([b"data"], KEY, 10)
    files.move(KEY, f"trash/20261231/{KEY}")
    files.move("datasets/ds_missing/original", f"trash/20261231/{KEY}")
    assert list(files.list_keys()) == [f"trash/20261231/{KEY}"]
    assert b"".join(files.read_chunks(f"trash/20261231/{KEY}")) == b"data"
