"""Decoding of an image file from outside, of which nothing is believed, and its encoding as a small picture.

The small picture is upright, grey or RGB, without transparency and without what else a file says. Sizes are read before
any pixel is; a JPEG file is decoded at a fraction of its size where that suffices.
"""

from contextlib import nullcontext
from dataclasses import dataclass
from io import BytesIO
from threading import Lock
from typing import Final, NoReturn

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from tables.formats.magic import describe_file
from tables.images.budget import DecodingBudget
from tables.images.errors import UnusableImage
from tables.images.metadata import read_orientation, strip_metadata
from tables.issues import shorten_value

MAX_FILE_BYTES: Final = 20_000_000
MAX_PIXELS: Final = 50_000_000
MAX_SIDE_RATIO: Final = 20
"""The most that one side of an image may be longer than the other."""

MAX_STORED_SIDE: Final = 256
"""The longest side of a picture as it is kept, in pixels."""

_MAX_LOSSLESS_SIDE: Final = 64
_MIN_LARGE_PIXELS: Final = 16_000_000
_large_images: Final = Lock()
"""Images of more than these pixels are decoded one at a time, for one may take some hundred MB."""

_JPEG_QUALITY: Final = 90
_FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
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
_TRANSPOSITIONS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""How an image with an orientation of Exif (version 2.32, 4.6.4) is turned upright."""


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
    if _is_lossless(pixels):
        write_pixels(Image.fromarray(pixels), out)
    else:  # with what JPEG loses, as in training
        with Image.open(BytesIO(encode_picture(pixels))) as image:
            write_pixels(image, out)


def write_pixels(image: Image.Image, out: NDArray[np.uint8]) -> None:
    """Write a small picture, resized, into `out` (channels, height, width), with 1 channel of grey or 3 of RGB."""
    channels, height, width = out.shape
    image.draft(image.mode, (2 * width, 2 * height))  # of a JPEG file no more than that is decoded
    image = image.convert("L" if channels == 1 else "RGB")
    if image.size != (width, height):
        image = image.resize((width, height), Image.Resampling.BILINEAR)
    pixels = np.asarray(image)
    out[...] = pixels if channels == 1 else pixels.transpose(2, 0, 1)


def _read_pixels(data: bytes, budget: DecodingBudget | None = None) -> tuple[NDArray[np.uint8], int, int, str]:
    """The pixels of the small picture of an image file, and width, height and kind of the original."""
    if len(data) > MAX_FILE_BYTES:
        raise_file_too_large(len(data))
    try:
        plain, exif = strip_metadata(data)
        with Image.open(BytesIO(plain), formats=_FORMATS) as image:
            _check_size(*image.size)
            if budget is not None:
                budget.spend(image, plain)
            orientation = read_orientation(exif or image.info.get("exif", b""))
            width, height = image.size[::-1] if orientation >= 5 else image.size
            with _large_images if width * height > _MIN_LARGE_PIXELS else nullcontext():
                return _flatten(_reduce(image, orientation)), width, height, (image.format or "").lower()
    except (UnusableImage, MemoryError):
        raise
    except UnidentifiedImageError:
        raise _describe_unknown(data[:512]) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise UnusableImage("image_too_large", f"It has more than {MAX_PIXELS:,} pixels: make it smaller.") from None
    except Exception as error:  # an image library raises whatever a broken file leads it to
        reason = shorten_value(str(error) or type(error).__name__)
        raise UnusableImage("broken_image", f"It cannot be decoded: {reason}. Save it again.") from error


def raise_file_too_large(size: int) -> NoReturn:
    """Raise UnusableImage for a file of more than MAX_FILE_BYTES."""
    raise UnusableImage("file_too_large", f"It has {size:,} bytes, and at most {MAX_FILE_BYTES:,} are read.")


def encode_picture(pixels: NDArray[np.uint8]) -> bytes:
    """Pixels, uint8 (height, width) or (height, width, 3), as PNG, or as JPEG if a side is longer than 64."""
    file = BytesIO()
    if _is_lossless(pixels):
        Image.fromarray(pixels).save(file, "PNG")
    else:
        Image.fromarray(pixels).save(file, "JPEG", quality=_JPEG_QUALITY)
    return file.getvalue()


def _is_lossless(pixels: NDArray[np.uint8]) -> bool:
    """Whether a small picture is kept as PNG."""
    return max(pixels.shape[:2]) <= _MAX_LOSSLESS_SIDE


def _describe_unknown(head: bytes) -> UnusableImage:
    """The error about a file that begins like no image that is read."""
    what = next((what for at, magic, what in _OTHER_IMAGES if head[at:].startswith(magic)), None) or describe_file(head)
    if what is not None and what.endswith(" image") and what not in {each[2] for each in _OTHER_IMAGES}:
        return UnusableImage("broken_image", f"It begins like {what}, but its head is broken. Save it again.")
    is_what = f"It is {what}" if what else "It is no image" if head else "It is empty"
    return UnusableImage("not_an_image", f"{is_what}: images are read as JPEG, PNG, WebP, GIF or BMP.")


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise UnusableImage(
            "image_too_large",
            f"It has {width:,} x {height:,} pixels, and at most {MAX_PIXELS:,} are decoded: make it smaller.",
        )
    if max(width, height) > MAX_SIDE_RATIO * min(width, height):
        raise UnusableImage(
            "odd_shape",
            f"It has {width:,} x {height:,} pixels: one side is more than {MAX_SIDE_RATIO} times as long as the other.",
        )


def _reduce(image: Image.Image, orientation: int) -> Image.Image:
    """The image made small and upright, in a mode that can be resized."""
    if image.mode.startswith("I;16"):
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    elif image.mode == "1":
        image = image.convert("L")
    elif image.mode == "P" or (image.has_transparency_data and image.mode != "RGBA"):
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    image.thumbnail((MAX_STORED_SIDE, MAX_STORED_SIDE), Image.Resampling.LANCZOS)
    return image.transpose(_TRANSPOSITIONS[orientation]) if orientation in _TRANSPOSITIONS else image


def _flatten(image: Image.Image) -> NDArray[np.uint8]:
    """The pixels on white, uint8 (height, width) if all are grey, else (height, width, 3)."""
    if image.mode == "L":
        return np.array(image)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    pixels = np.array(image.convert("RGB"))
    is_grey = (pixels[..., 0] == pixels[..., 1]).all() and (pixels[..., 1] == pixels[..., 2]).all()
    return np.ascontiguousarray(pixels[..., 0]) if is_grey else pixels
