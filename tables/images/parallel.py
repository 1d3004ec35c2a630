"""Decoding of many image files on all cores: in their order, and with few of them in memory."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, TypeVar

from process.cores import cores_per_process
from tables.images.decoding import Picture, decode_picture
from tables.images.errors import UnusableImage

MAX_THREADS: Final = 4
"""The most images that are decoded at a time, while which no other Python code has to wait."""

_MIN_BYTES: Final = 1 << 15
"""The least size of a file for which it is worth while to hand it to another thread."""

_FILES_PER_THREAD: Final = 2

Key = TypeVar("Key")
Other = TypeVar("Other")


def decode_pictures(
    files: Iterable[tuple[Key, bytes | Other]],
) -> Iterator[tuple[Key, Picture | UnusableImage | Other]]:
    """The small picture of each file, or the reason why there is none, with the key that came with the file.

    What is there instead of a file's bytes is given back in its place.
    """
    threads = min(cores_per_process(1), MAX_THREADS)
    waiting = deque[tuple[Key, Callable[[], Picture | UnusableImage | Other]]]()
    with ThreadPoolExecutor(threads) as pool:
        for key, file in files:
            is_large = isinstance(file, bytes) and len(file) >= _MIN_BYTES
            waiting.append((key, pool.submit(_decode, file).result if is_large else partial(_decode, file)))
            if len(waiting) > threads * _FILES_PER_THREAD:
                first, get_picture = waiting.popleft()
                yield first, get_picture()
        for key, get_picture in waiting:
            yield key, get_picture()


def _decode(file: bytes | Other) -> Picture | UnusableImage | Other:
    if not isinstance(file, bytes):
        return file
    try:
        return decode_picture(file)
    except UnusableImage as unusable:
        return unusable
