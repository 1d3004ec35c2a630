"""The budget of the pictures of a request: the memory that decoding each takes, by which its time goes as well.

A picture of few bytes may have millions of pixels, and one that is broken is decoded up to its last row.
"""

from typing import Final

from PIL import Image

from tables.images.errors import UnusableImage

MAX_DECODED_BYTES: Final = 2**27
"""The maximum memory of a picture, and of all of a request one after the other, which take a second at most."""

_BYTES_BY_MODE: Final = {"1": 2, "L": 2, "P": 5, "RGB": 4, "RGBA": 8, "I;16": 6}
_OTHER_BYTES: Final = 12
_TRANSPARENT_BYTES: Final = 8
_WEBP_BYTES: Final = 16
_JPEG_BYTES: Final = 2
_SCANNED_BYTES: Final = 3
"""Bytes of a pixel, measured with Pillow 12."""

_LARGE_JPEG_PIXELS: Final = 4_000_000
_LARGE_JPEG_BYTES: Final = 1
"""A JPEG file of so many pixels is decoded at half of its size or less, unless it has several scans."""

_SCANS_PER_BYTE: Final = 8
_FILE_BYTES: Final = 24_000
_KEPT_BYTES: Final = 2
"""So many scans take the time of a byte, a file that of so many, and each pixel of a small picture as it is kept."""


class DecodingBudget:
    """What is left for the pictures of a request."""

    def __init__(self) -> None:
        self._left = MAX_DECODED_BYTES

    @property
    def is_spent(self) -> bool:
        """Whether a picture was refused as one too many, so that the others need not be looked at."""
        return self._left < 0

    def spend(self, image: Image.Image, data: bytes) -> None:
        """Count an image whose head was read from its file's bytes.

        Raises:
            UnusableImage: image_too_large, or too_many_pixels.
        """
        width, height = image.size
        each = estimate_pixel_bytes(image, data)
        if width * height * each > MAX_DECODED_BYTES:
            raise UnusableImage(
                "image_too_large",
                f"It has {width:,} x {height:,} pixels, and of such {image.format} files at most "
                f"{MAX_DECODED_BYTES // each:,} are decoded to predict: make it smaller.",
            )
        is_first = self._left == MAX_DECODED_BYTES
        self._left -= width * height * each + (
            0 if is_first else _FILE_BYTES + _KEPT_BYTES * min(width * height, 2**16)
        )
        self.require_rest()

    def require_rest(self) -> None:
        """Raise UnusableImage, too_many_pixels, if the budget is spent."""
        if self.is_spent:
            raise UnusableImage(
                "too_many_pixels",
                f"With it the pictures of this request take {MAX_DECODED_BYTES - self._left:,} bytes to decode, and at "
                f"most {MAX_DECODED_BYTES:,} are: send it in another request, or make the pictures smaller.",
            )


def estimate_pixel_bytes(image: Image.Image, data: bytes) -> int:
    """The bytes that decoding takes for each pixel of an image, by its format and mode."""
    match image.format:
        case "JPEG" | "MPO":
            scans = data.count(b"\xff\xda")
            is_large = image.width * image.height >= _LARGE_JPEG_PIXELS
            once = _LARGE_JPEG_BYTES if is_large else _JPEG_BYTES
            return once if scans <= 1 else _SCANNED_BYTES + scans // _SCANS_PER_BYTE
        case "WEBP":
            return _WEBP_BYTES
        case _:
            is_made_so = image.mode not in {"RGBA", "LA"} and image.has_transparency_data
            return _BYTES_BY_MODE.get(image.mode, _OTHER_BYTES) + is_made_so * _TRANSPARENT_BYTES
