"""Encoders: what each type of column becomes, and their robustness against unusual tables."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learning.encoding.categorical import CategoricalEncoder
from learning.encoding.columns import InputWarning, WarningList
from learning.encoding.eligibility import MAX_COLUMN_OUTPUTS, SkippedColumn, max_outputs_for
from learning.encoding.numeric import NumericEncoder
from learning.encoding.numeric_block import NumericBlockEncoder
from learning.encoding.table import TableEncoder
from learning.errors import UnusableColumn
from learning.frame import CategoricalColumn, Column, Frame, NumericColumn
from tests.unit.learning.frames import (
    create_boolean,
    create_categorical,
    create_datetime,
    create_frame,
    create_numeric,
    create_text,
)


def fit_encoder(column: Column) -> TableEncoder:
    encoder, skipped = TableEncoder.fit(create_frame(c=column), ["c"])
    assert skipped == ()
    return encoder


def encode_column(train: Column, rows: Column | None = None) -> np.ndarray:
    return fit_encoder(train).encode(create_frame(c=train if rows is None else rows))


def warnings_of(encoder: TableEncoder, frame: Frame, limit: int = 99) -> list[InputWarning]:
    warnings = WarningList(limit)
    x = encoder.encode(frame, warnings=warnings)
    np.testing.assert_array_equal(x, encoder.encode(frame))
    return warnings.sorted()


def reason_for_skipping(column: Column) -> str:
    encoder, skipped = TableEncoder.fit(create_frame(c=column), ["c"])
    assert encoder.columns == ()
    [(name, reason)] = skipped
    assert name == "c"
    return reason


# ---- numbers


def test_normal_numbers_get_mean_0_and_spread_1_as_plain_standardisation_gives():
    values = np.random.default_rng(0).normal(300.0, 7.0, 5000)
    plain = (values - values.mean()) / values.std()
    x = encode_column(create_numeric(values))[:, 0]
    near = np.abs(plain) < 2.9
    np.testing.assert_allclose(x[near], plain[near], atol=2e-3)


def test_one_outlier_does_not_change_the_encoding_of_the_others():
    values = np.random.default_rng(1).normal(50.0, 5.0, 200)
    without = encode_column(create_numeric(values))[:, 0]
    for absurd in (1e30, -1e300, np.inf):
        x = encode_column(create_numeric(np.append(values, absurd)))[:, 0]
        np.testing.assert_allclose(x[:-1], without, atol=0.2)
        assert np.isfinite(x).all()
        assert 10 < abs(x[-1]) < 100


def test_a_column_that_is_nearly_always_zero_keeps_the_spread_of_its_other_values():
    values = np.zeros(1000)
    values[:20] = np.arange(1, 21)
    values[20] = 1e30
    x = encode_column(create_numeric(values))[:, 0]
    steps = np.diff(x[:20])
    assert (steps > 0.001).all()


@given(
    st.lists(st.floats(-1e308, 1e308), min_size=2, max_size=50),
    st.lists(st.floats(allow_nan=False), min_size=2, max_size=20),
)
def test_whatever_the_numbers_are_the_encoded_are_finite_and_in_the_same_order(train: list[float], rows: list[float]):
    encoder = NumericEncoder.fit("c", np.array(train))
    if isinstance(encoder, SkippedColumn):
        assert len(set(train)) == 1
        return
    x = TableEncoder((encoder,)).encode(create_frame(c=create_numeric(sorted(rows))))[:, 0]
    assert np.isfinite(x).all()
    assert (np.diff(x) >= 0).all()
    assert np.abs(x).max() < 100


def test_a_heavy_tail_stays_strictly_ordered():
    values = np.random.default_rng(2).lognormal(0.0, 3.0, 3000)
    x = encode_column(create_numeric(values), create_numeric(np.geomspace(10.0, 1e12, 300)))[:, 0]
    assert (np.diff(x) > 0).all()


def test_large_numbers_that_differ_little_stay_distinct():
    values = 1_700_000_000.0 + np.arange(100.0)
    x = encode_column(create_numeric(values))[:, 0]
    assert len(np.unique(x)) == 100
    assert x.std() == pytest.approx(1.0, abs=0.01)


def test_a_missing_number_becomes_the_median_and_is_flagged():
    x = encode_column(create_numeric([1.0, 2.0, 3.0, 4.0, 10.0, None]))
    assert x.shape == (6, 2)
    assert x[5, 0] == x[2, 0]
    assert x[:, 1].tolist() == [0, 0, 0, 0, 0, 1]


def test_a_number_that_training_never_missed_is_imputed_without_a_flag():
    x = encode_column(create_numeric([1.0, 2.0, 3.0]), create_numeric([None, 2.0]))
    assert x.shape == (2, 1)
    assert x[0] == x[1]


def test_a_constant_or_empty_column_is_skipped_with_a_note():
    assert reason_for_skipping(create_numeric([4.5] * 9)) == "Column 'c' is not used: it is 4.5 in every training row."
    assert (
        reason_for_skipping(create_numeric([None] * 9))
        == "Column 'c' is not used: it has no value in any training row."
    )
    assert "'x' in every" in reason_for_skipping(create_categorical(["x"] * 9))
    assert "no value" in reason_for_skipping(create_categorical([None] * 9))
    assert "true in every" in reason_for_skipping(create_boolean([True] * 9))
    assert "no value" in reason_for_skipping(create_boolean([None] * 9))
    assert "no value" in reason_for_skipping(create_datetime([None] * 9))
    assert "in every" in reason_for_skipping(create_datetime(["2024-01-01"] * 9))
    assert "no value" in reason_for_skipping(create_text([None] * 9))


def test_where_the_only_value_is_sometimes_missing_its_absence_is_learned_from():
    x = encode_column(create_numeric([7.0, None, 7.0, None]))
    assert x[:, 0].tolist() == [0, 0, 0, 0]
    assert x[:, 1].tolist() == [0, 1, 0, 1]
    assert len(np.unique(encode_column(create_boolean([True, None, True, None])), axis=0)) == 2
    assert len(np.unique(encode_column(create_categorical(["x", None, "x", None])), axis=0)) == 2


def test_a_block_of_columns_encodes_each_as_if_it_were_alone():
    random = np.random.default_rng(3)
    columns = {f"n{i}": NumericColumn(random.normal(i, i + 1.0, 5000)) for i in range(5)}
    columns["n2"].values[::7] = np.nan
    table, _ = TableEncoder.fit(Frame(columns, 5000), list(columns))
    x = table.encode(Frame(columns, 5000))
    for i, (name, column) in enumerate(columns.items()):
        encoder = NumericEncoder.fit(name, column.values)
        assert isinstance(encoder, NumericEncoder)
        alone = np.empty((5000, 1 + encoder.flag), dtype=np.float32)
        NumericBlockEncoder([encoder]).encode([column.values], None, alone)
        np.testing.assert_array_equal(alone[:, 0], x[:, i])
        if encoder.flag:
            np.testing.assert_array_equal(alone[:, 1], x[:, 5])


# ---- categories


def test_categories_become_one_of_many():
    x = encode_column(create_categorical(["red", "green", "red", "blue", "blue", "blue", "green"]))
    assert x.shape == (7, 3)
    assert (x.sum(axis=1) == 1).all()
    assert len(np.unique(x, axis=0)) == 3


def test_rare_categories_share_a_slot_and_an_unseen_one_is_taken_for_rare():
    train = create_categorical(["a"] * 10 + ["b"] * 10 + ["c", "d"])
    x = encode_column(train)
    assert x.shape[1] == 3
    assert (x[-1] == x[-2]).all()
    unseen = encode_column(train, create_categorical(["z"]))
    assert (unseen[0] == x[-1]).all()


def test_pooled_categories_are_counted_and_predicted_with_a_warning():
    train = create_categorical(["a"] * 10 + ["b"] * 10 + ["c", "d"])
    encoder = CategoricalEncoder.fit("store", train)
    assert isinstance(encoder, CategoricalEncoder)
    assert encoder.describe_pooling() == (
        "2 of 4 values of 'store' are learned as one, so they get the same answers: "
        "only the 2 most frequent, in 2 training rows or more, are told apart."
    )
    warnings = WarningList(10)
    encoder.encode(create_categorical(["a", "d", "z"]), np.empty((3, 3), np.float32), warnings)
    found = [(each.row, each.column, each.code) for each in warnings.sorted()]
    assert sorted(found) == [(1, "store", "pooled_category"), (2, "store", "unseen_category")]


def test_an_unseen_category_where_none_was_rare_gives_the_mean_answer_of_a_linear_layer():
    train = create_categorical(["a"] * 30 + ["b"] * 10)
    weights = np.random.default_rng(4).normal(size=(2, 5))
    mean_answer = (encode_column(train) @ weights).mean(axis=0)
    np.testing.assert_allclose(encode_column(train, create_categorical(["z"]))[0] @ weights, mean_answer, rtol=1e-6)


def test_a_missing_category_has_a_slot_if_training_missed_some_and_else_is_an_average_one():
    x = encode_column(create_categorical(["a", "b", None, "a", "b", None]))
    assert x.shape[1] == 3
    assert (x[2] == x[5]).all()
    assert not (x[2] == x[0]).all()
    x = encode_column(create_categorical(["a", "b", "a", "b"]), create_categorical([None]))
    assert x.tolist() == [[0.5, 0.5]]


def test_a_column_may_have_only_so_many_categories_and_the_most_frequent_have_slots():
    values = [f"k{i}" for i in range(400) for _ in range(2)] + ["often"] * 5
    encoder = CategoricalEncoder.fit("c", create_categorical(values))
    assert isinstance(encoder, CategoricalEncoder)
    assert len(encoder.kept) == MAX_COLUMN_OUTPUTS
    assert encoder.kept[0] == "often"
    assert encoder.width == MAX_COLUMN_OUTPUTS + 1
    assert len(encoder.describe().categories or ()) == 401


def test_a_million_rows_get_fewer_slots_than_a_thousand():
    assert [max_outputs_for(rows) for rows in (0, 1000, 100_000, 1_000_000)] == [256, 256, 167, 64]


def test_categories_that_are_nearly_all_different_look_like_an_id_and_are_skipped():
    reason = reason_for_skipping(create_categorical([f"id-{i}" for i in range(50)]))
    assert reason == "Column 'c' is not used: it looks like an id, with 50 different values in 50 training rows."


def test_the_codes_of_a_frame_mean_nothing_beyond_its_own_list():
    train = create_categorical(["a", "b", "c", "a", "b", "c"])
    other = CategoricalColumn(np.array([3, 2, 1, 0, -1], dtype=np.int32), ("z", "c", "b", "a"))
    few = encode_column(train, other)
    many = encode_column(train, CategoricalColumn(np.tile(other.codes, 5), other.categories))
    first = encode_column(train)
    np.testing.assert_array_equal(few[:3], first[:3])
    np.testing.assert_array_equal(many, np.tile(few, (5, 1)))
    one = encode_column(train, CategoricalColumn(np.array([1], dtype=np.int32), other.categories))
    np.testing.assert_array_equal(one[0], first[2])


def test_categories_are_described_in_the_order_of_the_alphabet_and_typed_rows_are_typical():
    encoder = fit_encoder(create_categorical(["no", "yes", "yes", "maybe", "maybe", "yes"]))
    [described] = encoder.describe()
    assert described.categories == ("maybe", "no", "yes")
    assert encoder.typical_row() == {"c": "yes"}


# ---- booleans, moments


def test_yes_and_no_are_opposites_and_missing_lies_between():
    x = encode_column(create_boolean([True, False, False, False, None]))
    assert x[:, 0].tolist() == [1, -1, -1, -1, -0.5]
    assert x[:, 1].tolist() == [0, 0, 0, 0, 1]
    assert encode_column(create_boolean([True, False]), create_boolean([None])).tolist() == [[0.0]]


def test_moments_have_a_trend_and_only_the_cycles_that_vary():
    days = create_datetime([f"2024-0{month}-01" for month in range(1, 10)])
    assert encode_column(days).shape == (9, 1 + 2 * 2)  # month and weekday, but no hour
    hours = create_datetime([f"2024-01-01T{hour:02}:30" for hour in range(24)])
    x = encode_column(hours)
    assert x.shape == (24, 1 + 2)
    assert (np.diff(x[:, 0]) > 0).all()
    np.testing.assert_allclose(np.hypot(x[:, 1], x[:, 2]), 1.0, rtol=1e-6)


def test_cyclic_encodings_place_december_beside_january_and_saturday_beside_sunday():
    x = encode_column(create_datetime([f"2023-{month:02}-01" for month in range(1, 13)]))[:, 1:3]
    steps = np.linalg.norm(x - np.roll(x, 1, axis=0), axis=1)
    np.testing.assert_allclose(steps, steps[0], rtol=1e-5)
    x = encode_column(create_datetime([f"2024-02-{day:02}" for day in range(1, 15)]))[:, 1:3]
    np.testing.assert_array_equal(x[:7], x[7:])
    steps = np.linalg.norm(x[:7] - np.roll(x[:7], 1, axis=0), axis=1)
    np.testing.assert_allclose(steps, steps[0], rtol=1e-5)


def test_times_of_day_are_a_circle_without_a_trend():
    train = create_datetime([f"1970-01-01T{hour:02}:30" for hour in range(24)])
    assert fit_encoder(train).output_names == ["c, sine of the time of day", "c, cosine of the time of day"]
    assert fit_encoder(train).columns[0].typical_value == "12:00:00"
    late, early, noon = encode_column(
        train, create_datetime(["1970-01-01T23:59", "1970-01-01T00:01", "1970-01-01T12:00"])
    )
    assert np.linalg.norm(late - early) < 0.01
    assert np.linalg.norm(late - noon) > 1.99


def test_times_of_day_have_a_flag_where_training_lacked_some():
    encoder = fit_encoder(create_datetime(["1970-01-01T06:00", "1970-01-01T18:00", None]))
    assert encoder.output_names[0] == "c is missing"
    x = encoder.encode(create_frame(c=create_datetime([None, "1970-01-01T06:00", "2024-05-06T06:00"])))
    np.testing.assert_allclose(x, [[1, 0, 0], [0, 1, 0], [0, 1, 0]], atol=1e-6)


def test_a_time_outside_the_trained_range_has_a_warning_in_times_of_day():
    encoder = fit_encoder(create_datetime(["1970-01-01T06:00", "1970-01-01T18:00"]))
    [warning] = warnings_of(encoder, create_frame(c=create_datetime(["1970-01-01T23:59"])))
    assert warning.detail == "23:59:00 is outside the trained range, 06:00:00 to 18:00:00"


def test_a_missing_moment_is_flagged_and_stands_in_the_middle_of_each_circle():
    x = encode_column(create_datetime(["2024-01-01", "2024-03-01", "2024-05-06", None]))
    assert x.shape == (4, 2 + 4)
    assert x[3].tolist() == [x[1, 0], 1, 0, 0, 0, 0]


def test_moments_before_the_year_1_and_after_9999_are_encoded_all_the_same():
    train = create_datetime(["2024-01-01", "2024-03-01T10:00", "2024-05-01"])
    column = type(train)(np.array([-1e300, -1e12, 1e12, 1e300, np.inf]))
    x = encode_column(train, column)
    assert np.isfinite(x).all()
    assert len(warnings_of(fit_encoder(train), create_frame(c=column))) == 5


# ---- the table


def test_a_table_is_one_matrix_and_any_rows_of_it_are_the_same_rows():
    random = np.random.default_rng(5)
    table = create_frame(
        n=create_numeric(random.normal(size=3000)),
        w=create_categorical(random.choice(["a", "b", "c"], 3000).tolist()),
        b=create_boolean((random.random(3000) > 0.5).tolist()),
        d=create_datetime([f"2024-01-{day:02}" for day in random.integers(1, 29, 3000)]),
        t=create_text(random.choice(["red fox", "red hen", "blue hen"], 3000).tolist()),
    )
    encoder, _ = TableEncoder.fit(table, list(table))
    x = encoder.encode(table)
    assert x.shape == (3000, encoder.width)
    assert (x.dtype, x.flags.c_contiguous) == (np.float32, True)
    rows = random.permutation(3000)[:2500]
    np.testing.assert_array_equal(encoder.encode(table, rows), x[rows])
    np.testing.assert_array_equal(encoder.encode(table.take(rows)), x[rows])
    np.testing.assert_array_equal(encoder.encode(table.take(rows[:1])), x[rows[:1]])
    assert encoder.encode(table.take(rows[:0])).shape == (0, encoder.width)


def test_encoders_learn_from_the_given_rows_only():
    column = create_numeric([1.0, 2.0, 3.0, 1000.0, None])
    some, _ = TableEncoder.fit(create_frame(c=column), ["c"], np.array([0, 1, 2]))
    alone, _ = TableEncoder.fit(create_frame(c=create_numeric([1.0, 2.0, 3.0])), ["c"])
    assert some == alone
    shown = create_categorical(["a", "b", "a", "b", "secret", "secret"])
    some, _ = TableEncoder.fit(create_frame(c=shown), ["c"], np.array([0, 1, 2, 3]))
    assert some.describe()[0].categories == ("a", "b")


def test_a_table_encoder_round_trips_through_json_and_refuses_other_documents():
    table = create_frame(
        n=create_numeric([1.0, 2.0, None, 4.0]),
        w=create_categorical(["a", "b", "a", "b"]),
        b=create_boolean([True, False, None, True]),
        d=create_datetime(["2024-01-01", "2024-02-02", None, "2024-03-03"]),
        t=create_text(["red fox", "red hen", None, "hen"]),
    )
    encoder, _ = TableEncoder.fit(table, list(table))
    plain = encoder.to_json()
    again = TableEncoder.from_json(json.loads(json.dumps(plain)))
    assert again == encoder
    np.testing.assert_array_equal(again.encode(table), encoder.encode(table))
    for broken in (None, {}, {"columns": [{}]}, {"columns": "n"}, {**plain, "more": 1}):
        with pytest.raises(ValueError, match="TableEncoder"):
            TableEncoder.from_json(broken)


def test_a_column_that_is_not_there_or_of_another_type_is_named():
    encoder, _ = TableEncoder.fit(create_frame(price=create_numeric([1.0, 2.0])), ["price"])
    with pytest.raises(UnusableColumn, match=r"no column 'price'.* Did you mean 'prise'"):
        encoder.encode(create_frame(prise=create_numeric([1.0])))
    with pytest.raises(UnusableColumn, match=r"'price' is categorical, and was numeric"):
        encoder.encode(create_frame(price=create_categorical(["1"])))
    with pytest.raises(UnusableColumn, match="no column 'size'"):
        TableEncoder.fit(create_frame(price=create_numeric([1.0, 2.0])), ["size"])


@settings(max_examples=50)
@given(st.data())
def test_no_table_whatever_breaks_the_encoders(data: st.DataObject):
    rows = data.draw(st.integers(1, 12))
    cells = {
        "n": st.one_of(st.none(), st.floats(allow_nan=False)),
        "w": st.one_of(st.none(), st.text(max_size=3)),
        "b": st.one_of(st.none(), st.booleans()),
        "t": st.one_of(st.none(), st.text(max_size=9)),
    }
    make = {"n": create_numeric, "w": create_categorical, "b": create_boolean, "t": create_text}

    def draw_frame() -> Frame:
        return create_frame(
            **{name: make[name](data.draw(st.lists(cells[name], min_size=rows, max_size=rows))) for name in make}
        )

    encoder, skipped = TableEncoder.fit(draw_frame(), list(make))
    assert {encoder.name for encoder in encoder.columns} | {name for name, _ in skipped} == set(make)
    other = draw_frame()
    x = encoder.encode(other)
    assert np.isfinite(x).all()
    assert {warning.column for warning in warnings_of(encoder, other)} <= set(make)
    assert TableEncoder.from_json(json.loads(json.dumps(encoder.to_json()))) == encoder
    json.dumps(encoder.typical_row())


def test_warnings_name_rows_far_down_a_long_table():
    encoder = fit_encoder(create_numeric([1.0, 2.0, 3.0]))
    cells: list[float | None] = [2.0] * 5000
    cells[3], cells[2500], cells[4999] = 9.0, None, -9.0

    warnings = warnings_of(encoder, create_frame(c=create_numeric(cells)))

    assert [(warning.row, warning.code) for warning in warnings] == [
        (3, "outside_trained_range"),
        (2500, "missing_imputed"),
        (4999, "outside_trained_range"),
    ]
    assert warnings[1].detail == "left blank: 2, the median, is used; no training row was blank here"
    assert warnings_of(encoder, create_frame(c=create_numeric(cells)), limit=1) == warnings[:1]


def test_every_input_of_a_row_has_a_descriptive_name():
    table = create_frame(
        w=create_categorical(["a", "a", "b", "b", "b", None, None, "x", "y", "b"]),
        n=create_numeric([1.0, 2.0, np.nan, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 0.0]),
        b=create_boolean([True, False, None, True, True, False, True, True, False, True]),
        d=create_datetime([f"2024-0{month}-01" for month in range(1, 10)] + [None]),
        t=create_text(["red", "red", "hen", "hen", "red hen", None, "red", "hen", "red", "hen"]),
    )
    encoder, _ = TableEncoder.fit(table, list(table))
    x = encoder.encode(table)

    assert encoder.output_names[:2] == ["n", "n is missing"]
    assert encoder.output_names[2:7] == ["w = b", "w = a", "w is rare", "w is missing", "b"]
    assert encoder.output_names[encoder.width - 1 : encoder.width + 2] == ["t is missing", "t [1]", "t [2]"]
    assert {"d", "d is missing", "d, sine of the month", "d, cosine of the weekday"} <= set(encoder.output_names)
    assert len(encoder.output_names) == len(set(encoder.output_names)) == encoder.net_inputs.width == x.shape[1] + 8
    for name, row in {"n is missing": 2, "w = a": 0, "w is rare": 7, "w is missing": 5, "b is missing": 2}.items():
        assert x[row, encoder.output_names.index(name)] == 1.0, name
    assert x[1, encoder.output_names.index("d, sine of the month")] == pytest.approx(0.5)


def test_the_first_warnings_by_row_are_listed_and_few_others_are_made():
    class CountedWarnings(WarningList):
        added = 0

        def add(self, row: int, column: str, code: str, detail: str) -> None:
            self.added += 1
            super().add(row, column, code, detail)

    names = [f"c{number:03}" for number in range(300)]
    kinds = (
        create_categorical(["a", "b"] * 20),
        create_boolean([True, False] * 20),
        create_text(["one two", "two"] * 20),
    )
    encoder, _ = TableEncoder.fit(create_frame(**{name: kinds[at % 3] for at, name in enumerate(names)}), names)
    missing = (create_categorical([None] * 40), create_boolean([None] * 40), create_text([None] * 40))
    rows = create_frame(**{name: missing[at % 3] for at, name in enumerate(names)})
    warnings = CountedWarnings(25)
    encoder.encode(rows, warnings=warnings)
    assert [(warning.row, warning.column) for warning in warnings.sorted()] == [(0, name) for name in names[:25]]
    assert warnings.added < 1000  # of 12,000


@given(st.lists(st.floats(-1e12, 1e12), min_size=3, max_size=9, unique=True))
def test_the_typical_number_is_short_and_within_the_trained_range(numbers: list[float]):
    encoder = fit_encoder(create_numeric(numbers)).columns[0]
    value, median = encoder.typical_value, float(np.median(numbers))
    assert min(numbers) <= value <= max(numbers)
    assert value == pytest.approx(median, rel=5e-4)
    assert value in {median, round(value), float(f"{value:.4g}")}
