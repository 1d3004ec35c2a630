"""Piecewise-linear encoding of numbers: where edges are, what bins hold, and that nothing else changes."""

import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.encoding.columns import InputWarning, WarningList
from learning.encoding.eligibility import ColumnStats
from learning.encoding.numeric import NumericEncoder
from learning.encoding.numeric_spec import NumericSpec, limit_edges
from learning.encoding.piecewise_linear import find_edges
from learning.encoding.table import TableEncoder
from learning.frame import Column, Frame
from tests.unit.learning.frames import create_boolean, create_datetime, create_frame, create_numeric

RANDOM = np.random.default_rng(7)


def fit(bins: int, **columns: Column) -> tuple[TableEncoder, Frame]:
    frame = create_frame(**columns)
    return TableEncoder.fit(frame, list(columns), numeric=NumericSpec(bins=bins))[0], frame


def encode_bins(bins: int, train: Column, rows: Column) -> np.ndarray:
    encoder, _ = fit(bins, c=train)
    return encoder.encode(create_frame(c=rows))[:, encoder.bins]


def test_edges_are_quantiles_and_reach_from_the_least_to_the_greatest_value():
    assert find_edges(RANDOM.permutation(np.arange(1.0, 10_002.0)), 4) == (1.0, 2501.0, 5001.0, 7501.0, 10_001.0)


def test_few_different_values_are_the_edges_themselves():
    assert find_edges(np.array([3.0, 1.0, 1.0, 2.0, 9.0]), 8) == (1.0, 2.0, 3.0, 9.0)


@pytest.mark.parametrize(("different", "bins", "edges"), [(33, 8, 33), (34, 8, 9), (33, 7, 8), (60, 64, 60)])
def test_every_day_of_a_month_is_an_edge_and_the_estimate_knows(different: int, bins: int, edges: int):
    values = np.repeat(np.arange(float(different)), 3)
    assert len(find_edges(values, bins)) == edges
    stats = ColumnStats(name="c", type="numeric", rows=99, missing=0, distinct=different, is_constant=False)
    assert stats.estimate_outputs(bins) == edges


@pytest.mark.parametrize("values", [[5.0] * 9, [0.0, 1.0, 1.0]])
def test_one_bin_says_no_more_than_the_number_and_is_left_out(values: list[float]):
    assert find_edges(np.array(values), 8) == ()
    assert find_edges(RANDOM.normal(size=100), 1) == ()


def test_a_value_that_most_rows_have_is_one_edge_and_leaves_the_bins_to_the_others():
    values = np.zeros(10_000)
    values[:500] = RANDOM.lognormal(0.0, 1.0, 500)
    edges = find_edges(values, 8)
    assert len(edges) == 9
    assert edges[0] == 0.0
    shares = [np.mean((values[:500] >= low) & (values[:500] < high)) for low, high in pairwise(edges[1:])]
    np.testing.assert_allclose(shares, 1 / 7, atol=0.01)


def test_a_bin_is_0_before_it_1_behind_it_and_linear_within():
    train = create_numeric([0.0, 10.0, 40.0])
    x = encode_bins(8, train, create_numeric([0.0, 5.0, 10.0, 25.0, 40.0]))
    np.testing.assert_allclose(x, [[0, 0], [0.5, 0], [1, 0], [1, 0.5], [1, 1]], atol=1e-6)


def test_the_outer_bins_go_on_with_the_logarithm():
    x = encode_bins(8, create_numeric([0.0, 10.0, 40.0]), create_numeric([-10.0, -1e300, 70.0, np.inf]))
    np.testing.assert_allclose(x[0], [-np.log(2.0), 0.0], rtol=1e-6)
    np.testing.assert_allclose(x[2], [1.0, 1.0 + np.log(2.0)], rtol=1e-6)
    assert np.isfinite(x).all()
    assert np.abs(x).max() < 100


def test_a_missing_value_is_flagged_and_lies_in_the_bin_of_the_median():
    encoder, frame = fit(2, c=create_numeric([1.0, 2.0, 3.0, 4.0, 10.0, None]))
    x = encoder.encode(frame)
    assert encoder.output_names == ["c", "c is missing", "c, 1 to 3", "c, 3 to 10"]
    assert x[5].tolist() == [*x[2, :1], 1.0, *x[2, 2:]]


@given(
    st.lists(st.floats(-1e308, 1e308), min_size=2, max_size=50),
    st.lists(st.floats(allow_nan=False), min_size=1, max_size=20),
    st.integers(2, 9),
)
def test_whatever_the_numbers_are_the_bins_are_finite_and_rise_with_them(
    train: list[float], rows: list[float], bins: int
):
    if len(set(train)) == 1:
        return
    x = encode_bins(bins, create_numeric(train), create_numeric(sorted(rows)))
    assert x.shape[1] < limit_edges(bins)
    assert np.isfinite(x).all()
    assert (np.diff(x, axis=0) >= 0).all()
    assert np.abs(x).max(initial=0.0) < 800


