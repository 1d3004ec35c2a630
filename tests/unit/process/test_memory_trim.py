"""Free memory is given back to the system, but only where a process has grown."""

import pytest

from process.memory_trim import MIN_GROWTH, MemoryTrimmer, find_trim, read_resident


def test_memory_is_given_back_once_for_each_growth() -> None:
    sizes, trimmed = [100], list[int]()
    trimmer = MemoryTrimmer(lambda: trimmed.append(sizes[-1]), lambda: sizes[-1])

    for size in (100, 100 + MIN_GROWTH - 1, 50, 50 + MIN_GROWTH, 50 + MIN_GROWTH, 51 + 2 * MIN_GROWTH):
        sizes.append(size)
        trimmer.look()

    assert trimmed == [50 + MIN_GROWTH, 51 + 2 * MIN_GROWTH]


@pytest.mark.skipif(find_trim() is None, reason="needs glibc")
def test_free_blocks_among_those_in_use_are_given_back() -> None:
    trim = find_trim()
    assert trim is not None
    trimmer = MemoryTrimmer(trim)
    blocks = [bytes([number % 256]) * 100_000 for number in range(2000)]
    kept = blocks[::50]
    large = read_resident()
    del blocks

    trimmer.look()

    assert large - read_resident() > 100_000_000
    assert kept[1] == bytes([50]) * 100_000
