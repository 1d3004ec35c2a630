"""Related rows: copies, groups and order in time are found where chance or a rule does not explain them."""

import numpy as np
import pytest
from numpy.typing import NDArray

from learning.data.split import Split
from learning.frame import DatetimeColumn, Frame
from learning.insight.related_rows import RelatedRows, find_related_rows
from tests.unit.learning.frames import create_numeric
from tests.unit.learning.trainings import create_frame

RANDOM = np.random.default_rng(25)
NOISE: NDArray[np.float64] = RANDOM.normal(size=(4, 600))
LABELS = np.array(["p", "q"])


def find(frame: Frame, *, held_out: NDArray[np.intp] | None = None, are_classes: bool = True) -> RelatedRows:
    """The relations of a frame with the target `y`, of which every fifth row is held out."""
    rows = np.arange(frame.rows)
    held_out = rows[::5] if held_out is None else held_out
    return find_related_rows(
        frame, "y", Split(np.setdiff1d(rows, held_out), held_out, rows[:0]), are_classes=are_classes
    )[0]


def draw_labels(count: int) -> NDArray[np.str_]:
    return RANDOM.choice(LABELS, count)


def test_copies_are_counted_and_those_that_are_held_out():
    frame = create_frame(a=NOISE[0, :100].repeat(5), b=NOISE[1, :100].repeat(5), y=draw_labels(100).repeat(5))
    shuffled = frame.take(RANDOM.permutation(500))

    assert (find(frame).copies, find(frame).held_out_copies, find(frame).held_out) == (400, 100, 100)
    assert find(shuffled).copies == 400
    assert find(frame, held_out=np.arange(400, 500)).held_out_copies == 0
    assert find(shuffled).group_columns == ()


def test_rows_of_few_possible_values_are_no_copies():
    frame = create_frame(a=draw_labels(600), b=draw_labels(600), y=draw_labels(600))

    assert (find(frame).copies, find(frame).held_out_copies) == (0, 0)


@pytest.mark.parametrize("order", [np.arange(480), RANDOM.permutation(480)], ids=["in order", "shuffled"])
def test_a_name_that_decides_the_class_tells_groups(order: NDArray[np.intp]):
    person = np.array([f"person {number}" for number in range(60)]).repeat(8)
    height = RANDOM.normal(170, 10, 60).repeat(8)
    frame = create_frame(weight=NOISE[0, :480], height=height, person=person, y=draw_labels(60).repeat(8))

    found = find(frame.take(order))

    assert (found.group_columns, found.groups) == (("person", "height"), 60)
    assert found.held_out_known > 80


def test_without_a_name_numbers_that_change_together_tell_groups():
    age, pulse = RANDOM.integers(20, 90, 60).repeat(8), RANDOM.integers(50, 150, 60).repeat(8)
    found = find(
        create_frame(age=age.astype(float), pulse=pulse.astype(float), w=NOISE[0, :480], y=draw_labels(60).repeat(8))
    )

    assert set(found.group_columns) == {"age", "pulse"}
    assert found.groups > 50


def test_a_number_that_is_the_same_for_a_group_is_found_too():
    shop = np.array([f"shop {number}" for number in range(50)])[RANDOM.integers(0, 50, 600)]
    values = dict(zip(np.unique(shop), RANDOM.normal(size=50), strict=True))
    found = find(create_frame(shop=shop, a=NOISE[0], y=np.array([values[name] for name in shop])), are_classes=False)

    assert found.group_columns == ("shop",)


@pytest.mark.parametrize("target", ["numbers", "classes"])
def test_a_number_that_explains_the_target_by_a_rule_tells_no_groups(target: str):
    age = RANDOM.integers(0, 60, 600).astype(float)
    y = 2 * age if target == "numbers" else LABELS[(age > 30).astype(int)]

    assert find(create_frame(age=age, a=NOISE[0], y=y), are_classes=target == "classes").group_columns == ()


def test_groups_whose_class_is_the_same_by_chance_are_none():
    rare = np.where(RANDOM.random(600) < 0.01, "p", "q")
    person = np.array([f"person {number}" for number in range(200)]).repeat(3)

    assert find(create_frame(person=person, a=NOISE[0], y=rare)).group_columns == ()
    assert find(create_frame(person=person, a=NOISE[0], y=draw_labels(600))).group_columns == ()


def test_sorted_rows_are_no_groups():
    frame = create_frame(a=np.sort(NOISE[0]).round(1), b=NOISE[1].round(1), y=np.sort(draw_labels(600)))

    assert find(frame).group_columns == ()


def test_dates_in_order_or_targets_alike_from_day_to_day_tell_an_order_in_time():
    days = create_numeric(86_400.0 * np.arange(600)).values
    ordered, alike = (
        Frame({"day": DatetimeColumn(days), "y": create_numeric(values)}, 600)
        for values in (NOISE[0], np.cumsum(NOISE[0]))
    )
    alike = alike.take(RANDOM.permutation(600))
    birthdays = ordered.take(RANDOM.permutation(600))

    assert [find(frame, are_classes=False).time_column for frame in (ordered, alike, birthdays)] == ["day", "day", None]
    assert find(ordered, held_out=np.arange(480, 600), are_classes=False).held_out_earlier == 0
    assert find(ordered, are_classes=False).held_out_earlier == 120


def test_rows_without_a_target_are_not_counted():
    y = np.append(NOISE[0, :100], np.full(50, np.nan))
    frame = create_frame(a=np.append(NOISE[1, :100], np.zeros(50)), y=y)
    rows = np.arange(100)
    found, relations = find_related_rows(frame, "y", Split(rows[:80], rows[80:], rows[:0]), are_classes=False)

    assert (found.rows, found.held_out, found.copies) == (100, 20, 0)
    assert (relations[100:] == -1).all()


def test_a_name_that_explains_most_of_a_number_but_not_all_tells_no_groups():
    store = np.array([f"s{number}" for number in range(60)]).repeat(10)
    y = RANDOM.normal(0, 10, 60).repeat(10) + NOISE[0] / 2

    assert find(create_frame(store=store, a=NOISE[0], y=y), are_classes=False).group_columns == ()
