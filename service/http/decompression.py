"""Undoes gzip while a body flows, in bounded memory, and stops bombs: files that grow a thousandfold when opened.

What is opened is capped in bytes and in ratio, each checked as it comes, so that little is done for a bomb.
"""

import zlib
from collections.abc import Iterator
from itertools import chain
from typing import Final

from service.http.bodies import CHUNK_BYTES, body_too_large
from service.http.errors import ProblemError

MAGIC: Final = b"\x1f\x8b"
GZIP_HEADER: Final = 16 + zlib.MAX_WBITS
MAX_RATIO: Final = 250
RATIO_CHECK_BYTES: Final = 16 * 2**20  # a small table of zeros is no bomb


def decompress(source: Iterator[bytes], limit: int, *, always: bool) -> Iterator[bytes]:
    """The plain bytes of a stream that is gzip if it begins like gzip; text never does.

    Args:
        source: the bytes as they arrive.
        limit: how many plain bytes there may be.
        always: whether it was said to be gzip, so that anything else is refused.

    Raises:
        ProblemError: `unreadable-body` for torn or wrong gzip, `body-too-large` past the limit or the ratio.
    """
    first = next(source, b"")
    while len(first) < len(MAGIC) and (more := next(source, b"")):
        first += more
    source = chain([first], source)
    yield from _gunzip(source, limit) if always or first.startswith(MAGIC) else source


def _gunzip(source: Iterator[bytes], limit: int) -> Iterator[bytes]:
    taken = given = 0
    stream = zlib.decompressobj(GZIP_HEADER)
    for piece in source:
        taken += len(piece)
        left = piece
        while left:
            if stream.eof:  # a file may be several, one behind the other
                stream = zlib.decompressobj(GZIP_HEADER)
            try:
                plain = stream.decompress(left, CHUNK_BYTES)
            except zlib.error as error:
                raise ProblemError("unreadable-body", f"The body is not whole gzip: {error}.") from None
            left = stream.unused_data if stream.eof else stream.unconsumed_tail
            given += len(plain)
            if given > limit:
                raise body_too_large(limit)
            if given > RATIO_CHECK_BYTES and given > MAX_RATIO * taken:
                raise ProblemError(
                    "body-too-large",
                    f"The body grows more than {MAX_RATIO}-fold when it is decompressed; send it plain.",
                )
            if plain:
                yield plain
    if taken == 0 or not stream.eof:
        raise ProblemError("unreadable-body", "The body is gzip that breaks off.")
