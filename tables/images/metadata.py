"""Metadata in image files, taken out before an image library reads them, for it may be made to cost minutes.

A JPEG file (ITU-T T.81, annex B), a PNG file (W3C, section 11) and the first image of a GIF file (version 89a) are put
together anew from the parts that their pixels need. Of Exif (version 2.32) only the orientation is read.
"""

from collections.abc import Iterator
from typing import Final

MAX_PARTS: Final = 20_000
"""The most segments, chunks or blocks of a file, of which ordinary ones have a few thousand."""

MAX_TABLE_BYTES: Final = 2**16
"""The most bytes of the tables before the scans of a JPEG file, which has one or two thousand."""

MAX_SCANS: Final = 32
"""The most scans of a JPEG file, each of which passes over all of the image; a progressive one has about ten."""

_MAX_ENTRIES: Final = 1_000
_ORIENTATION_TAG: Final = 0x0112
_SHORT, _LONG = 3, 4

_JPEG, _PNG, _GIF = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", (b"GIF87a", b"GIF89a")
_EXIF: Final = b"Exif\0\0"
_SCAN, _APP0, _APP1, _APP14 = 0xDA, 0xE0, 0xE1, 0xEE
_TABLES: Final = frozenset({*range(0xC0, 0xD0), 0xDB, 0xDD}) - {0xC8}
"""Markers of frames, and of tables for Huffman and arithmetic coding, quantization and restarts."""
_BARE_MARKERS: Final = frozenset({0x00, 0x01, *range(0xD0, 0xDA)})
"""Markers of segments without a length, and bytes that are skipped."""
_PIXEL_CHUNKS: Final = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
_EXTENSION, _GRAPHIC_CONTROL = 0x21, 0xF9


def strip_metadata(data: bytes) -> tuple[bytes, bytes]:
    """A file of an image without its metadata, and its Exif, which is empty if there is none.

    A file of another format than JPEG, PNG and GIF is as it was.

    Raises:
        ValueError: its parts do not follow each other, or are too many.
    """
    if data.startswith(_JPEG):
        return _strip_jpeg(data)
    if data.startswith(_PNG):
        return _strip_png(data)
    return (_strip_gif(data) if data.startswith(_GIF) else data), b""


def read_orientation(exif: bytes) -> int:
    """The orientation that Exif gives, 1 (upright) to 8; 1 if there is none or it cannot be read."""
    tiff = exif.removeprefix(_EXIF)
    order = {b"II*\0": "little", b"MM\0*": "big"}.get(tiff[:4])
    if order is None:
        return 1

    def read(at: int, size: int) -> int:
        return int.from_bytes(tiff[at : at + size], "little" if order == "little" else "big")

    directory = read(4, 4)
    for number in range(min(read(directory, 2), _MAX_ENTRIES)):
        entry = directory + 2 + 12 * number
        if read(entry, 2) == _ORIENTATION_TAG and (kind := read(entry + 2, 2)) in {_SHORT, _LONG}:
            value = read(entry + 8, 2 if kind == _SHORT else 4)
            return value if 1 <= value <= 8 else 1
    return 1


def _strip_jpeg(data: bytes) -> tuple[bytes, bytes]:
    kept, exif, at, table_bytes = [data[:2]], b"", 2, 0
    for _ in _count_parts():
        mark = data[at : at + 2]
        if len(mark) < 2:
            raise ValueError("it is cut off before its first scan")
        if mark[0] != 0xFF:
            raise ValueError(f"no segment begins at byte {at:,}")
        if mark[1] == _SCAN:
            break
        if mark[1] == 0xFF or mark[1] in _BARE_MARKERS:
            at += 1 if mark[1] == 0xFF else 2
            continue
        end = at + 2 + max(2, int.from_bytes(data[at + 2 : at + 4], "big"))
        segment, at = data[at:end], end
        if mark[1] == _APP1 and not exif and segment.startswith(_EXIF, 4):
            exif = segment[4:]
        is_tag = mark[1] == _APP0 and segment.startswith(b"JFIF", 4)
        if is_tag or mark[1] in _TABLES or (mark[1] == _APP14 and segment.startswith(b"Adobe", 4)):
            kept.append(segment)
            table_bytes += len(segment)
    if table_bytes > MAX_TABLE_BYTES:
        raise ValueError(f"its tables have {table_bytes:,} bytes, and at most {MAX_TABLE_BYTES:,} are read")
    # in the data of a scan no other byte than 0 and those of restarts follows 255
    if (scans := data.count(bytes((0xFF, _SCAN)), at)) > MAX_SCANS:
        raise ValueError(f"it has {scans:,} scans, and at most {MAX_SCANS} are read")
    return b"".join((*kept, memoryview(data)[at:])), exif


def _strip_png(data: bytes) -> tuple[bytes, bytes]:
    kept, exif, at = [memoryview(data)[:8]], b"", 8
    for _ in _count_parts():
        kind, end = data[at + 4 : at + 8], at + 12 + int.from_bytes(data[at : at + 4], "big")
        if kind in _PIXEL_CHUNKS:
            kept.append(memoryview(data)[at:end])
        elif kind == b"eXIf" and not exif:
            exif = data[at + 8 : end - 4]
        at = end
        if kind == b"IEND" or at >= len(data):
            break
    return b"".join(kept), exif


def _strip_gif(data: bytes) -> bytes:
    if len(data) < 13:
        raise ValueError("it is cut off in its head")
    head = at = 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0)
    control = b""
    parts = _count_parts()
    while data[at : at + 1] == bytes((_EXTENSION,)):
        begin, at = at, at + 2
        while (size := data[at] if at < len(data) else 0) and next(parts) >= 0:
            at += 1 + size
        at += 1
        if data[begin + 1 : begin + 2] == bytes((_GRAPHIC_CONTROL,)):
            control = data[begin:at]
        next(parts)
    return b"".join((data[:head], control, memoryview(data)[at:]))


def _count_parts() -> Iterator[int]:
    """The numbers of the parts of a file.

    Raises:
        ValueError: there are more than may be.
    """
    yield from range(MAX_PARTS)
    raise ValueError(f"it has more than {MAX_PARTS:,} parts")
