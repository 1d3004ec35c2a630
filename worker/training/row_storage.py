"""Storage of encoded rows during training: in memory up to a limit, then in memory-mapped files.

The files are unlinked, so the operating system frees them when the process ends, however it ends.
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
    """Allocates arrays, in memory up to a total of `memory_bytes`, then in files."""

    def __init__(self, folder: Path, memory_bytes: int) -> None:
        self._folder = folder
        self._free_bytes = memory_bytes

    def __call__(self, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """Allocate an array.

        Raises:
            DiskFull: the disk is full.
        """
        size = math.prod(shape) * np.dtype(dtype).itemsize
        if size > self._free_bytes:
            return np.frombuffer(_map_file(self._folder, size), dtype).reshape(shape)
        self._free_bytes -= size
        return np.empty(shape, dtype)


def _map_file(folder: Path, size: int) -> mmap.mmap:
    """Map an unlinked file of this size into memory."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, size)  # a full disk raises an error now, and no SIGBUS later
            else:
                file.truncate(size)
            return mmap.mmap(file.fileno(), size)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull from error
        raise
