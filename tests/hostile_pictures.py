"""Image files that are made to cost minutes or gigabytes, or to be taken for others, and what becomes of each."""

import struct
import zlib
from collections.abc import Callable
from typing import Final

import numpy as np
from PIL import Image

from tests.pictures import draw, save, zip_of

MANY: Final = 1_500_000
"""So many parts take a library seconds, and fit into the largest file."""

JPEG: Final = save(draw(0, 64, 48), "JPEG")
PNG: Final = save(draw(0, 64, 48))
GIF: Final = save(draw(0, 64, 48), "GIF")
BULK_BYTES: Final = 19_000_000


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG file."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def segment(marker: int, data: bytes) -> bytes:
    """A segment of a JPEG file."""
    return bytes((0xFF, marker)) + struct.pack(">H", len(data) + 2) + data


def insert_chunks(chunks: bytes, png: bytes = PNG) -> bytes:
    """A PNG file with more chunks after its header."""
    return png[:33] + chunks + png[33:]


def insert_segments(segments: bytes, jpeg: bytes = JPEG) -> bytes:
    """A JPEG file with more segments at its beginning."""
    return jpeg[:2] + segments + jpeg[2:]


def insert_blocks(blocks: bytes, gif: bytes = GIF) -> bytes:
    """A GIF file with more blocks before its image."""
    at = 13 + (3 << (gif[10] & 7) + 1)
    return gif[:at] + blocks + gif[at:]


def exif_bomb(entries: int = 65_000, size: int = 4_000_000) -> bytes:
    """Exif of entries that each claim all of its bytes, so that reading them takes entries times size."""
    listed = b"".join(struct.pack("<HHII", tag, 7, size, 0) for tag in range(entries))
    return b"II*\0" + struct.pack("<IH", 8, entries) + listed + bytes(4 + size)


def jpeg_exif_bomb() -> bytes:
    """Exif over as many segments as it takes."""
    exif = exif_bomb(size=2_000_000)
    pieces = (exif[at : at + 65_000] for at in range(0, len(exif), 65_000))
    return insert_segments(b"".join(segment(0xE1, b"Exif\0\0" + piece) for piece in pieces))


def many_scans(scans: int = 4_000, side: int = 4_000) -> bytes:
    """A progressive JPEG file whose last scan, of almost no bytes, is there again and again."""
    data = save(Image.new("L", (side, side), 90), "JPEG", progressive=True)
    last = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + last * scans + b"\xff\xd9"


def split_png(pieces: int) -> bytes:
    """A PNG file whose pixels come in chunks of one byte, and as many empty ones."""
    at = PNG.index(b"IDAT") - 4
    return PNG[:at] + chunk(b"IDAT", b"") * pieces + PNG[at:]


def animation(frames: int) -> bytes:
    """A GIF file of many frames."""
    data = save(draw(0, 16, 16).quantize(4), "GIF")
    image = data[13 + (3 << (data[10] & 7) + 1) : -1]
    return data[:-1] + image * frames + b";"


def one_colour(side: int) -> bytes:
    """A PNG file of one colour, of which a thousandfold comes out."""
    head = struct.pack(">IIBBBBB", side, side, 8, 3, 0, 0, 0)
    chunks = (chunk(b"IHDR", head), chunk(b"PLTE", bytes(3)), chunk(b"tRNS", b"\0"))
    return PNG[:8] + b"".join(chunks) + chunk(b"IDAT", zlib.compress(bytes(side * (side + 1)), 1)) + PNG[-12:]


def webp_canvas() -> bytes:
    """A WebP file that claims the largest canvas there is around a small image."""
    image = save(draw(0, 8, 8), "WEBP", lossless=True)[12:]
    head = chunk_of_riff(b"VP8X", bytes((0, 0, 0, 0)) + (16_382).to_bytes(3, "little") * 2)
    return b"RIFF" + struct.pack("<I", 4 + len(head) + len(image)) + b"WEBP" + head + image


def chunk_of_riff(kind: bytes, data: bytes) -> bytes:
    """A chunk of a WebP file."""
    return kind + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)


