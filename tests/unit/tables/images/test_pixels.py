"""Pixels of a column of images, as a net sees them: at one size, with one or three channels, in pieces or at once."""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from learning.frame import ImageColumn
from tables import load_frame, load_table, parquet_table, pixel_readers
from tables.images.budget import DecodingBudget
from tables.images.decoding import decode_pixels
from tables.images.pixels import resize_picture
from tests.pictures import cats_and_dogs, draw, png, save, zip_of
from tests.unit.tables.conftest import Reader, Table


def load_pixels(read: Table, size: int) -> ImageColumn:
    profile = [asdict(column) for column in read.ingested.columns]
    column = load_frame(read.parquet, ["image"], profile, images=pixel_readers(profile, size))["image"]
    assert isinstance(column, ImageColumn)
    return column


def test_pictures_have_one_size_and_channels_first(table: Reader) -> None:
    column = load_pixels(table(zip_of(cats_and_dogs()), "zip"), 16)

    assert column.pixels.shape == (6, 3, 16, 16)
    assert column.present.all()
    wanted = draw(101).resize((16, 16), Image.Resampling.BILINEAR)
    np.testing.assert_array_equal(column.pixels[4], np.asarray(wanted).transpose(2, 0, 1))


def test_pictures_that_are_all_grey_have_one_channel(table: Reader) -> None:
    files = {f"a/{number}.png": save(draw(number, 8, 8, "L")) for number in range(3)}

    column = load_pixels(table(zip_of(files), "zip"), 8)

    np.testing.assert_array_equal(column.pixels[2, 0], np.asarray(draw(2, 8, 8, "L")))


def test_a_row_without_a_picture_is_marked(table: Reader) -> None:
    files = {"a.png": png(1), "list.csv": b"image,y\na.png,1\n,2\nnone.png,3\n"}

    column = load_pixels(table(zip_of(files), "zip"), 8)

    assert column.present.tolist() == [True, False, False]
    assert not column.pixels[1:].any()


def test_a_table_that_is_read_in_pieces_has_the_same_pictures(table: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    read = table(zip_of(cats_and_dogs()), "zip")
    profile = [asdict(column) for column in read.ingested.columns]
    monkeypatch.setattr(parquet_table, "MAX_FRAME_CELLS", 0)
    monkeypatch.setattr(parquet_table, "MAX_IMAGES_AT_ONCE", 4)

    pieces = list(load_table(read.parquet, None, profile, images=pixel_readers(profile, 8)).chunks(["image"]))

    assert [piece.rows for piece in pieces] == [4, 2]
    parts = [piece["image"].pixels for piece in pieces if isinstance(piece["image"], ImageColumn)]
    np.testing.assert_array_equal(np.concatenate(parts), load_pixels(read, 8).pixels)


def test_a_file_is_decoded_as_its_picture_in_a_dataset_is(table: Reader, tmp_path: Path) -> None:
    read = table(zip_of({"a/0.png": png(7), "b/1.png": png(8)}), "zip")

    pixels = np.empty((3, 16, 16), np.uint8)
    decode_pixels(png(8), pixels, DecodingBudget())

    np.testing.assert_array_equal(pixels, load_pixels(read, 16).pixels[1])


def test_a_picture_for_people_is_never_enlarged() -> None:
    small, large = png(1, 20, 10), save(draw(1, 200, 100), "JPEG")

    assert resize_picture(small, 64) == (small, "image/png")
    data, media_type = resize_picture(large, 64)
    assert media_type == "image/jpeg"
    assert len(data) < len(large)


@pytest.mark.parametrize("size", [16, 64, 200])
def test_a_photograph_is_decoded_as_its_picture_in_a_dataset_is(table: Reader, size: int) -> None:
    photo = save(draw(3, 900, 700), "JPEG")
    read = table(zip_of({"a/0.jpg": photo, "b/1.png": png(8)}), "zip")

    pixels = np.empty((3, size, size), np.uint8)
    decode_pixels(photo, pixels, DecodingBudget())

    np.testing.assert_array_equal(pixels, load_pixels(read, size).pixels[0])
