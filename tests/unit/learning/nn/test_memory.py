"""Memory of plans: where its arrays begin, and that none overlap."""

from itertools import combinations
from threading import Thread

import numpy as np
import pytest

from learning.nn.memory import BLOCK_BYTES, CACHE_LINE_BYTES, MAX_CUT_BYTES, allocate_full, allocate_zeros


@pytest.mark.parametrize("shape", [(), 0, 7, (3, 5), (129, 768), (1, MAX_CUT_BYTES // 4 + 1)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_arrays_are_like_those_of_numpy_and_begin_on_a_cache_line(
    shape: tuple[int, ...] | int, dtype: type[np.floating]
) -> None:
    like: np.ndarray = np.full(shape, 2.5, dtype)

    array = allocate_full(shape, 2.5, dtype)

    np.testing.assert_array_equal(array, like, strict=True)
    assert array.flags.c_contiguous
    assert array.flags.writeable
    np.testing.assert_array_equal(zeros := allocate_zeros(shape, dtype), np.zeros(shape, dtype), strict=True)
    assert array.ctypes.data % CACHE_LINE_BYTES == zeros.ctypes.data % CACHE_LINE_BYTES == 0


def test_no_two_arrays_share_memory_also_of_other_threads() -> None:
    size = BLOCK_BYTES // 3 // 4
    arrays = [allocate_full((size // 2,), float(number), np.float32) for number in range(9)]
    thread = Thread(target=lambda: arrays.append(allocate_full((size // 2,), 9.0, np.float32)))
    thread.start()
    thread.join()

    assert not any(np.shares_memory(one, other) for one, other in combinations(arrays, 2))
    assert all((array == number).all() for number, array in enumerate(arrays))


def test_zeros_are_zero_in_memory_that_was_used_before() -> None:
    for _ in range(40):
        allocate_full((BLOCK_BYTES // 16,), np.nan, np.float32)

    assert not any(allocate_zeros((BLOCK_BYTES // 16,), np.float32).any() for _ in range(8))
