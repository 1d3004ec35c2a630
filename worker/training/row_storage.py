"""Storage of encoded rows while a job trains on them: in memory while there is enough, else in files on the disk.

The files have no names, so the system deletes them with the process that uses them, however it ends.
"""

import errno
import math
import mmap
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from store.errors import DiskFull


class ArrayAllocator:
    """Allocates arrays, in memory as long as all of them together take no more than `memory_bytes`."""

    def __init__(self, folder: Path, memory_bytes: int) -> None:
        self._folder = folder
        self._free_bytes = memory_bytes

    def __call__(self, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """An array of that shape.

        Raises:
            DiskFull: the disk is full.
        """
        size = math.prod(shape) * np.dtype(dtype).itemsize
        if size > self._free_bytes:
            return np.frombuffer(_map_file(self._folder, size), dtype).reshape(shape)
        self._free_bytes -= size
        return np.empty(shape, dtype)


def _map_file(folder: Path, size: int) -> mmap.mmap:
    """A file of so many bytes without a name, mapped."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, size)  # a disk that is full says so now, and not by a signal later
            else:
                file.truncate(size)
            return mmap.mmap(file.fileno(), size)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull from error
        raise
