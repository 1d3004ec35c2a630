"""Memory for the arrays of plans: they begin on a cache line, and large ones lie side by side on large pages.

NumPy's vector instructions read half as fast what begins elsewhere; and where a step touches more small pages than the
processor remembers the places of, it spends a tenth of its time looking them up.
"""

import math
import threading
from typing import Final, cast

import numpy as np
from numpy.typing import DTypeLike, NDArray

CACHE_LINE_BYTES: Final = 64

BLOCK_BYTES: Final = 2**24
"""The size of a block that arrays are cut from. NumPy asks for large pages from 4 MB on."""

MIN_CUT_BYTES, MAX_CUT_BYTES = 2**15, 2**22
"""The sizes between which arrays are cut from a block: smaller ones share few pages anyway, and larger ones are blocks
of their own."""


class _Blocks(threading.local):
    """The block of each thread that arrays are cut from; it is freed with the last of them."""

    def __init__(self) -> None:
        self.rest: NDArray[np.uint8] = np.empty(0, np.uint8)

    def cut(self, size: int) -> NDArray[np.uint8]:
        """Cut so many bytes off, which are a multiple of a cache line."""
        if len(self.rest) < size:
            self.rest = _align(np.empty(BLOCK_BYTES, np.uint8))
        found, self.rest = self.rest[:size], self.rest[size:]
        return found


_blocks = _Blocks()


def allocate(shape: tuple[int, ...] | int, dtype: DTypeLike) -> NDArray[np.floating]:
    """Allocate an array as `np.empty` does, in the order of C."""
    size = _count_bytes(shape, dtype)
    if MIN_CUT_BYTES <= size <= MAX_CUT_BYTES:
        return _view(_blocks.cut(-(-size // CACHE_LINE_BYTES) * CACHE_LINE_BYTES), shape, dtype)
    return _view(_align(np.empty(size + CACHE_LINE_BYTES, np.uint8)), shape, dtype)


def allocate_full(shape: tuple[int, ...] | int, value: float, dtype: DTypeLike) -> NDArray[np.floating]:
    """Allocate an array and fill it with a value, as `np.full` does."""
    array = allocate(shape, dtype)
    array.fill(value)
    return array


def allocate_zeros(shape: tuple[int, ...] | int, dtype: DTypeLike) -> NDArray[np.floating]:
    """Allocate zeros as `np.zeros` does; large ones take no memory until they are written."""
    size = _count_bytes(shape, dtype)
    if size > MAX_CUT_BYTES:
        return _view(_align(np.zeros(size + CACHE_LINE_BYTES, np.uint8)), shape, dtype)
    return allocate_full(shape, 0.0, dtype)


def _count_bytes(shape: tuple[int, ...] | int, dtype: DTypeLike) -> int:
    return math.prod((shape,) if isinstance(shape, int) else shape) * np.dtype(dtype).itemsize


def _view(memory: NDArray[np.uint8], shape: tuple[int, ...] | int, dtype: DTypeLike) -> NDArray[np.floating]:
    return cast("NDArray[np.floating]", memory[: _count_bytes(shape, dtype)].view(dtype).reshape(shape))


def _align(memory: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return memory[-memory.ctypes.data % CACHE_LINE_BYTES :]
