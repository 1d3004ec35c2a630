"""Decoding of an image file from outside, of which nothing is believed, and its encoding as a small picture.

The small picture is upright, grey or RGB, without transparency and without what else a file says. Sizes are read before
any pixel is; a JPEG file is decoded at a fraction of its size where that suffices.
"""

from contextlib import nullcontext
from dataclasses import dataclass
from io import BytesIO
from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from tables.formats.magic import describe_file
from tables.images.budget import DecodingBudget
from tables.images.errors import UnusableImage
from tables.images.file_bytes import MAX_FILE_BYTES, raise_file_too_large
from tables.images.metadata import read_orientation, strip_metadata
from tables.images.small_picture import (
    IMAGE_FORMATS,
    MAX_PIXELS,
    check_size,
    encode_picture,
    fill_pixels,
    reduce_image,
)
from tables.issues import shorten_value

_MIN_LARGE_PIXELS: Final = 16_000_000
_large_images: Final = Lock()
"""Images of more than these pixels are decoded one at a time, for one may take some hundred MB."""

_OTHER_IMAGES: Final = (
    (4, b"ftyphei", "an HEIC image"),
    (4, b"ftypmif1", "an HEIC image"),
    (4, b"ftypmsf1", "an HEIC image"),
    (4, b"ftypavif", "an AVIF image"),
    (4, b"ftypavis", "an AVIF image"),
    (0, b"II*\0\x10\0\0\0CR", "a raw image"),
    (0, b"II*\0", "a TIFF image"),
    (0, b"MM\0*", "a TIFF image"),
    (0, b"\xff\x0a", "a JPEG XL image"),
    (4, b"JXL \r\n", "a JPEG XL image"),
    (4, b"jP  \r\n", "a JPEG 2000 image"),
    (0, b"8BPS", "a Photoshop image"),
    (0, b"\0\0\1\0", "an icon image"),
    (4, b"ftypcrx", "a raw image"),
    (4, b"ftyp", "a video"),
)


@dataclass(frozen=True)
class Picture:
    """A small picture.

    Attributes:
        data: The bytes of a PNG file, or of a JPEG file if a side is longer than 64 pixels.
        width: The width of the original, upright, in pixels; `height` likewise.
        kind: The format of the original: jpeg, png, webp, gif or bmp.
        is_grey: Whether it has one channel instead of three.
    """

    data: bytes
    width: int
    height: int
    kind: str
    is_grey: bool


def decode_picture(data: bytes) -> Picture:
    """The small picture of an image file: of an animation the first frame, upright, on white where it is transparent.

    Raises:
        UnusableImage: it is no image, is broken, or is larger than images may be.
    """
    pixels, width, height, kind = _read_pixels(data)
    return Picture(encode_picture(pixels), width, height, kind, pixels.ndim == 2)


def decode_pixels(data: bytes, out: NDArray[np.uint8], budget: DecodingBudget) -> None:
    """Write an image file, as `decode_picture` reads it, into `out` (channels, height, width).

    Raises:
        UnusableImage: as `decode_picture` does, also if it takes more than is left of the budget.
    """
    pixels, _, _, _ = _read_pixels(data, budget)
    fill_pixels(pixels, out)


def _read_pixels(data: bytes, budget: DecodingBudget | None = None) -> tuple[NDArray[np.uint8], int, int, str]:
    """The pixels of the small picture of an image file, and width, height and kind of the original."""
    if len(data) > MAX_FILE_BYTES:
        raise_file_too_large(len(data))
    try:
        plain, exif = strip_metadata(data)
        with Image.open(BytesIO(plain), formats=IMAGE_FORMATS) as image:
            check_size(*image.size)
            if budget is not None:
                budget.spend(image, plain)
            orientation = read_orientation(exif or image.info.get("exif", b""))
            width, height = image.size[::-1] if orientation >= 5 else image.size
            with _large_images if width * height > _MIN_LARGE_PIXELS else nullcontext():
                return reduce_image(image, orientation), width, height, (image.format or "").lower()
    except (UnusableImage, MemoryError):
        raise
    except UnidentifiedImageError:
        raise _describe_unknown(data[:512]) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise UnusableImage("image_too_large", f"It has more than {MAX_PIXELS:,} pixels: make it smaller.") from None
    except Exception as error:  # an image library raises whatever a broken file leads it to
        reason = shorten_value(str(error) or type(error).__name__)
        raise UnusableImage("broken_image", f"It cannot be decoded: {reason}. Save it again.") from error


def _describe_unknown(head: bytes) -> UnusableImage:
    """The error about a file that begins like no image that is read."""
    what = next((what for at, magic, what in _OTHER_IMAGES if head[at:].startswith(magic)), None) or describe_file(head)
    if what is not None and what.endswith(" image") and what not in {each[2] for each in _OTHER_IMAGES}:
        return UnusableImage("broken_image", f"It begins like {what}, but its head is broken. Save it again.")
    is_what = f"It is {what}" if what else "It is no image" if head else "It is empty"
    return UnusableImage("not_an_image", f"{is_what}: images are read as JPEG, PNG, WebP, GIF or BMP.")
