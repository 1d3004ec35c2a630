"""Defaults for pictures: layers that fit every size, and variations that leave a letter what it is."""

import pytest

from learning.data.augment_spec import AugmentSpec
from learning.nn.layers import place_net
from learning.nn.layers.inputs import ImageInput, NetInputs
from learning.training.image_default_reasons import explain_image_training
from learning.training.image_defaults import (
    MAX_EPOCHS,
    MIN_EPOCHS,
    are_directed,
    choose_epochs,
    choose_image_nets,
    choose_image_training,
)
from learning.training.image_spec import MAX_SIZE, ImageSpec
from learning.training.spec import TrainingSpec


@pytest.mark.parametrize("rows", [2, 30, 1_000, 20_000, 60_000, 10**6])
@pytest.mark.parametrize("side", [1, 8, 15, 28, 33, 64, 4_000])
def test_every_number_and_size_of_pictures_makes_a_net(rows, side):
    chosen = choose_image_training(rows, side, directed=False)
    spec, reasons = TrainingSpec(**chosen), explain_image_training(chosen, rows, side, directed=False)
    size = spec.image.size
    assert f"{size} pixels" in reasons["layers"]
    assert ("smaller" in reasons["image.size"]) == (size is not None and size < side - 2)
    assert {name.partition(".")[0] for name in reasons} <= chosen.keys()
    assert size is not None
    image = ImageInput((3, size, size), (0.5,) * 3, (0.25,) * 3)
    seen = place_net(NetInputs(0, image=image), spec.layers, 3).image[-1].output_shape
    assert seen[0] >= 32
    assert 2 <= seen[1] == seen[2] <= 8


def test_what_is_asked_for_stays():
    asked = ImageSpec(size=MAX_SIZE, augment=AugmentSpec())
    assert choose_image_training(50, 28, directed=False, image=asked)["image"] == asked
    flipped = choose_image_training(50, 28, directed=False)["image"].augment
    assert flipped.flip
    assert not choose_image_training(50, 28, directed=True)["image"].augment.flip


@pytest.mark.parametrize(
    ("classes", "expected"),
    [
        (["cat", "dog"], False),
        (["a", "b"], True),
        (["Ж", "Щ"], True),
        (["0", "1", "10"], True),
        (["turn left", "other"], True),
        (["Right_Arrow", "other"], True),
        (["bright", "cleft", "leftover"], False),
        (["1 euro", "2 euro"], False),
        ([], False),
    ],
)
def test_letters_numbers_and_sides_may_not_be_mirrored(classes, expected):
    assert are_directed(classes) == expected


def test_fewer_pictures_are_passed_more_often_and_more_pictures_longer_in_all():
    counts = [1, 30, 100, 1_000, 4_000, 60_000, 10**6]
    epochs = [choose_epochs(rows) for rows in counts]
    assert epochs[0] == MAX_EPOCHS
    assert epochs[-1] == MIN_EPOCHS
    assert epochs[3:5] == [100, 50]
    assert epochs == sorted(epochs, reverse=True)
    passes = [rows * each for rows, each in zip(counts, epochs, strict=True)]
    assert passes == sorted(passes)


def test_several_nets_are_trained_of_few_and_small_pictures_each_for_fewer_epochs():
    chosen = choose_image_nets("balanced", 1_000, 32)
    assert {name: choice.value for name, choice in chosen.items()} == {"nets": 4, "epochs": 60}
    assert chosen["nets"].reason.startswith("4, whose mean is right of more: 1,000 pictures of 32 pixels")
    assert choose_image_nets("balanced", 500, 64)["nets"].value == 4
    assert choose_image_nets("balanced", 501, 64) == choose_image_nets("balanced", 49, 32) == {}
    assert choose_image_nets("fast", 1_000, 32) == {}
    best = choose_image_nets("best", 1_000, 32)
    assert (best["nets"].value, best["epochs"].value) == (8, 60)
    assert best["epochs"].reason.startswith("60 for each of 8 nets")
    assert choose_image_nets("best", 501, 64) == {}
