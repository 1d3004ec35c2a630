"""Slices: where a net is worse, and that chance alone is not told as worse."""

from dataclasses import replace

import numpy as np
import pytest

from learning.frame import BooleanColumn, CategoricalColumn, DatetimeColumn, Frame, NumericColumn, TextColumn
from learning.insight.eval_sample import EvalSample
from learning.insight.slices import MAX_RANGES, find_slices
from tests.unit.learning.rows import create_rows

ROWS = 600


def sample_of_classes(wrong: np.ndarray) -> EvalSample:
    """Rows of two classes, some of them predicted wrongly."""
    y = np.arange(len(wrong)) % 2
    logits = np.where((y == 1) ^ wrong, 2.0, -2.0)[:, None]
    return EvalSample("validation", np.arange(len(y)), create_rows(np.zeros((len(y), 1), np.float32), y, 2), logits)


def test_the_value_where_half_is_wrong_comes_first_and_is_surely_worse():
    chance = np.random.default_rng(0)
    codes = chance.integers(0, 4, ROWS).astype(np.int32)
    wrong = chance.random(ROWS) < np.where(codes == 2, 0.5, 0.05)
    frame = Frame({"town": CategoricalColumn(codes, ("a", "b", "c", "d"))}, ROWS)

    report = find_slices(sample_of_classes(wrong), frame)
    first = report.slices[0]

    assert (report.metric, report.rows, report.compared) == ("accuracy", ROWS, 4)
    assert (first.column, first.kind, first.value, first.result) == ("town", "value", "c", "worse")
    assert first.rows == (codes == 2).sum()
    assert first.score == pytest.approx(1 - wrong[codes == 2].mean())
    assert first.rest == pytest.approx(1 - wrong[codes != 2].mean())
    assert first.low <= first.difference == first.score - first.rest <= first.high < 0
    assert {one.result for one in report.slices[1:]} <= {"tie", "better"}


def test_ranges_of_numbers_and_periods_of_dates_hold_all_rows_with_a_value():
    chance = np.random.default_rng(1)
    values = chance.normal(size=ROWS)
    values[:50] = np.nan
    frame = Frame({"size": NumericColumn(values), "day": DatetimeColumn(np.arange(ROWS) * 86_400.0)}, ROWS)
    wrong = np.nan_to_num(values) > 1.0

    report = find_slices(sample_of_classes(wrong), frame)

    for column, kind, rows in (("size", "range", ROWS - 50), ("day", "period", ROWS)):
        found = [one for one in report.slices if one.column == column and one.kind == kind]
        assert len(found) == MAX_RANGES
        assert sum(one.rows for one in found) == rows
        for one in found:
            inside = (frame.column(column).values >= one.start) & (frame.column(column).values <= one.stop)
            assert one.rows == inside.sum()
    assert [one.rows for one in report.slices if one.kind == "missing"] == [50]
    assert (report.slices[0].column, report.slices[0].result) == ("size", "worse")
    assert report.slices[0].stop == np.nanmax(values)


def test_small_slices_texts_and_columns_of_one_value_are_left_out():
    numbers = np.where(np.arange(ROWS) < 10, 1.0, 2.0)
    frame = Frame(
        {
            "few": NumericColumn(numbers),
            "constant": BooleanColumn(np.ones(ROWS, np.int8)),
            "text": TextColumn(np.array(["words"] * ROWS, object)),
        },
        ROWS,
    )

    assert find_slices(sample_of_classes(np.arange(ROWS) % 3 == 0), frame).slices == ()


def test_slices_whose_rows_count_for_nothing_are_left_out():
    wrong = np.arange(ROWS) % 3 == 0
    sample = sample_of_classes(wrong)
    is_heavy = np.arange(ROWS) < ROWS // 2
    frame = Frame({"heavy": BooleanColumn(is_heavy.astype(np.int8))}, ROWS)
    for weights in (is_heavy.astype(np.float32), np.where(is_heavy, 1e20, 1.0).astype(np.float32)):
        sample = replace(sample, data=replace(sample.data, weights=weights))
        assert find_slices(sample, frame).slices == ()


def test_slices_that_differ_by_chance_alone_are_ties():
    chance, told = np.random.default_rng(2), 0
    for _ in range(40):
        columns = {
            f"c{number}": CategoricalColumn(chance.integers(0, 5, ROWS).astype(np.int32), tuple("abcde"))
            for number in range(20)
        }
        report = find_slices(sample_of_classes(chance.random(ROWS) < 0.2), Frame(columns, ROWS))
        assert report.compared == 100
        told += any(one.result != "tie" for one in report.slices)

    assert told <= 6  # 5% of 40 are 2


def test_of_numbers_the_typical_error_is_compared_in_their_units():
    chance = np.random.default_rng(3)
    is_old = (np.arange(ROWS) % 3 == 0).astype(np.int8)
    y = chance.normal(size=(ROWS, 1))
    errors = chance.normal(size=(ROWS, 1)) * np.where(is_old, 0.6, 0.2)[:, None]
    data = create_rows(np.zeros((ROWS, 1), np.float32), y, scale=10.0)
    frame = Frame({"old": BooleanColumn(is_old, ("no", "yes"))}, ROWS)

    report = find_slices(EvalSample("test", np.arange(ROWS), data, y + errors), frame)

    assert report.metric == "rmse"
    assert [(one.value, one.result) for one in report.slices] == [("yes", "worse"), ("no", "better")]
    assert report.slices[0].score == pytest.approx(10 * np.sqrt(np.square(errors[is_old == 1]).mean()))
    assert report.slices[0].rest == pytest.approx(report.slices[1].score)
