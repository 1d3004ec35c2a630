"""Small pictures: an opened image made small, upright, grey or RGB and without transparency, and its pixels at a size.

Exported models see pictures by the same functions, which therefore need nothing but NumPy and Pillow.
"""

from io import BytesIO
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tables.images.errors import UnusableImage

IMAGE_FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
MAX_PIXELS: Final = 50_000_000
MAX_SIDE_RATIO: Final = 20
"""The most that one side of an image may be longer than the other."""

MAX_STORED_SIDE: Final = 256
"""The longest side of a picture as it is kept, in pixels."""

MAX_LOSSLESS_SIDE: Final = 64
JPEG_QUALITY: Final = 90
TRANSPOSITIONS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""How an image with an orientation of Exif (version 2.32, 4.6.4) is turned upright."""


def check_size(width: int, height: int) -> None:
    """Check the size of an image.

    Raises:
        UnusableImage: image_too_large, odd_shape.
    """
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


def reduce_image(image: Image.Image, orientation: int) -> NDArray[np.uint8]:
    """The pixels of an image made small and upright, uint8 (height, width) if all are grey, else (height, width, 3)."""
    if image.mode.startswith("I;16"):
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    elif image.mode == "1":
        image = image.convert("L")
    elif image.mode == "P" or (image.has_transparency_data and image.mode != "RGBA"):
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    image.thumbnail((MAX_STORED_SIDE, MAX_STORED_SIDE), Image.Resampling.LANCZOS)
    return flatten_image(image.transpose(TRANSPOSITIONS[orientation]) if orientation in TRANSPOSITIONS else image)


def flatten_image(image: Image.Image) -> NDArray[np.uint8]:
    """The pixels on white, uint8 (height, width) if all are grey, else (height, width, 3)."""
    if image.mode == "L":
        return np.array(image)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    pixels = np.array(image.convert("RGB"))
    is_grey = (pixels[..., 0] == pixels[..., 1]).all() and (pixels[..., 1] == pixels[..., 2]).all()
    return np.ascontiguousarray(pixels[..., 0]) if is_grey else pixels


def encode_picture(pixels: NDArray[np.uint8]) -> bytes:
    """Pixels, uint8 (height, width) or (height, width, 3), as PNG, or as JPEG if a side is longer than 64."""
    file = BytesIO()
    if is_lossless(pixels):
        Image.fromarray(pixels).save(file, "PNG")
    else:
        Image.fromarray(pixels).save(file, "JPEG", quality=JPEG_QUALITY)
    return file.getvalue()


def is_lossless(pixels: NDArray[np.uint8]) -> bool:
    """Whether a small picture is kept as PNG."""
    return max(pixels.shape[:2]) <= MAX_LOSSLESS_SIDE


def fill_pixels(pixels: NDArray[np.uint8], out: NDArray[np.uint8]) -> None:
    """Write the pixels of a small picture, as it would be kept, into `out` (channels, height, width)."""
    if is_lossless(pixels):
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
