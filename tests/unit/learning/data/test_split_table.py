"""Splits by groups, time or a column, and with copies together: nothing is on two sides, and shares are near."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.data.group_split import GroupAssigner, split_groups
from learning.data.prepare import PreparedData, prepare
from learning.data.row_hash import hash_columns
from learning.data.split import split_rows
from learning.data.split_spec import SplitSpec
from learning.errors import LearningError, TooFewRows, UnusableSplit
from learning.frame import Frame
from tests.unit.learning.data.test_prepare_in_chunks import Cut
from tests.unit.learning.frames import (
    create_boolean,
    create_categorical,
    create_datetime,
    create_frame,
    create_numeric,
    create_text,
)

PEOPLE = 60
VISITS = 8


def visits(people: int = PEOPLE, visits: int = VISITS) -> Frame:
    """Rows of people in turn; each person has one label, and a size that tells who it is."""
    random = np.random.default_rng(1)
    rows = people * visits
    person = [f"p{row % people}" for row in range(rows)]
    labels = random.permutation(np.repeat(["a", "b"], people // 2)).tolist()
    return create_frame(
        person=create_categorical(person),
        size=create_numeric(random.random(rows)),
        day=create_numeric(random.permutation(rows)),
        y=create_categorical([labels[row % people] for row in range(rows)]),
    )


def people_of(frame: Frame, rows: np.ndarray) -> set[str]:
    column = frame.column("person")
    return {column.categories[code] for code in column.codes[rows]}


def parts_of(prepared: PreparedData) -> list[list[int]]:
    return [sorted(part.tolist()) for part in prepared.rows.parts]


@given(
    st.lists(st.tuples(st.integers(0, 15), st.integers(0, 3)), min_size=4, max_size=200),
    st.sampled_from([0.0, 0.1, 0.2, 0.5]),
    st.sampled_from([0.0, 0.1, 0.3]),
    st.integers(0, 2**53 - 1),
)
def test_no_group_is_in_two_parts_and_every_class_is_learned(
    rows: list[tuple[int, int]], validation: float, test: float, seed: int
):
    groups, strata = (np.array(column) for column in zip(*rows, strict=True))
    found, again = (
        split_groups(groups.astype(np.uint64), strata, validation=validation, test=test, seed=seed) for _ in range(2)
    )
    assert sorted(itertools.chain(*(part.tolist() for part in found.parts))) == list(range(len(rows)))
    for one, other in itertools.combinations(found.parts, 2):
        assert not set(groups[one]) & set(groups[other])
    assert set(strata[found.train]) == set(strata)
    assert all((a == b).all() for a, b in zip(found.parts, again.parts, strict=True))


@given(
    st.lists(st.integers(0, 40), min_size=20, max_size=300),
    st.sampled_from([0.1, 0.2, 0.5]),
    st.sampled_from([0.0, 0.1, 0.3]),
    st.integers(0, 1000),
)
def test_shares_are_met_to_within_the_largest_group(groups: list[int], validation: float, test: float, seed: int):
    ids = np.array(groups, np.uint64)
    found = split_groups(ids, np.zeros(len(ids), np.int64), validation=validation, test=test, seed=seed)
    largest = int(np.bincount(groups).max())
    for share, part in ((validation, found.validation), (test, found.test)):
        assert abs(len(part) - share * len(ids)) <= largest + 1


@given(st.lists(st.integers(0, 3), min_size=20, max_size=100), st.integers(0, 1000))
def test_rows_that_are_alone_are_split_as_without_groups(strata: list[int], seed: int):
    kinds = np.array(strata)
    ours = split_groups(np.arange(len(kinds), dtype=np.uint64), kinds, validation=0.2, test=0.1, seed=seed)
    theirs = split_rows(kinds, validation=0.2, test=0.1, seed=seed)
    assert all((a == b).all() for a, b in zip(ours.parts, theirs.parts, strict=True))


def test_groups_of_one_class_are_stratified_exactly_and_the_seed_decides():
    frame, seen = visits(), set[frozenset[str]]()
    for seed in range(5):
        prepared = prepare(frame, target="y", split=SplitSpec(validation=0.2, test=0.1, group_by="person"), seed=seed)
        assert [len(part) for part in prepared.rows.parts] == [336, 96, 48]
        assert [np.bincount(part.y).tolist() for part in (prepared.validation, prepared.test)] == [[48, 48], [24, 24]]
        seen.add(frozenset(people_of(frame, prepared.rows.validation)))
    assert len(seen) == 5


def test_each_group_is_held_out_as_often_as_others():
    sizes = np.array([1, 1, 1, 1, 2, 2, 3, 3, 5, 5, 8, 8])
    groups, times = np.repeat(np.arange(len(sizes), dtype=np.uint64), sizes), np.zeros(len(sizes))
    for seed in range(1000):
        found = split_groups(groups, np.zeros(len(groups), np.int64), validation=0.5, test=0.0, seed=seed)
        times[np.unique(groups[found.validation]).astype(np.intp)] += 1
    assert np.abs(times / 1000 - 0.5).max() < 0.1


def test_the_column_of_groups_is_a_feature_only_if_it_is_named():
    split = SplitSpec(group_by="person")
    by_default = prepare(visits(), target="y", split=split)
    assert {column.name for column in by_default.inputs.columns} == {"size", "day"}
    assert "person" in by_default.ignored
    named = prepare(visits(6, 80), target="y", split=split, features=["person", "size"])
    assert {column.name for column in named.inputs.columns} == {"person", "size"}


def test_rows_without_a_group_are_each_alone():
    frame = create_frame(
        person=create_categorical(["a"] * 20 + [None] * 20), x=create_numeric(range(40)), y=create_numeric(range(40))
    )
    train, validation, _ = parts_of(prepare(frame, target="y", split=SplitSpec(validation=0.25, group_by="person")))
    assert len(validation) == 10
    assert set(range(20)) <= set(train)


@pytest.mark.parametrize("size", [None, 7])
def test_the_newest_rows_are_held_back_and_later_rows_are_newer_among_equal_ones(size: int | None):
    times = [f"2024-01-{1 + row // 4:02}" for row in range(40)]
    times[17] = None
    order = np.random.default_rng(0).permutation(40)
    frame = create_frame(when=create_datetime(times), x=create_numeric(range(40)), y=create_numeric(range(40)))
    shuffled = frame.take(order)
    split = SplitSpec(validation=0.25, test=0.1, order_by="when")
    prepared = prepare(shuffled if size is None else Cut(shuffled, size), target="y", split=split)
    place = {row: number for number, row in enumerate(order.tolist())}
    ranked = sorted(set(range(40)) - {17}, key=lambda row: (times[row], place[row]))
    train, validation, test = ([order[row] for row in part] for part in prepared.rows.parts)
    assert set(test) == set(ranked[-4:])
    assert set(validation) == set(ranked[-14:-4])
    assert set(train) == {*ranked[:-14], 17}
    assert "when" in {column.name for column in prepared.inputs.columns}


def test_the_newest_rows_hold_a_class_that_is_not_learned_and_it_is_said():
    frame = create_frame(t=create_numeric(range(20)), y=create_categorical(["a", "b"] * 9 + ["new"] * 2))
    prepared = prepare(frame, target="y", split=SplitSpec(validation=0.1, order_by="t"))
    assert prepared.skipped[0].reason == "1 class has no training row in the split by 't': new."


@pytest.mark.parametrize("size", [None, 3])
@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (create_categorical(["Train", "training", "train ", "VALID", "val", "dev", "validation", "Test", None]), None),
        (create_text(["train"] * 3 + ["dev"] * 4 + ["TEST", None]), None),
        (create_numeric([0, 0, 0, 1, 1, 1, 1, 2, None]), None),
        (create_boolean([False] * 3 + [True] * 4 + [False, None]), [[0, 1, 2, 7], [3, 4, 5, 6], []]),
    ],
)
def test_a_column_says_the_part(size: int | None, column: object, expected: list[list[int]] | None):
    frame = create_frame(fold=column, x=create_numeric(range(9)), y=create_numeric(range(9)))
    table = frame if size is None else Cut(frame, size)
    prepared = prepare(table, target="y", split=SplitSpec(column="fold"))
    assert parts_of(prepared) == (expected or [[0, 1, 2], [3, 4, 5, 6], [7]])
    assert [column.name for column in prepared.inputs.columns] == ["x"]
    assert prepared.skipped[0].reason == "1 row was left out: the column 'fold' of the split has no value."


@pytest.mark.parametrize(
    ("name", "true_rows"), [("is_test", 2), ("is_train", 0), ("Train", 0), ("isTest", 2), ("held_out", 1)]
)
def test_the_name_of_a_column_of_truths_says_which_part_it_marks(name: str, true_rows: int):
    marks = [True, False] * 10
    frame = create_frame(**{name: create_boolean(marks)}, x=create_numeric(range(20)), y=create_numeric(range(20)))
    parts = parts_of(prepare(frame, target="y", split=SplitSpec(column=name)))
    assert parts[true_rows] == list(range(0, 20, 2))


def test_other_values_of_a_predefined_split_are_refused_with_those_found():
    frame = create_frame(fold=create_categorical(["train", "a", "b"] * 5), y=create_numeric(range(15)))
    with pytest.raises(UnusableSplit, match="holds train, a, b, and a is no part"):
        prepare(frame, target="y", split=SplitSpec(column="fold"))


@pytest.mark.parametrize("size", [None, 90])
def test_copies_are_on_one_side(size: int | None):
    random = np.random.default_rng(2)
    once = create_frame(
        word=create_categorical(random.choice(["a", "b", None], 200).tolist()),
        x=create_numeric(random.random(200)),
        y=create_categorical(random.choice(["no", "yes"], 200).tolist()),
    )
    copied = once.take(random.permutation(np.repeat(np.arange(200), 5)))
    table = copied if size is None else Cut(copied, size)
    prepared = prepare(table, target="y", split=SplitSpec(test=0.1, keep_copies_together=True))
    numbers = [set(copied.column("x").values[part].tolist()) for part in prepared.rows.parts]
    assert sum(map(len, numbers)) == 200
    assert not numbers[0] & (numbers[1] | numbers[2])
    if size is None:
        assert [len(part) for part in prepared.rows.parts] == [700, 200, 100]


def test_chunks_are_split_by_groups_wherever_they_are_cut():
    frame = visits(300, 4)
    splits = [
        parts_of(prepare(Cut(frame, size), target="y", split=SplitSpec(group_by="person", test=0.2), seed=3))
        for size in (70, 1000)
    ]
    assert splits[0] == splits[1]
    people = [people_of(frame, np.array(part)) for part in splits[0]]
    assert sum(map(len, people)) == 300
    assert [len(part) / 1200 for part in splits[0]] == pytest.approx([0.6, 0.2, 0.2], abs=0.1)


def test_the_shares_of_many_hashed_groups_are_near():
    groups = hash_columns([create_numeric(np.arange(20_000.0))], 20_000)
    parts = GroupAssigner(validation=0.2, test=0.1, seed=5).assign(groups, np.zeros(20_000, np.int64))
    assert [size / 20_000 for size in parts.sizes] == pytest.approx([0.7, 0.2, 0.1], abs=0.015)


@pytest.mark.parametrize(
    ("split", "error"),
    [
        (SplitSpec(group_by="one"), TooFewRows),
        (SplitSpec(column="all_test"), TooFewRows),
        (SplitSpec(order_by="word"), UnusableSplit),
        (SplitSpec(order_by="never"), TooFewRows),
        (SplitSpec(group_by="missing"), LearningError),
    ],
)
@pytest.mark.parametrize("size", [None, 6])
def test_a_split_that_cannot_be_is_refused_with_advice(split: SplitSpec, error: type[LearningError], size: int | None):
    frame = create_frame(
        one=create_categorical(["x"] * 20),
        word=create_categorical(["b", "a"] * 10),
        all_test=create_categorical(["test"] * 20),
        never=create_numeric([None] * 20),
        x=create_numeric(range(20)),
        y=create_numeric(range(20)),
    )
    with pytest.raises(error) as caught:
        prepare(frame if size is None else Cut(frame, size), target="y", split=split)
    assert caught.value.advice
