"""Augmentation: a pure function of seed, epoch and row, that moves pixels and invents none."""

from dataclasses import replace

import numpy as np
import pytest

from learning.data.augment import augment_images
from learning.data.augment_spec import AugmentSpec

MOVED = AugmentSpec(flip=True, shift=0.2, rotate=30, zoom=0.3)
ALL = replace(MOVED, light=0.3)


def create_images(rows=40, side=10):
    return np.random.default_rng(0).integers(0, 256, (rows, 3, side, side)).astype(np.uint8)


def vary(spec, seed=0, epoch=1, rows=None, images=None):
    images = create_images() if images is None else images.copy()
    augment_images(images, np.arange(len(images)) if rows is None else rows, spec, seed, epoch)
    return images


def test_the_same_seed_epoch_and_row_vary_a_picture_the_same_way_in_any_batch():
    whole, order = vary(ALL), np.random.default_rng(1).permutation(40)
    np.testing.assert_array_equal(vary(ALL), whole)
    np.testing.assert_array_equal(vary(ALL, rows=order, images=create_images()[order]), whole[order])
    for other in (vary(ALL, seed=1), vary(ALL, epoch=2)):
        assert (other != whole).any(axis=(1, 2, 3)).mean() > 0.8


def test_half_of_the_pictures_are_mirrored_and_the_others_left():
    images = create_images(1000)
    found = vary(AugmentSpec(flip=True), images=images)
    is_left = (found == images).all(axis=(1, 2, 3))
    np.testing.assert_array_equal(found[~is_left], images[~is_left, :, :, ::-1])
    assert 0.45 < is_left.mean() < 0.55


def test_a_shifted_picture_goes_on_beyond_its_edge_as_there():
    images = create_images(200)
    found = vary(AugmentSpec(shift=0.1), images=images)
    padded = np.pad(images, ((0, 0), (0, 0), (1, 1), (1, 1)), mode="edge")
    choices = [padded[:, :, y : y + 10, x : x + 10] for y in range(3) for x in range(3)]
    matches = np.stack([(found == choice).all(axis=(1, 2, 3)) for choice in choices])
    assert (matches.sum(axis=0) == 1).all()
    assert (matches.sum(axis=1) > 5).all()


def test_a_turned_picture_keeps_its_middle_and_what_is_around_it():
    side = 33
    y, x = np.mgrid[:side, :side] - side // 2
    bar = np.where((abs(x) < 3) & (abs(y) < 12), 255, 0).astype(np.uint8)
    images = np.broadcast_to(bar, (50, 1, side, side)).copy()
    found = vary(AugmentSpec(rotate=90), images=images)[:, 0].astype(float)
    assert (found[:, 16, 16] == 255).all()
    sums = found.sum(axis=(1, 2)) / bar.sum()
    assert 0.9 < sums.min() <= sums.max() < 1.1
    slope = np.einsum("nyx,yx->n", found, x * y) / found.sum(axis=(1, 2))
    assert slope.min() < -10 < 10 < slope.max()


def test_nothing_is_varied_that_no_option_asks_for():
    assert not AugmentSpec().is_active
    np.testing.assert_array_equal(vary(AugmentSpec()), create_images())


@pytest.mark.parametrize("spec", [MOVED, AugmentSpec(shift=0.5), AugmentSpec(rotate=180)])
def test_every_pixel_is_one_of_the_picture(spec):
    for before, after in zip(create_images(), vary(spec), strict=True):
        for channel in range(3):
            assert set(after[channel].flat) <= set(before[channel].flat)


def test_an_enlarged_picture_keeps_its_middle_and_its_shape():
    side = 33
    y, x = np.mgrid[:side, :side] - side // 2
    disc = np.where(x**2 + y**2 < 64, 255, 0).astype(np.uint8)
    found = vary(AugmentSpec(zoom=0.5), images=np.broadcast_to(disc, (100, 1, side, side)).copy())[:, 0]
    assert (found[:, 16, 16] == 255).all()
    width, height = ((found > 0).any(axis=axis).sum(axis=1) for axis in (1, 2))
    np.testing.assert_array_equal(width, height)
    assert 15 / 1.5 - 1.5 <= width.min() < 12 < 18 < width.max() <= 15 * 1.5 + 1.5


def test_other_light_changes_all_pixels_alike_and_keeps_their_order():
    ramp = np.broadcast_to(np.arange(256, dtype=np.uint8).reshape(1, 1, 16, 16), (200, 1, 16, 16)).copy()
    found = vary(AugmentSpec(light=0.2), images=ramp).reshape(200, -1).astype(int)
    assert (np.diff(found, axis=1) >= 0).all()
    middles, spreads = found[:, 127:129].mean(axis=1) - 127.5, (found[:, 160] - found[:, 96]) / 64
    assert -52 < middles.min() < -40 < 40 < middles.max() < 52
    assert 0.8 < spreads.min() < 0.88 < 1.14 < spreads.max() < 1.22
