"""The S3 file store: multipart uploads, concurrent replacement, unreachable servers."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.settings import InvalidSettings, load_settings
from store.errors import FileNotFound, StorageUnavailable
from store.files import open_file_store
from store.files.files import FileStore
from store.files.s3 import BLOCK_BYTES, BucketFileStore
from tests.object_storage import ObjectStorage, make_settings

KEY = "datasets/ds_1/original"


def test_a_file_of_many_parts_comes_back_whole_and_in_ranges(object_storage: ObjectStorage, tmp_path: Path) -> None:
    files = open_file_store(make_settings(tmp_path, object_storage.bucket()))
    data = os.urandom(2 * BLOCK_BYTES + 12_345)
    files.put((data[start : start + 100_000] for start in range(0, len(data), 100_000)), KEY, len(data))
    assert b"".join(files.read_chunks(KEY)) == data
    assert (
        b"".join(files.read_chunks(KEY, BLOCK_BYTES - 5, 2 * BLOCK_BYTES + 5))
        == data[BLOCK_BYTES - 5 : 2 * BLOCK_BYTES + 5]
    )
    with files.create("datasets/ds_1/copy") as path:
        path.write_bytes(data)
    with files.local_copy("datasets/ds_1/copy") as path:
        assert path.read_bytes() == data
    assert not path.exists()


def test_an_upload_that_breaks_off_is_aborted(object_storage: ObjectStorage, tmp_path: Path) -> None:
    bucket = object_storage.bucket()
    begun = list[str]()

    def break_off() -> Iterator[bytes]:
        for _ in range(4):
            yield b"x" * BLOCK_BYTES
        begun.append(object_storage.uploads(bucket))
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        open_file_store(make_settings(tmp_path, bucket)).put(break_off(), KEY, 10**9)
    assert "<UploadId>" in begun[0]
    assert "<UploadId>" not in object_storage.uploads(bucket)


def test_a_process_killed_during_an_upload_leaves_no_visible_object(
    object_storage: ObjectStorage, tmp_path: Path
) -> None:
    program = """
import os, signal
from contract.settings import Settings
from store.files import open_file_store

def stream():
    for _ in range(4):
        yield b"x" * 5_000_000
    os.kill(os.getpid(), signal.SIGKILL)

open_file_store(Settings()).put(stream(), "datasets/ds_1/original", 10**9)
"""
    bucket = object_storage.bucket()
    environment = {f"GRADUS_{name.upper()}": str(value) for name, value in bucket.items()}
    ended = subprocess.run([sys.executable, "-c", program], check=False, env={**os.environ, **environment})
    files = open_file_store(make_settings(tmp_path, bucket))
    assert ended.returncode == -signal.SIGKILL
    assert list(files.list_keys()) == []
    assert not files.exists(KEY)


def test_scratch_files_left_by_a_crash_are_deleted(object_storage: ObjectStorage, tmp_path: Path) -> None:
    files = open_file_store(make_settings(tmp_path, object_storage.bucket()))
    files.put([b"x"], KEY, 10)
    with files.local_copy(KEY) as path:
        assert files.delete_parts(3600) == 0
        os.utime(path, (0, 0))
        assert files.delete_parts(3600) == 1
        assert not path.exists()


def test_a_read_of_a_file_replaced_meanwhile_is_never_a_mixture(object_storage: ObjectStorage, tmp_path: Path) -> None:
    files = open_file_store(make_settings(tmp_path, object_storage.bucket()))
    files.put([b"a" * 2 * BLOCK_BYTES], KEY, 10**9)
    reader = files.read_chunks(KEY)
    assert next(reader) == b"a" * BLOCK_BYTES
    files.put([b"b" * 2 * BLOCK_BYTES], KEY, 10**9)
    with pytest.raises(FileNotFound):
        next(reader)


def everything_fails(files: FileStore) -> None:
    def create() -> None:
        with files.create(KEY) as path:
            path.write_bytes(b"x")

    for ask in (files.check, lambda: files.put([b"x"], KEY, 10), create, lambda: list(files.list_keys())):
        with pytest.raises(StorageUnavailable):
            ask()


def test_an_unreachable_object_store_is_a_storage_error(tmp_path: Path) -> None:
    gone = {
        "storage_url": "s3://bucket",
        "s3_endpoint": "http://127.0.0.1:9",
        "s3_access_key_id": "a",
        "s3_secret_access_key": "b",
    }
    files = open_file_store(make_settings(tmp_path, gone))
    everything_fails(files)
    for ask in (files.stat, files.read_chunks, files.delete, files.exists):
        with pytest.raises(StorageUnavailable, match="does not answer"):
            ask(KEY)


def test_a_missing_bucket_is_a_storage_error(object_storage: ObjectStorage, tmp_path: Path) -> None:
    lost = object_storage.bucket() | {"storage_url": "s3://no-such-bucket"}
    everything_fails(open_file_store(make_settings(tmp_path, lost)))


def test_a_bucket_without_its_keys_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings, match=r"^GRADUS_STORAGE_URL .* GRADUS_S3_ACCESS_KEY_ID .*\.$"):
        load_settings(data_dir=tmp_path, storage_url="s3://bucket")


def test_the_secret_is_in_no_description(tmp_path: Path) -> None:
    settings = make_settings(
        tmp_path, {"storage_url": "s3://bucket", "s3_access_key_id": "a", "s3_secret_access_key": "hush-hush"}
    )
    files = open_file_store(settings)
    assert isinstance(files, BucketFileStore)
    assert "hush-hush" not in f"{settings!r} {files!r} {vars(files)!r}"
