"""Drift and distributions: bins of every kind of column, the test by its formula, and how seldom it errs by chance."""

import math

import numpy as np
import pytest

from learning.encoding.columns import InputColumn
from learning.monitoring.distribution import (
    MAX_LABELS,
    Distribution,
    describe_column,
    describe_labels,
    describe_numbers,
    describe_typicality,
)
from learning.monitoring.drift import MIN_PSI, MIN_ROWS, find_chi_square, measure_drift
from learning.monitoring.reference import Reference, compare_bins
from learning.serialization import from_json, to_json
from learning.tasks.classes import ClassPredictions
from tests.unit.learning.frames import (
    create_boolean,
    create_categorical,
    create_datetime,
    create_frame,
    create_numeric,
    create_text,
)

RANDOM = np.random.default_rng(4)


def test_numbers_are_in_ten_bins_of_equally_many_rows() -> None:
    found = describe_numbers("x", "numeric", "value", np.append(np.arange(1000.0), [np.nan] * 3))
    assert len(found.edges) == 9
    assert found.counts == (*[100] * 10, 3)
    np.testing.assert_array_equal(found.assign_numbers(np.array([-5.0, 99.0, 99.5, 1e9, np.nan])), [0, 0, 1, 9, 10])


@pytest.mark.parametrize(
    ("values", "counts"),
    [([1.0, 1, 1, 1], (4, 0)), ([0.0, 0, 0, 1], (3, 1, 0)), ([], (0, 0)), ([float("nan")] * 2, (0, 2))],
)
def test_equal_numbers_and_none_have_fewer_bins(values: list[float], counts: tuple[int, ...]) -> None:
    assert describe_numbers("x", "numeric", "value", np.array(values)).counts == counts


def test_rare_labels_share_a_bin_with_those_to_come() -> None:
    cells = [f"label {number}" for number in range(30) for _ in range(30 - number)]
    column = create_categorical([*cells, None])
    found = describe_column("c", column)
    assert found is not None
    assert found.labels == tuple(f"label {number}" for number in range(MAX_LABELS))
    assert found.counts == (*range(30, 10, -1), sum(range(1, 11)), 1)
    later = create_categorical(["label 0", "label 29", "new", None])
    np.testing.assert_array_equal(found.assign(later), [0, 20, 20, 21])


def test_booleans_texts_and_dates() -> None:
    found = describe_column("b", create_boolean([True, False, True, None]))
    assert found is not None
    assert found.counts == (1, 2, 0, 1)
    np.testing.assert_array_equal(found.assign(create_boolean([True, None, False])), [1, 3, 0])
    texts = describe_column("t", create_text(["a" * length for length in range(100)] + [None]))
    assert texts is not None
    assert (texts.statistic, texts.counts[-1]) == ("length", 1)
    np.testing.assert_array_equal(texts.assign(create_text(["", "a" * 500, None])), [0, 9, 10])
    assert describe_column("d", create_datetime(["2024-01-01T00:00:00"])) is None


def test_what_cannot_be_counted_is_missing() -> None:
    found = describe_numbers("x", "numeric", "value", np.arange(10.0))
    np.testing.assert_array_equal(found.assign(create_categorical(["a", "b"])), [found.missing_bin] * 2)


def test_psi_is_that_of_its_formula() -> None:
    before, after = np.array([500, 300, 200, 0]), np.array([200, 300, 500, 0])
    p, q = (np.array([500.5, 300.5, 200.5]) / 1001.5, np.array([200.5, 300.5, 500.5]) / 1001.5)
    found = measure_drift(before, after, 1)
    assert found is not None
    assert found.psi == pytest.approx(float(((q - p) * np.log(q / p)).sum()))
    assert found.threshold == MIN_PSI
    assert found.is_found


