"""The budget of the pictures of a request: the memory that decoding each takes, by which its time goes as well.

A picture of few bytes may have millions of pixels, and one that is broken is decoded up to its last row.
"""

from typing import Final

from PIL import Image

from tables.images.errors import UnusableImage

MAX_PICTURE_BYTES: Final = 2**27
MAX_REQUEST_BYTES: Final = 2**28
"""The maximum memory of a picture, and of all of a request one after the other, which takes less than a second."""

_BYTES_BY_MODE: Final = {"1": 2, "L": 2, "P": 5, "RGB": 4, "RGBA": 8, "I;16": 6}
_OTHER_BYTES: Final = 12
_TRANSPARENT_BYTES: Final = 8
_WEBP_BYTES: Final = 16
_JPEG_BYTES: Final = 2
_SCANNED_BYTES: Final = 3
"""Bytes of a pixel, measured with Pillow 12: a JPEG file is decoded at an eighth of its size, unless it has scans."""

_SCANS_PER_BYTE: Final = 8
"""As many scans take the time of a byte."""


class DecodingBudget:
    """What is left for the pictures of a request."""

    def __init__(self) -> None:
        self._left = MAX_REQUEST_BYTES

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
        if width * height * each > MAX_PICTURE_BYTES:
            raise UnusableImage(
                "image_too_large",
                f"It has {width:,} x {height:,} pixels, and of such {image.format} files at most "
                f"{MAX_PICTURE_BYTES // each:,} are decoded to predict: make it smaller.",
            )
        self._left -= width * height * each
        self.require_rest()

    def require_rest(self) -> None:
        """Raise UnusableImage, too_many_pixels, if the budget is spent."""
        if self.is_spent:
            raise UnusableImage(
                "too_many_pixels",
                f"With it the pictures of this request take {MAX_REQUEST_BYTES - self._left:,} bytes to decode, and at "
                f"most {MAX_REQUEST_BYTES:,} are: send it in another request, or make the pictures smaller.",
            )


def estimate_pixel_bytes(image: Image.Image, data: bytes) -> int:
    """The bytes that decoding takes for each pixel of an image, by its format and mode."""
    match image.format:
        case "JPEG" | "MPO":
            scans = data.count(b"\xff\xda")
            return _JPEG_BYTES if scans <= 1 else _SCANNED_BYTES + scans // _SCANS_PER_BYTE
        case "WEBP":
            return _WEBP_BYTES
        case _:
            is_made_so = image.mode not in {"RGBA", "LA"} and image.has_transparency_data
            return _BYTES_BY_MODE.get(image.mode, _OTHER_BYTES) + is_made_so * _TRANSPARENT_BYTES
