"""What only a bucket can do wrong: uploads in parts, readers that are overtaken, servers that are away."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.settings import WrongSettings, chosen
from store.errors import NotThere, StorageAway
from store.files.files import Files
from store.files.s3 import BLOCK, BucketFiles
from store.files.storage import open_files
from tests.object_storage import ObjectStorage, settings_of

KEY = "datasets/ds_1/original"


def test_a_file_of_many_parts_comes_back_whole_and_in_ranges(object_storage: ObjectStorage, tmp_path: Path) -> None:
    files = open_files(settings_of(tmp_path, object_storage.bucket()))
    data = os.urandom(2 * BLOCK + 12_345)
    files.put((data[start : start + 100_000] for start in range(0, len(data), 100_000)), KEY, len(data))
    assert b"".join(files.open(KEY)) == data
    assert b"".join(files.open(KEY, BLOCK - 5, 2 * BLOCK + 5)) == data[BLOCK - 5 : 2 * BLOCK + 5]
    with files.create("datasets/ds_1/copy") as path:
        path.write_bytes(data)
    with files.local("datasets/ds_1/copy") as path:
        assert path.read_bytes() == data
    assert not path.exists()


def test_an_upload_that_breaks_off_is_aborted(object_storage: ObjectStorage, tmp_path: Path) -> None:
    bucket = object_storage.bucket()
    begun = list[str]()

    def broken() -> Iterator[bytes]:
        for _ in range(4):
            yield b"x" * BLOCK
        begun.append(object_storage.uploads(bucket))
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        open_files(settings_of(tmp_path, bucket)).put(broken(), KEY, 10**9)
    assert "<UploadId>" in begun[0]
    assert "<UploadId>" not in object_storage.uploads(bucket)


def test_a_process_killed_in_the_midst_of_an_upload_leaves_nothing_to_be_seen(
    object_storage: ObjectStorage, tmp_path: Path
) -> None:
    program = """
import os, signal
from contract.settings import Settings
from store.files.storage import open_files

def stream():
    for _ in range(4):
        yield b"x" * 5_000_000
    os.kill(os.getpid(), signal.SIGKILL)

open_files(Settings()).put(stream(), "datasets/ds_1/original", 10**9)
"""
    bucket = object_storage.bucket()
    environment = {f"GRADUS_{name.upper()}": str(value) for name, value in bucket.items()}
    ended = subprocess.run([sys.executable, "-c", program], check=False, env={**os.environ, **environment})
    files = open_files(settings_of(tmp_path, bucket))
    assert ended.returncode == -signal.SIGKILL
    assert list(files.keys()) == []
    assert not files.exists(KEY)


def test_scratch_files_that_a_crash_left_are_swept(object_storage: ObjectStorage, tmp_path: Path) -> None:
    files = open_files(settings_of(tmp_path, object_storage.bucket()))
    files.put([b"x"], KEY, 10)
    with files.local(KEY) as path:
        assert files.sweep_parts(3600) == 0
        os.utime(path, (0, 0))
        assert files.sweep_parts(3600) == 1
        assert not path.exists()


def test_who_reads_what_is_replaced_meanwhile_never_gets_a_mixture(
    object_storage: ObjectStorage, tmp_path: Path
) -> None:
    files = open_files(settings_of(tmp_path, object_storage.bucket()))
    files.put([b"a" * 2 * BLOCK], KEY, 10**9)
    reader = files.open(KEY)
    assert next(reader) == b"a" * BLOCK
    files.put([b"b" * 2 * BLOCK], KEY, 10**9)
    with pytest.raises(NotThere):
        next(reader)


def everything_fails(files: Files) -> None:
    def create() -> None:
        with files.create(KEY) as path:
            path.write_bytes(b"x")

    for ask in (files.check, lambda: files.put([b"x"], KEY, 10), create, lambda: list(files.keys())):
        with pytest.raises(StorageAway):
            ask()


def test_a_server_that_is_away_is_told_as_such(tmp_path: Path) -> None:
    gone = {
        "storage_url": "s3://bucket",
        "s3_endpoint": "http://127.0.0.1:9",
        "s3_access_key_id": "a",
        "s3_secret_access_key": "b",
    }
    files = open_files(settings_of(tmp_path, gone))
    everything_fails(files)
    for ask in (files.size, files.open, files.delete, files.exists):
        with pytest.raises(StorageAway, match="does not answer"):
            ask(KEY)


def test_a_bucket_that_is_not_there_is_told_as_such(object_storage: ObjectStorage, tmp_path: Path) -> None:
    lost = object_storage.bucket() | {"storage_url": "s3://no-such-bucket"}
    everything_fails(open_files(settings_of(tmp_path, lost)))


def test_a_bucket_without_its_keys_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongSettings, match=r"^GRADUS_STORAGE_URL .* GRADUS_S3_ACCESS_KEY_ID .*\.$"):
        chosen(data_dir=tmp_path, storage_url="s3://bucket")


def test_the_secret_is_in_no_description(tmp_path: Path) -> None:
    settings = settings_of(
        tmp_path, {"storage_url": "s3://bucket", "s3_access_key_id": "a", "s3_secret_access_key": "hush-hush"}
    )
    files = open_files(settings)
    assert isinstance(files, BucketFiles)
    assert "hush-hush" not in f"{settings!r} {files!r} {files._bucket!r}"