def test_few_rows_need_more_and_too_few_say_nothing() -> None:
    assert measure_drift(np.array([500, 500]), np.array([MIN_ROWS - 1, 0]), 1) is None
    assert measure_drift(np.array([25, 24]), np.array([500, 500]), 1) is None
    many = np.full(20, 500)
    found = measure_drift(many, np.full(20, 5), 50)
    assert found is not None
    assert found.threshold > MIN_PSI
    assert found.threshold == pytest.approx(find_chi_square(1 - 0.01 / 50, 19) * (1 / 10_000 + 1 / 100))


@pytest.mark.parametrize(
    ("probability", "freedom", "expected"),
    [(0.95, 1, 3.841), (0.99, 1, 6.635), (0.99, 10, 23.209), (0.999, 10, 29.588), (0.99, 20, 37.566)],
)
def test_chi_square_is_near_the_tables(probability: float, freedom: int, expected: float) -> None:
    assert find_chi_square(probability, freedom) == pytest.approx(expected, rel=0.03)


def test_rows_of_the_same_distribution_seldom_drift_and_others_do() -> None:
    """Twenty columns of the same distribution in 400 checks: at most a few are wrong, where 1 % may be."""
    wrong = 0
    for _ in range(400):
        for rows in (100, 1000):
            before = RANDOM.multinomial(2000, np.full(10, 0.1), size=20)
            after = RANDOM.multinomial(rows, np.full(10, 0.1), size=20)
            found = [measure_drift(*pair, 20) for pair in zip(before, after, strict=True)]
            wrong += any(each is not None and each.is_found for each in found)
    assert wrong <= 18  # of 800 one in a hundred is 8, with a standard deviation of 2.8
    reference = describe_numbers("x", "numeric", "value", RANDOM.normal(size=5000))
    moved = reference.assign_numbers(RANDOM.normal(1, 1, 300))
    drift = measure_drift(np.array(reference.counts), np.bincount(moved, minlength=11), 20)
    assert drift is not None
    assert drift.is_found


def test_a_reference_survives_json_and_finds_the_column_that_moved() -> None:
    rows = 2000
    frame = create_frame(
        size=create_numeric(RANDOM.normal(size=rows)),
        colour=create_categorical(RANDOM.choice(["red", "green"], rows).tolist()),
        note=create_text(["x" * int(length) for length in RANDOM.integers(5, 50, rows)]),
    )
    probabilities = RANDOM.dirichlet([1, 1], rows)
    inputs = [InputColumn("size", "numeric"), InputColumn("colour", "categorical"), InputColumn("note", "text")]
    made = Reference.fit(inputs, ["y"], frame, ClassPredictions(probabilities, ("no", "yes")))
    known = from_json(Reference, to_json(made))
    assert known == made
    assert [each.name for each in known.distributions] == ["size", "colour", "note", "y"]
    later = create_frame(
        size=create_numeric(RANDOM.normal(size=500)),
        colour=create_categorical(["red"] * 500),
        note=create_text(["x" * 20] * 250 + [None] * 250),
    )
    codes = known.assign(later, ClassPredictions(RANDOM.dirichlet([1, 1], 500), ("no", "yes")))
    assert codes.shape == (500, 4)
    found = {each.name: drift for each, (_, drift) in zip(known.distributions, compare_bins(known, codes), strict=True)}
    assert [name for name, drift in found.items() if drift is not None and drift.is_found] == ["colour", "note"]


def test_the_typicality_of_pictures_like_these_is_even() -> None:
    found = describe_typicality("photo", 105)
    assert sum(found.counts) == 105
    assert max(found.counts[:-1]) - min(found.counts[:-1]) <= 1
    np.testing.assert_array_equal(found.assign_numbers(np.array([0.01, 0.95, math.nan])), [0, 9, 10])


@pytest.mark.parametrize("counts", [(1, 2), (1, 2, 3, 4)])
def test_distributions_that_do_not_fit_are_refused(counts: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="counts"):
        Distribution(name="x", type="numeric", statistic="value", edges=(1.0,), counts=counts)


def test_labels_are_short_and_many_alike_are_one() -> None:
    found = describe_labels("c", "value", {"a" * 300: 2, "a" * 299: 3})
    assert found.labels == ("a" * 200,)
    assert found.counts == (5, 0, 0)
