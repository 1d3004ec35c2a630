"""Folds of cross-validation: every row is held out once, groups stay whole, and folds are equal."""

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import StratifiedKFold

from learning.data.folds import assign_folds
from learning.data.prepare import prepare
from learning.data.split import Split, decode_parts, encode_parts
from learning.data.split_spec import SplitSpec
from learning.errors import TooFewRows
from learning.frame import Table
from tests.unit.learning.data.test_prepare_in_chunks import Cut
from tests.unit.learning.data.test_split_table import people_of, visits
from tests.unit.learning.frames import create_categorical, create_frame, create_numeric

SEEDS = st.integers(0, 2**53 - 1)


def split_all(table: Table, split: dict[str, Any], folds: int = 5, seed: int = 3) -> list[Split]:
    """The split of the job of each fold."""
    specs = [replace(SplitSpec(folds=folds, fold=fold), **split) for fold in range(folds)]
    return [prepare(table, target="y", split=spec, seed=seed).rows for spec in specs]


@given(st.lists(st.integers(0, 6), min_size=12, max_size=200), st.integers(2, 12), SEEDS)
def test_folds_are_as_equal_as_those_of_a_stratified_k_fold(strata: list[int], folds: int, seed: int):
    kinds = np.array(strata)
    found = assign_folds(kinds, None, folds, seed)
    for kind, rows in Counter(strata).items():
        own = np.bincount(found[kinds == kind], minlength=folds)
        assert (own.min(), own.max()) == (rows // folds, -(-rows // folds))
    if min(Counter(strata).values()) >= folds:
        peer = [len(held_out) for _, held_out in StratifiedKFold(folds).split(kinds, kinds)]
        assert sorted(np.bincount(found)) == sorted(peer)


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3)), min_size=1, max_size=150), st.integers(2, 6), SEEDS)
def test_groups_are_whole_and_no_fold_is_empty_or_far_from_its_size(rows: list[tuple[int, int]], folds: int, seed: int):
    groups, strata = (np.array(column) for column in zip(*rows, strict=True))
    sizes = np.bincount(groups)
    if np.count_nonzero(sizes) < folds:
        with pytest.raises(TooFewRows):
            assign_folds(strata, groups.astype(np.uint64), folds, seed)
        return
    found = assign_folds(strata, groups.astype(np.uint64), folds, seed)
    assert set(found.tolist()) == set(range(folds))
    assert all(len(set(found[groups == group].tolist())) == 1 for group in set(groups.tolist()))
    assert np.bincount(found).max() <= len(rows) / folds + sizes.max()
    assert (found == assign_folds(strata, groups.astype(np.uint64), folds, seed)).all()


@given(st.lists(st.integers(0, 3), min_size=5, max_size=100), SEEDS)
def test_rows_that_are_alone_are_divided_as_without_groups(strata: list[int], seed: int):
    kinds = np.array(strata)
    alone = np.arange(len(kinds), dtype=np.uint64)
    assert (assign_folds(kinds, alone, 5, seed) == assign_folds(kinds, None, 5, seed)).all()


def test_rows_that_are_alone_fill_up_what_groups_left():
    groups = np.concatenate((np.zeros(30), np.arange(1, 71))).astype(np.uint64)
    strata = np.concatenate((np.zeros(30), np.arange(70) % 2)).astype(np.int64)
    found = assign_folds(strata, groups, 4, 0)
    sizes = np.bincount(found)
    assert sorted(sizes.tolist()) == [23, 23, 24, 30]
    assert all(abs(2 * strata[30:][found[30:] == fold].sum() - sizes[fold]) <= 2 for fold in set(found[30:].tolist()))


@pytest.mark.parametrize("size", [None, 170])
@pytest.mark.parametrize("split", [{}, {"test": 0.2}, {"group_by": "person"}, {"keep_copies_together": True}])
def test_the_jobs_of_all_folds_hold_every_row_out_once(split: dict[str, Any], size: int | None):
    frame = visits(100, 6)
    found = split_all(frame if size is None else Cut(frame, size), split)
    tests = [set(rows.test.tolist()) for rows in found]
    assert all(rows == tests[0] for rows in tests)
    assert len(tests[0]) == pytest.approx(120 if "test" in split else 0, abs=5)
    out_of_fold = np.concatenate([rows.validation for rows in found])
    assert sorted([*out_of_fold.tolist(), *tests[0]]) == list(range(600))
    for fold, rows in enumerate(found):
        assert sorted(np.concatenate(rows.parts).tolist()) == list(range(600))
        assert rows.folds is not None
        assert (rows.folds == found[0].folds).all()
        assert sorted(rows.validation.tolist()) == np.flatnonzero(rows.folds == fold).tolist()
        if "group_by" in split:
            assert not people_of(frame, rows.validation) & people_of(frame, rows.train)
        else:
            assert len(rows.validation) == pytest.approx(len(out_of_fold) / 5, abs=0 if size is None else 45)


def test_the_test_rows_are_those_of_a_split_without_folds():
    frame = visits()
    for table in (frame, Cut(frame, 90)):
        plain = prepare(table, target="y", split=SplitSpec(validation=0.0, test=0.2), seed=7).rows
        assert set(plain.test.tolist()) == set(split_all(table, {"test": 0.2}, seed=7)[2].test.tolist())


def test_another_seed_gives_other_folds():
    first, again, other = (split_all(visits(), {}, seed=seed)[0].validation.tolist() for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_a_class_that_one_fold_alone_has_is_named():
    frame = create_frame(x=create_numeric(range(41)), y=create_categorical(["a", "b"] * 20 + ["once"]))
    notes = [
        [sentence for _, sentence in prepare(frame, target="y", split=SplitSpec(folds=5, fold=fold)).skipped]
        for fold in range(5)
    ]
    told = [own for own in notes if any("1 class has no training row in fold" in text for text in own)]
    assert len(told) == 1
    assert "once" in str(told)


def test_too_few_rows_or_groups_are_refused_with_both_numbers():
    frame = create_frame(
        who=create_categorical(["x", "y"] * 5), x=create_numeric(range(10)), y=create_numeric(range(10))
    )
    with pytest.raises(TooFewRows, match="10 rows with a target are too few for 11 folds"):
        prepare(frame, target="y", split=SplitSpec(folds=11))
    with pytest.raises(TooFewRows, match="2 groups of rows with a target are too few for 3 folds"):
        prepare(frame, target="y", split=SplitSpec(folds=3, group_by="who"))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-1, 49)), max_size=60))
def test_stored_parts_and_folds_are_read_again(rows: list[tuple[int, int]]):
    parts, folds = (np.array([row[place] for row in rows], np.int8) for place in (0, 1))
    split = Split(*(np.flatnonzero(parts == number) for number in (1, 2, 3)), folds=folds)
    found = decode_parts(encode_parts(split, len(rows)))
    assert found.parts.tolist() == parts.tolist()
    assert found.folds.tolist() == folds.tolist()
