"""Storage of encoded rows: in memory up to a limit, then in unlinked memory-mapped files."""

import errno
import os
import re
from pathlib import Path

import numpy as np
import pytest

from store.errors import DiskFull
from worker.training.row_storage import ArrayAllocator


def is_mapped(array: np.ndarray) -> bool:
    """Whether the array lies in a file: the system lists it with the name that the file once had."""
    address = array.__array_interface__["data"][0]
    for line in Path("/proc/self/maps").read_text().splitlines():
        start, end = (int(part, 16) for part in line.split()[0].split("-"))
        if start <= address < end:
            return re.search(r"\(deleted\)$", line) is not None
    raise AssertionError("the array lies nowhere")


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="only Linux tells where memory lies")
def test_arrays_larger_than_the_limit_are_mapped_from_an_unlinked_file(tmp_path: Path):
    space = ArrayAllocator(tmp_path / "scratch", memory_bytes=10_000)
    small, large, rest = space((1000, 2), np.float32), space((1000, 2), np.float32), space((250,), np.int64)
    assert [is_mapped(array) for array in (small, large, rest)] == [False, True, False]
    assert list((tmp_path / "scratch").iterdir()) == []
    large[...] = np.arange(2000.0).reshape(1000, 2)
    assert (large.shape, large.dtype, large.sum()) == ((1000, 2), np.float32, 1999000.0)


def test_an_empty_array_takes_no_memory(tmp_path: Path):
    assert ArrayAllocator(tmp_path / "scratch", memory_bytes=0)((0, 3), np.float32).shape == (0, 3)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="the system cannot set room aside")
def test_a_full_disk_is_an_error_before_anything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(*_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(DiskFull):
        ArrayAllocator(tmp_path, memory_bytes=0)((10,), np.float32)
