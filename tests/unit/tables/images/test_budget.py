"""Pictures to predict are bounded by the memory that decoding takes, before any pixel is decoded."""

from collections.abc import Callable
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from learning.encoding.columns import InputColumn
from tables.images import decoding
from tables.images.budget import MAX_DECODED_BYTES, DecodingBudget, estimate_pixel_bytes
from tables.images.errors import UnusableImage
from tables.predict_images import read_images
from tests.hostile_pictures import claim_size
from tests.pictures import draw, png, save

COLUMN = InputColumn("image", "image", image_shape=(3, 8, 8))


def read(cells: list[bytes]) -> tuple[list[bool], list[tuple[int, str, str]]]:
    """Which cells are pictures, and the faults of the others: row, code and detail."""
    faults: list[tuple[int, str, str]] = []
    column = read_images(cells, COLUMN, lambda row, detail, code, *_: faults.append((row, code, detail)))
    return column.present.tolist(), faults


@pytest.mark.parametrize(
    ("create", "each"),
    [
        (lambda: save(draw(0, 90, 70), "PNG"), 4),
        (lambda: save(draw(0, 90, 70, "L"), "PNG"), 2),
        (lambda: save(draw(0, 90, 70, "L"), "PNG", transparency=0), 10),
        (lambda: save(draw(0, 90, 70, "RGBA"), "PNG"), 8),
        (lambda: save(draw(0, 90, 70, "LA"), "PNG"), 12),
        (lambda: save(draw(0, 90, 70).quantize(9), "PNG", transparency=3), 13),
        (lambda: save(draw(0, 90, 70), "JPEG"), 2),
        (lambda: save(draw(0, 90, 70), "JPEG", progressive=True), 4),
        (lambda: save(draw(0, 90, 70), "WEBP"), 16),
        (lambda: save(draw(0, 90, 70).quantize(9), "GIF"), 5),
    ],
)
def test_each_kind_of_file_takes_its_own_memory(create: Callable[[], bytes], each: int) -> None:
    data = create()
    with Image.open(BytesIO(data)) as image:
        assert estimate_pixel_bytes(image, data) == each


def test_a_picture_that_takes_too_much_memory_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "reduce_image", lambda *_: pytest.fail("it was decoded"))
    most = MAX_DECODED_BYTES // 4
    side = int(most**0.5) + 1

    present, ((row, code, detail),) = read([claim_size(side, side)])

    assert (present, row, code) == ([False], 0, "image_too_large")
    assert f"{side:,} x {side:,}" in detail
    assert f"{most:,}" in detail


def test_broken_pictures_are_counted_and_those_beyond_the_budget_not_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened = list[int]()
    strip = decoding.strip_metadata
    monkeypatch.setattr(decoding, "strip_metadata", lambda data: opened.append(len(data)) or strip(data))
    monkeypatch.setattr(decoding, "reduce_image", lambda *_: (_ for _ in ()).throw(ValueError("cut off")))
    fit = MAX_DECODED_BYTES // (4 * 4000 * 4000)

    present, faults = read([claim_size(4000, 4000)] * 50 + [png()])

    assert not any(present)
    assert [code for _, code, _ in faults] == ["broken_image"] * fit + ["too_many_pixels"] * (51 - fit)
    assert f"{MAX_DECODED_BYTES:,}" in faults[-1][2]
    assert len(opened) == fit + 1


@pytest.mark.parametrize(("side", "count"), [(28, 4_600), (224, 410)])
def test_hundreds_of_small_pictures_are_within_the_budget(side: int, count: int) -> None:
    data = save(Image.new("RGB", (side, side)))
    budget = DecodingBudget()
    with Image.open(BytesIO(data)) as image:
        for _ in range(count):
            budget.spend(image, data)
        assert not budget.is_spent
        with pytest.raises(UnusableImage):
            [budget.spend(image, data) for _ in range(100)]


def test_transparent_pictures_are_read_as_before() -> None:
    pixels = np.full((3, 3, 4), (200, 10, 10, 0), np.uint8)
    pixels[1, 1, 3] = 255
    picture = decoding.decode_picture(save(Image.fromarray(pixels, "RGBA")))

    with Image.open(BytesIO(picture.data)) as image:
        found = np.asarray(image.convert("RGB"))
    assert found[0, 0].tolist() == [255, 255, 255]
    assert found[1, 1].tolist() == [200, 10, 10]
