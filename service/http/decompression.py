"""Streaming gzip decompression in bounded memory, which stops decompression bombs.

The plain bytes are limited in number and in their ratio to the compressed ones, both checked for each chunk.
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
RATIO_CHECK_BYTES: Final = 2**20  # a small table of zeros is no bomb


def decompress(source: Iterator[bytes], limit: int, *, always: bool) -> Iterator[bytes]:
    """The plain bytes of a stream, decompressed if it begins with gzip's magic number, which no text does.

    Args:
        source: the bytes as they arrive.
        limit: the most plain bytes.
        always: whether it was declared as gzip, so that anything else is refused.

    Raises:
        ProblemError: `unreadable-body` for truncated or invalid gzip, `body-too-large` above the limit or the ratio.
    """
    first = next(source, b"")
    while len(first) < len(MAGIC) and (more := next(source, b"")):
        first += more
    source = chain([first], source)
    yield from _gunzip(source, limit) if always or first.startswith(MAGIC) else source


def _gunzip(source: Iterator[bytes], limit: int) -> Iterator[bytes]:
    compressed_bytes = plain_bytes = 0
    stream = zlib.decompressobj(GZIP_HEADER)
    for piece in source:
        compressed_bytes += len(piece)
        left = piece
        while left:
            if stream.eof:  # a gzip file may have several members
                stream = zlib.decompressobj(GZIP_HEADER)
            try:
                plain = stream.decompress(left, CHUNK_BYTES)
            except zlib.error as error:
                raise ProblemError("unreadable-body", f"The body is not valid gzip: {error}.") from None
            left = stream.unused_data if stream.eof else stream.unconsumed_tail
            plain_bytes += len(plain)
            if plain_bytes > limit:
                raise body_too_large(limit)
            if plain_bytes > RATIO_CHECK_BYTES and plain_bytes > MAX_RATIO * compressed_bytes:
                raise ProblemError(
                    "body-too-large",
                    f"The body grows more than {MAX_RATIO}-fold when decompressed; send it uncompressed.",
                )
            if plain:
                yield plain
    if compressed_bytes == 0 or not stream.eof:
        raise ProblemError("unreadable-body", "The body is truncated gzip.")