def test_one_row_and_a_block_of_rows_are_encoded_alike_and_each_column_as_if_alone():
    columns = {f"n{i}": RANDOM.lognormal(i, 1.0, 5000) for i in range(4)}
    columns["n1"][::9] = np.nan
    encoder, frame = fit(16, **{name: create_numeric(values) for name, values in columns.items()})
    x = encoder.encode(frame)
    for row in (3, 9, 4999):
        np.testing.assert_array_equal(encoder.encode(frame, np.array([row]))[0], x[row])
    for name, places in encoder.output_columns().items():
        alone, own = fit(16, **{name: frame.column(name)})
        np.testing.assert_array_equal(alone.encode(own), x[:, places])
        assert [alone.output_names[place] for place in range(alone.width)] == [encoder.output_names[p] for p in places]


def test_the_standard_form_flags_and_warnings_stay_as_without_bins():
    column = create_numeric([*RANDOM.normal(size=300), None])
    (plain, frame), (binned, _) = fit(0, c=column), fit(8, c=column)
    near = np.abs(plain.encode(frame)[:, 0]) < 3.0
    np.testing.assert_array_equal(binned.encode(frame)[near, :2], plain.encode(frame)[near])
    found = list[list[InputWarning]]()
    for encoder in (plain, binned):
        encoder.encode(create_frame(c=create_numeric([1e9, 0.0, None])), warnings=(warnings := WarningList(9)))
        found.append(warnings.sorted())
    assert found[0] == found[1]
    assert [len(each) for each in found] == [1, 1]


def test_dates_get_bins_with_dates_as_names_and_other_types_none():
    when = create_datetime(["2024-01-01", "2024-02-03", "2025-01-05", None] * 9)
    encoder, frame = fit(8, yes=create_boolean([True, False, None, True] * 9), when=when)
    names = [encoder.output_names[place] for place in encoder.bins]
    assert names[0] == "when, 2024-01-01T00:00:00Z to 2024-02-03T00:00:00Z"
    assert encoder.encode(frame)[:3, encoder.bins].tolist() == [[0, 0], [1, 0], [1, 1]]


def test_times_of_day_get_bins_without_a_trend():
    times = create_datetime([f"1970-01-01T{hour:02}:30:00Z" for hour in range(24)])
    encoder, _ = fit(2, when=times)
    assert encoder.output_names[:2] == ["when, 00:30:00 to 12:30:00", "when, 12:30:00 to 23:30:00"]
    assert encoder.bins.tolist() == [0, 1]


def test_a_value_far_from_the_centre_stays_linear_for_longer_in_a_column_with_bins():
    values = np.append(RANDOM.normal(size=2000), [5.0, 6.0])
    steps = {}
    for bins in (0, 8):
        encoder, frame = fit(bins, c=create_numeric(values))
        x = encoder.encode(frame)[:, 0]
        steps[bins] = (x[-1] - x[-2]) / (x[0] - x[1]) * (values[0] - values[1])
    assert steps[0] < 0.5
    assert steps[8] == pytest.approx(1.0, rel=1e-5)


def test_the_encoder_comes_back_from_json_and_one_without_bins_has_no_new_field():
    encoder, frame = fit(8, c=create_numeric(RANDOM.normal(size=300)))
    again = TableEncoder.from_json(json.loads(json.dumps(encoder.to_json())))
    np.testing.assert_array_equal(again.encode(frame), encoder.encode(frame))
    plain = json.dumps(fit(0, c=frame.column("c"))[0].to_json())
    assert "edges" not in plain
    assert "linear_spreads" not in plain


@pytest.mark.parametrize("edges", [[1.0], [2.0, 1.0], [1.0, 1.0, 2.0]])
def test_a_header_whose_edges_do_not_ascend_is_refused(edges: list[float]):
    plain = json.loads(json.dumps(fit(8, c=create_numeric(RANDOM.normal(size=300)))[0].to_json()))
    plain["columns"][0]["edges"] = edges
    with pytest.raises(ValueError, match="ascend"):
        TableEncoder.from_json(plain)


def test_the_number_of_bins_follows_the_rows_where_it_is_open():
    assert [NumericSpec(bins="auto").count_bins(rows) for rows in (10, 2000, 1_000_000)] == [8, 10, 64]
    assert NumericSpec(bins=3).count_bins(10**6) == 3
    columns = TableEncoder.fit(
        create_frame(c=create_numeric(RANDOM.normal(size=2400))), ["c"], numeric=NumericSpec(bins="auto")
    )[0].columns
    assert isinstance(columns[0], NumericEncoder)
    assert len(columns[0].edges) == 13
