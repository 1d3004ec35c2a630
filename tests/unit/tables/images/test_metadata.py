"""Metadata is taken out of image files without a change of pixels, and files made to be slow are refused or read."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from tables.images.decoding import decode_picture
from tables.images.errors import UnusableImage
from tables.images.metadata import MAX_SCANS, read_orientation, strip_metadata
from tests.hostile_pictures import HOSTILE_PICTURES, chunk, insert_blocks, insert_chunks, insert_segments, segment
from tests.pictures import draw, save


def exif(orientation: int, order: str = "little") -> bytes:
    """Exif of an orientation alone."""
    made = Image.Exif()
    made.endian = "<" if order == "little" else ">"
    made[0x0112] = orientation
    return made.tobytes()


RGB = draw(0, 90, 70)
PLAIN = {
    "jpeg": save(RGB, "JPEG", exif=exif(6), comment=b"x" * 500, icc_profile=b"y" * 70_000),
    "jpeg without conversion": save(RGB, "JPEG", keep_rgb=True),
    "jpeg of ink": save(RGB.convert("CMYK"), "JPEG"),
    "jpeg in scans": save(RGB, "JPEG", progressive=True, restart_marker_rows=1),
    "grey jpeg": save(RGB.convert("L"), "JPEG"),
    "jpeg of two pictures": save(RGB, "MPO", save_all=True, append_images=[draw(1, 90, 70)]),
    "jpeg with fill": insert_segments(b"\xff\xff\xff" + segment(0xED, b"Photoshop")),
    "png": insert_chunks(chunk(b"gAMA", b"\0\0\xb1\x8f") + chunk(b"tEXt", b"a\0b"), save(RGB)),
    "png of 16 bits": save(Image.fromarray(np.arange(256, dtype=np.uint16).reshape(16, 16) * 257)),
    "png with transparency": save(draw(0, 90, 70, "RGBA")),
    "png with a palette": save(RGB.quantize(9), transparency=3),
    "gif": insert_blocks(b"!\xfe\3abc\0", save(RGB.quantize(9), "GIF", transparency=2)),
    "webp": save(RGB, "WEBP", lossless=True),
    "bmp": save(RGB, "BMP"),
}


@pytest.mark.parametrize("name", PLAIN)
def test_pixels_are_those_of_the_whole_file(name: str) -> None:
    plain, _ = strip_metadata(PLAIN[name])

    with Image.open(BytesIO(PLAIN[name])) as whole, Image.open(BytesIO(plain)) as stripped:
        assert stripped.mode == whole.mode
        np.testing.assert_array_equal(np.asarray(stripped.convert("RGBA")), np.asarray(whole.convert("RGBA")))
    assert not any(word in plain for word in (b"xxxx", b"yyyy", b"Photoshop", b"tEXt", b"abc", b"MPF"))


@pytest.mark.parametrize("order", ["little", "big"])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_orientation_is_read_from_each_format(kind: str, order: str) -> None:
    picture = decode_picture(save(draw(0, 30, 20), kind, exif=exif(6, order)))

    assert (picture.width, picture.height) == (20, 30)


@pytest.mark.parametrize(
    "exif_bytes", [b"", b"Exif\0\0", b"II*\0", b"MM\0*\0\0\0\x08\xff\xff", b"II*\0\xff\xff\xff\xff", exif(9), exif(0)]
)
def test_exif_that_gives_no_orientation_leaves_a_picture_as_it_is(exif_bytes: bytes) -> None:
    assert read_orientation(exif_bytes) == 1
    assert decode_picture(insert_segments(segment(0xE1, b"Exif\0\0" + exif_bytes))).width == 64


@pytest.mark.parametrize("name", HOSTILE_PICTURES)
def test_a_hostile_picture_is_read_or_refused_with_its_reason(name: str) -> None:
    make, code = HOSTILE_PICTURES[name]
    if code is None:
        assert decode_picture(make()).width > 1
        return
    with pytest.raises(UnusableImage) as refused:
        decode_picture(make())
    assert refused.value.code == code
    assert refused.value.reason


def test_scans_are_counted() -> None:
    with pytest.raises(UnusableImage, match=f"4,0.. scans, and at most {MAX_SCANS}"):
        decode_picture(HOSTILE_PICTURES["JPEG: 4,000 scans"][0]())
