"""Preparation of a table in chunks equals that of the whole frame, in bounded memory."""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.data import prepare as preparation
from learning.data import shuffle, table_chunks
from learning.data.prepare import prepare
from learning.data.split import SplitAssigner
from learning.data.split_spec import SplitSpec
from learning.errors import ImpossibleTarget, UnusableColumn
from learning.frame import Frame, concat_frames
from tests.unit.learning.frames import (
    create_boolean,
    create_categorical,
    create_datetime,
    create_frame,
    create_numeric,
    create_text,
)

RANDOM = np.random.default_rng(0)
ROWS = 3000
FULL = create_frame(
    number=create_numeric(np.where(RANDOM.random(ROWS) < 0.1, np.nan, np.arange(ROWS))),
    word=create_categorical(RANDOM.choice(["red", "green", "blue", None], ROWS).tolist()),
    truth=create_boolean(RANDOM.choice([True, False, None], ROWS).tolist()),
    moment=create_datetime(RANDOM.choice(["2024-01-31", "2025-06-01T12:00", None], ROWS).tolist()),
    text=create_text(RANDOM.choice(["the cat sat", "a dog barked", None], ROWS).tolist()),
    measure=create_numeric(np.where(RANDOM.random(ROWS) < 0.05, np.nan, RANDOM.normal(50.0, 9.0, ROWS))),
    kind=create_categorical(np.repeat(["a", "b", "c", None], ROWS // 4).tolist()),
)


class Cut:
    """A frame that comes in pieces of so many rows, each with only the categories that occur in it."""

    def __init__(self, whole: Frame, size: int) -> None:
        self.whole, self.rows, self.size, self.formats = whole, whole.rows, size, whole.formats

    def __iter__(self) -> Iterator[str]:
        return iter(self.whole)

    def chunks(self, names: Sequence[str]) -> Iterator[Frame]:
        whole = next(self.whole.chunks(names))
        for start in range(0, self.rows, self.size):
            yield concat_frames([whole.take(np.arange(start, min(start + self.size, self.rows)))])


@pytest.mark.parametrize("target", ["measure", "kind", "truth", "text"])
def test_a_table_in_pieces_is_encoded_as_a_frame_is(target: str):
    whole, cut = (prepare(table, target=target, split=SplitSpec(test=0.1), seed=4) for table in (FULL, Cut(FULL, 700)))
    assert (cut.task, cut.ignored) == (whole.task, whole.ignored)
    assert cut.skipped[:1] == whole.skipped[:1]
    assert [encoder.name for encoder in cut.inputs.columns] == [encoder.name for encoder in whole.inputs.columns]
    for name, share in (("train", 0.7), ("validation", 0.2), ("test", 0.1)):
        ours, theirs = getattr(cut, name), getattr(whole, name)
        assert len(ours) == pytest.approx(len(theirs), abs=8)
        assert (ours.width, ours.target.labels, ours.x.dtype, ours.y.dtype) == (
            theirs.width,
            theirs.target.labels,
            theirs.x.dtype,
            theirs.y.dtype,
        )
        np.testing.assert_allclose(ours.x.mean(axis=0), theirs.x.mean(axis=0), atol=0.2)
        assert share > 0


def test_each_row_stays_with_its_target_and_number(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(shuffle, "MAX_WINDOW_ROWS", 100)
    table = create_frame(x=create_numeric(np.arange(1000.0)), y=create_numeric(np.arange(1000.0)))
    prepared = prepare(Cut(table, 130), target="y", split=SplitSpec(test=0.1))
    parts = (prepared.train, prepared.validation, prepared.test)
    for part in parts:
        ranks = [np.argsort(values, axis=0).ravel().tolist() for values in (part.x[:, 0], part.y)]
        assert ranks[0] == ranks[1]
    for part, rows in zip(parts, prepared.rows.parts, strict=True):
        np.testing.assert_allclose(part.target.decode(part.y).numbers[:, 0], rows, atol=1e-3)
    values = np.concatenate([part.target.decode(part.y).numbers[:, 0] for part in parts])
    np.testing.assert_allclose(np.sort(values), np.arange(1000.0), atol=1e-3)


def test_encoders_are_fitted_on_a_sample_of_the_training_rows(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(table_chunks, "SAMPLE_CELLS", 1000)
    whole, cut = (prepare(table, target="measure", features=["number"]) for table in (FULL, Cut(FULL, 700)))
    (exact,), (near,) = whole.inputs.columns, cut.inputs.columns
    assert near != exact
    assert near.centre == pytest.approx(exact.centre, abs=0.2 * exact.scale)
    assert near.scale == pytest.approx(exact.scale, rel=0.2)


def test_validation_rows_are_capped(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(preparation, "MAX_HELD_OUT_ROWS", 100)
    prepared = prepare(Cut(FULL, 700), target="measure", split=SplitSpec(validation=0.2, test=0.01))
    assert (len(prepared.validation), len(prepared.test)) == (pytest.approx(100, abs=3), pytest.approx(28, abs=3))
    assert "100 rows are held out" in prepared.skipped[1].reason


def test_the_same_seed_prepares_the_same_rows():
    first, again, other = (prepare(Cut(FULL, 700), target="kind", seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.train.x, again.train.x)
    assert not np.array_equal(first.validation.x, other.validation.x)


def test_errors_of_a_target_are_the_same_for_chunks():
    with pytest.raises(ImpossibleTarget, match="is 1 in every row"):
        prepare(Cut(create_frame(x=create_numeric(range(10)), y=create_numeric([1.0] * 10)), 4), target="y")
    with pytest.raises(ImpossibleTarget, match="40 different values in 40 rows"):
        prepare(
            Cut(create_frame(x=create_numeric(range(40)), y=create_categorical([f"w{i}" for i in range(40)])), 7),
            target="y",
        )
    with pytest.raises(UnusableColumn, match="Did you mean 'kind'"):
        prepare(Cut(FULL, 700), target="kin")


def test_numbers_are_classes_in_the_order_of_their_size():
    table = create_frame(x=create_numeric(range(60)), y=create_numeric([10.0, 9.0, -0.0, 0.0, 2.5] * 12))
    prepared = prepare(Cut(table, 7), target="y", task="classification")
    assert prepared.output.classes == ("0", "2.5", "9", "10")


@given(
    st.lists(st.lists(st.integers(-1, 3), max_size=120), min_size=1, max_size=6),
    st.sampled_from([0.0, 0.1, 0.25]),
    st.sampled_from([0.0, 0.2, 0.5]),
    st.integers(0, 2**53 - 1),
)
def test_pieces_are_divided_in_proportion_for_every_class(
    pieces: list[list[int]], test: float, validation: float, seed: int
):
    divider = SplitAssigner(4, validation=validation, test=test, seed=seed)
    counts = [Counter[int](), Counter[int](), Counter[int]()]
    for piece in pieces:
        strata = np.array(piece, dtype=np.int64)
        parts = divider.assign(strata).parts
        assert sorted(np.concatenate(parts).tolist()) == np.flatnonzero(strata >= 0).tolist()
        assert all((np.diff(part) > 0).all() for part in parts)
        for count, part in zip(counts, parts, strict=True):
            count.update(strata[part].tolist())
    for stratum in range(4):
        rows = sum(count[stratum] for count in counts)
        assert not rows or counts[0][stratum]
        for count, share in zip(counts, (1 - validation - test, validation, test), strict=True):
            assert count[stratum] == pytest.approx(share * rows, abs=5)


def test_joined_frames_are_the_frame_again():
    again = concat_frames(list(Cut(FULL, 700).chunks(list(FULL))))
    assert again.rows == ROWS
    for name in FULL:
        ours, theirs = again[name], FULL[name]
        if name in {"word", "kind"}:
            mine = np.array([*ours.categories, None])[ours.codes]
            assert mine.tolist() == np.array([*theirs.categories, None])[theirs.codes].tolist()
            assert list(ours.categories) == sorted(ours.categories)
        else:
            np.testing.assert_array_equal(ours.values, theirs.values)
            assert ours.values.dtype == theirs.values.dtype