def claim_size(width: int, height: int) -> bytes:
    """A PNG file whose header claims a size that its pixels have not."""
    return PNG[:8] + chunk(b"IHDR", struct.pack(">II", width, height) + PNG[24:29]) + PNG[33:]


def noise_in_scan() -> bytes:
    """A JPEG file with markers of restarts, and bytes of chance, in its scan."""
    at = JPEG.index(b"\xff\xda") + 30
    chance = np.random.default_rng(0).bytes(400).replace(b"\xff", b"\0")
    return JPEG[:at] + b"\xff\xd3\xff\xd7" + chance + b"\xff\xd0" * 200 + JPEG[at:]


HOSTILE_PICTURES: Final[dict[str, tuple[Callable[[], bytes], str | None]]] = {
    "PNG: Exif of 65,000 entries of 4 MB each": (lambda: insert_chunks(chunk(b"eXIf", exif_bomb())), None),
    "JPEG: Exif of 65,000 entries of 2 MB each": (jpeg_exif_bomb, None),
    "JPEG: 1.5 million comments": (lambda: insert_segments(segment(0xFE, b"") * MANY), "broken_image"),
    "JPEG: 19 MB of fill": (lambda: insert_segments(b"\xff" * BULK_BYTES), "broken_image"),
    "JPEG: 19 MB of quantization tables": (
        lambda: insert_segments(segment(0xDB, (b"\0" + bytes(64)) * 1_000) * 290),
        "broken_image",
    ),
    "JPEG: 4,000 scans": (many_scans, "broken_image"),
    "JPEG: noise and restarts": (noise_in_scan, None),
    "JPEG: a script behind it": (lambda: JPEG + b"<script>alert(1)</script>" * 1_000, None),
    "JPEG: a ZIP behind it": (lambda: JPEG + zip_of({"a": b"b"}), None),
    "PNG: 1.5 million chunks": (lambda: insert_chunks(chunk(b"teSt", b"") * MANY), "broken_image"),
    "PNG: pixels in 1.5 million pieces": (lambda: split_png(MANY), "broken_image"),
    "PNG: a colour profile of 1 GB": (
        lambda: insert_chunks(chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(10**8), 1) * 10)),
        None,
    ),
    "PNG: a text of 100 MB": (lambda: insert_chunks(chunk(b"zTXt", b"x\0\0" + zlib.compress(bytes(10**8), 1))), None),
    "PNG: a palette of 19 MB": (lambda: insert_chunks(chunk(b"PLTE", bytes(BULK_BYTES))), None),
    "PNG: 7,000 x 7,000 of one colour": (lambda: one_colour(7_000), None),
    "PNG: claims 20,000 x 20,000": (lambda: claim_size(20_000, 20_000), "image_too_large"),
    "PNG: claims 7,000 x 7,000": (lambda: claim_size(7_000, 7_000), "broken_image"),
    "PNG: claims 2^31 x 1": (lambda: claim_size(2**31 - 1, 1), "image_too_large"),
    "PNG: claims 0 x 0": (lambda: claim_size(0, 0), "broken_image"),
    "PNG: 100,000 x 1": (lambda: save(Image.new("1", (100_000, 1))), "odd_shape"),
    "GIF: 9 million blocks of a comment": (
        lambda: insert_blocks(b"!\xfe" + b"\1x" * 9_000_000 + b"\0"),
        "broken_image",
    ),
    "GIF: comments of 5 MB": (lambda: insert_blocks((b"!\xfe" + (b"\xff" + bytes(255)) + b"\0") * 9_000), None),
    "GIF: 10,000 frames": (lambda: animation(10_000), None),
    "WebP: claims 16,383 x 16,383": (webp_canvas, "image_too_large"),
    "BMP: cut off": (lambda: save(draw(), "BMP")[:200], "broken_image"),
    "SVG": (
        lambda: b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>",
        "not_an_image",
    ),
    "EPS": (lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) run\n", "not_an_image"),
    "GIF that is a ZIP": (lambda: b"GIF89a" + zip_of({"a": b"b"}), "broken_image"),
    "nothing": (lambda: b"", "not_an_image"),
}
"""What makes each file, and the code of the issue that it becomes; None for a picture."""
