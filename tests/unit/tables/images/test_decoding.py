"""Image files from outside: each kind becomes a small upright picture; what is broken, odd or huge is refused."""

from contextlib import suppress
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from tables.images.decoding import decode_picture
from tables.images.errors import UnusableImage
from tables.images.file_bytes import MAX_FILE_BYTES
from tables.images.small_picture import MAX_STORED_SIDE
from tests.pictures import draw, save, zip_of


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(data)))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
def test_a_picture_of_each_kind_is_decoded(kind: str) -> None:
    options = {"lossless": True} if kind == "WEBP" else {}

    picture = decode_picture(save(draw(), kind, **options))

    assert (picture.width, picture.height, picture.kind, picture.is_grey) == (32, 24, kind.lower(), False)
    error = np.abs(pixels(picture.data).astype(int) - np.asarray(draw()).astype(int))
    assert error.mean() < (0.01 if kind in {"PNG", "WEBP", "BMP"} else 12)


def test_a_large_picture_is_kept_small_with_its_shape() -> None:
    picture = decode_picture(save(draw(0, 1200, 800), "JPEG"))

    assert (picture.width, picture.height) == (1200, 800)
    kept = Image.open(BytesIO(picture.data))
    assert kept.size == (MAX_STORED_SIDE, round(MAX_STORED_SIDE * 2 / 3))
    assert len(picture.data) < 30_000


@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_orientation_of_exif_turns_a_picture_upright(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    # the letter F, of which no turned or mirrored form equals another
    upright = np.full((12, 8), 255, np.uint8)
    upright[1:11, 1] = upright[1, 1:7] = upright[5, 1:5] = 0
    turn = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.T,
        6: np.rot90(upright),
        7: upright[::-1, ::-1].T,
        8: np.rot90(upright, -1),
    }[orientation]

    picture = decode_picture(save(Image.fromarray(np.ascontiguousarray(turn)), "PNG", exif=exif))

    assert (picture.width, picture.height) == (8, 12)
    np.testing.assert_array_equal(pixels(picture.data), upright)


@pytest.mark.parametrize(
    "image",
    [
        Image.new("RGBA", (8, 8), (255, 0, 0, 0)),
        Image.new("LA", (8, 8), (0, 0)),
        Image.new("RGBA", (8, 8), (0, 0, 0, 0)).quantize(),
    ],
)
def test_what_is_transparent_is_white(image: Image.Image) -> None:
    picture = decode_picture(save(image))

    assert picture.is_grey
    assert (pixels(picture.data) == 255).all()


def test_grey_of_16_bits_keeps_its_scale() -> None:
    values = np.linspace(0, 65535, 64).astype(np.uint16).reshape(8, 8)

    picture = decode_picture(save(Image.fromarray(values)))

    np.testing.assert_array_equal(pixels(picture.data), values >> 8)


def test_cmyk_and_palettes_become_rgb() -> None:
    red = Image.new("RGB", (16, 16), (250, 10, 10))

    for data in (save(red.convert("CMYK"), "JPEG"), save(red.quantize(4), "PNG"), save(red.quantize(4), "GIF")):
        np.testing.assert_allclose(pixels(decode_picture(data).data)[8, 8], (250, 10, 10), atol=6)


def test_colours_that_are_all_grey_are_one_channel() -> None:
    picture = decode_picture(save(draw(mode="L").convert("RGB")))

    assert picture.is_grey
    np.testing.assert_array_equal(pixels(picture.data), np.asarray(draw(mode="L")))


def test_the_first_frame_of_an_animation_is_taken() -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "lime", "blue")]

    picture = decode_picture(save(frames[0], "GIF", save_all=True, append_images=frames[1:]))

    assert pixels(picture.data)[4, 4].tolist() == [255, 0, 0]


def test_nothing_of_the_file_but_its_pixels_is_kept() -> None:
    exif = Image.Exif()
    exif[0x010F] = "Maker of cameras"
    data = save(draw(0, 300, 200), "JPEG", exif=exif, comment=b"<script>") + b"<script>alert(1)</script>"

    kept = decode_picture(data).data

    assert b"Maker" not in kept
    assert b"script" not in kept


PHOTO = save(draw(0, 100, 80), "JPEG")


@pytest.mark.parametrize(
    ("data", "code", "reason"),
    [
        (b"", "not_an_image", "empty"),
        (b"hello", "not_an_image", "no image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not_an_image", "SVG"),
        (b"<?xml version='1.0'?><svg/>", "not_an_image", "XML"),
        (zip_of({"a": b"b"}), "not_an_image", "ZIP"),
        (b"\0\0\0\x18ftypheic\0\0", "not_an_image", "HEIC"),
        (b"\0\0\0\x18ftypheix\0\0", "not_an_image", "HEIC"),
        (b"\0\0\0\x18ftypavif\0\0", "not_an_image", "AVIF"),
        (b"\0\0\0\x18ftypcrx \0\0", "not_an_image", "raw image"),
        (b"II*\0\x10\0\0\0CR\2\0", "not_an_image", "raw image"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "not_an_image", "JPEG XL"),
        (b"\0\0\0\x18ftypisom\0\0", "not_an_image", "video"),
        (b"%!PS-Adobe-3.0 EPSF-3.0", "not_an_image", "no image"),
        (PHOTO[:300], "broken_image", ""),
        (PHOTO[: len(PHOTO) // 2], "broken_image", "truncated"),
        (b"\x89PNG\r\n\x1a\n" + bytes(20), "broken_image", ""),
        (save(Image.new("1", (100_000, 1))), "odd_shape", "100,000 x 1"),
        (save(Image.new("1", (8_000, 7_000))), "image_too_large", "8,000 x 7,000"),
        (save(Image.new("1", (30_000, 30_000))), "image_too_large", "50,000,000"),
        (PHOTO + bytes(MAX_FILE_BYTES), "file_too_large", "20,000,000"),
    ],
)
def test_what_is_no_picture_is_refused_with_its_reason(data: bytes, code: str, reason: str) -> None:
    with pytest.raises(UnusableImage) as refused:
        decode_picture(data)

    assert refused.value.code == code
    assert reason in refused.value.reason


def test_broken_bytes_raise_nothing_else() -> None:
    """Every byte of a file of each kind that is changed leads to a picture or to a reason."""
    chance = np.random.default_rng(7)
    for kind in ("PNG", "JPEG", "WEBP", "GIF", "BMP"):
        good = save(draw(), kind)
        for _ in range(40):
            broken = bytearray(good)
            for _ in range(4):
                broken[chance.integers(0, len(good))] = chance.integers(0, 256)
            with suppress(UnusableImage):
                assert decode_picture(bytes(broken)).data
