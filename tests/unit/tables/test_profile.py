"""Column profiles against NumPy and counts by hand; frames read back for training."""

import json
from dataclasses import asdict

import numpy as np
import pytest

from learning.errors import UnusableColumn
from learning.frame import (
    BooleanColumn,
    CategoricalColumn,
    DatetimeColumn,
    Frame,
    NumericColumn,
    TextColumn,
    concat_frames,
)
from tables import load_frame, load_sample, load_table, parquet_table, read_rows
from tables.column_types import row_group_size
from tables.profile import QUANTILES


@pytest.mark.parametrize("size", [1, 2, 3, 10, 997])
def test_the_profile_of_numbers_agrees_with_numpy(table, size):
    numbers = np.random.default_rng(size).normal(10, 100, size).round(2)
    read = table("x,y\n" + "".join(f"{x},\n" for x in numbers)).profile("x")
    assert (read.min, read.max) == (numbers.min(), numbers.max())
    assert read.mean == pytest.approx(numbers.mean())
    assert read.std == pytest.approx(numbers.std(ddof=1) if size > 1 else 0.0)
    assert read.distinct == len(set(numbers))
    assert read.quantiles == pytest.approx({key: np.quantile(numbers, share) for key, share in QUANTILES.items()})


def test_missing_and_emptied_cells_are_left_out_of_the_profile(table):
    read = table("x,y\n1,a\n,b\n3,c\noops,d\nNA,e\n")
    profile = read.profile("x")
    assert (profile.missing, profile.mean, profile.max, profile.distinct) == (3, 2.0, 3.0, 2)
    assert read.profile("y").distinct == 5


def test_the_profile_of_huge_numbers_stays_finite(table):
    profile = table("x\n1e308\n-1e308\n1e308\n").profile("x")
    assert (profile.min, profile.max, profile.std) == (-1e308, 1e308, None)
    json.dumps(asdict(profile), allow_nan=False)


def test_the_ten_most_frequent_categories_are_listed(table):
    words = [f"w{i}" for i in range(15) for _ in range(20 - i)]
    profile = table("n,x\n" + "".join(f"1,{word}\n" for word in words)).profile("x")
    assert profile.distinct == 15
    assert [(top.value, top.count) for top in profile.top or ()] == [(f"w{i}", 20 - i) for i in range(10)]


def test_a_text_has_its_characters_and_its_commonest_words(table, monkeypatch: pytest.MonkeyPatch):
    lines = ["the cat sat", "", "The cat's mat, the né", "日本語 שלום 👩‍👩‍👧 the"] + ["x y z"] * 4
    source = "text\tn\n" + "".join(f"{line}\t{number}\n" for number, line in enumerate(lines))
    text = table(source, types={"text": "text"}).profile("text").text
    assert text is not None
    assert text.characters == sum(map(len, lines))
    assert text.words == 3 + 5 + 3 + 4 * 3
    assert [(top.value, top.count) for top in text.top[:4]] == [("x", 4), ("y", 4), ("z", 4), ("the", 3)]

    monkeypatch.setattr("tables.profile.MAX_COUNTED_CHARACTERS", 40)
    about = table(source, types={"text": "text"}).profile("text").text
    assert about is not None
    assert (about.characters, about.top[0].value) == (text.characters, "the")
    assert about.words == pytest.approx(text.words, rel=0.5)


def test_booleans_and_dates_have_counts_and_ranges(table):
    read = table("b,d\nyes,2024-01-31\nno,2023-05-01\nyes,\n,2024-01-31\n")
    assert (read.profile("b").true, read.profile("b").missing, read.profile("b").distinct) == (2, 1, 2)
    when = read.profile("d")
    assert (when.min, when.max, when.distinct) == ("2023-05-01T00:00:00Z", "2024-01-31T00:00:00Z", 2)


MIXED = (
    "n,c,b,d,t\n1.5,red,yes,2024-01-31,the cat sat on it\n,blue,,,a dog barked at night\n2,NA,no,1970-01-01 00:00:01,\n"
)


def test_a_frame_has_each_column_as_its_type_wants_it(table):
    read = table(MIXED)
    frame = load_frame(read.parquet, None, [asdict(column) for column in read.ingested.columns])
    assert (frame.rows, list(frame)) == (3, ["n", "c", "b", "d", "t"])
    assert isinstance(frame["n"], NumericColumn)
    np.testing.assert_array_equal(frame["n"].values, [1.5, np.nan, 2])
    assert isinstance(frame["c"], CategoricalColumn)
    assert frame["c"].categories == ("blue", "red")
    assert (frame["c"].codes.tolist(), frame["c"].codes.dtype) == ([1, 0, -1], np.int32)
    assert isinstance(frame["b"], BooleanColumn)
    assert (frame["b"].values.tolist(), frame["b"].values.dtype) == ([1, -1, 0], np.int8)
    assert isinstance(frame["d"], DatetimeColumn)
    np.testing.assert_array_equal(frame["d"].values, [1706659200, np.nan, 1])
    assert isinstance(frame["t"], TextColumn)
    assert frame["t"].values.tolist() == ["the cat sat on it", "a dog barked at night", None]


def test_a_frame_may_have_some_of_the_columns_in_another_order(table):
    read = table(MIXED)
    profile = [{"name": column.name, "type": column.type} for column in read.ingested.columns]
    assert list(load_frame(read.parquet, ["t", "n"], profile)) == ["t", "n"]
    with pytest.raises(KeyError):
        load_frame(read.parquet, ["x"], profile)


def test_a_sample_of_long_texts_has_fewer_rows(table, monkeypatch):
    texts = [f"row {number} says {'word ' * 40}" for number in range(500)]
    read = table("n,t\n" + "".join(f"{number},{text}\n" for number, text in enumerate(texts)))
    profile = [asdict(column) for column in read.ingested.columns]
    assert read.types["t"] == "text"

    every_fifth = load_sample(read.parquet, ["n", "t"], profile, 100)
    assert every_fifth["n"].values.tolist() == list(range(0, 500, 5))

    characters = sum(map(len, texts))
    monkeypatch.setattr(parquet_table, "MAX_SAMPLED_CHARACTERS", characters // 5)
    few = load_sample(read.parquet, ["n", "t"], profile, 1_000)
    assert few.rows == 3 * parquet_table.SAMPLE_RUNS
    assert len(set(few["n"].values.tolist())) == few.rows
    assert (few["n"].values.min(), few["n"].values.max()) == (0, 499)
    assert load_sample(read.parquet, ["n"], profile, 500).rows == 500, "no text is read"

    monkeypatch.setattr(parquet_table, "MAX_SAMPLED_CHARACTERS", 1)
    assert load_sample(read.parquet, ["t"], profile, 1_000).rows == parquet_table.SAMPLE_RUNS


def test_more_categories_than_a_byte_holds_have_codes(table):
    read = table("n,x\n" + "".join(f"1,w{i:03}\n1,w{i:03}\n" for i in range(300)))
    column = load_frame(read.parquet, ["x"], [{"name": "x", "type": "categorical"}])["x"]
    assert isinstance(column, CategoricalColumn)
    assert column.codes.tolist() == [i // 2 for i in range(600)]


def test_rows_are_json_a_page_at_a_time(table):
    read = table(MIXED)
    assert read_rows(read.parquet, 0, 1) == [
        {"n": 1.5, "c": "red", "b": True, "d": "2024-01-31T00:00:00Z", "t": "the cat sat on it"}
    ]
    assert [row["n"] for row in read_rows(read.parquet, 1, 5)] == [None, 2]
    assert json.dumps(read_rows(read.parquet, 2, 1)[0]["n"]) == "2"
    assert read_rows(read.parquet, 3, 5) == []


def test_a_large_table_is_read_in_pieces_that_make_the_frame(table, monkeypatch: pytest.MonkeyPatch):
    read = table(MIXED + "3,green,yes,2024-02-01,the cat sat\n" * 20)
    profile = [asdict(column) for column in read.ingested.columns]
    whole = load_table(read.parquet, None, profile)
    assert isinstance(whole, Frame)
    monkeypatch.setattr(parquet_table, "MAX_FRAME_CELLS", 100)
    monkeypatch.setattr(parquet_table, "row_group_size", lambda columns, has_images=False: 40 // columns)
    large = load_table(read.parquet, ["n", "c", "b", "d", "t"], profile)
    assert not isinstance(large, Frame)
    assert (large.rows, list(large)) == (23, list(whole))
    pieces = list(large.chunks(list(large)))
    assert [piece.rows for piece in pieces] == [8, 8, 7]
    again = concat_frames(pieces)
    for name in ("n", "b", "d"):
        np.testing.assert_array_equal(again[name].values, whole[name].values)
    for name in ("c", "t"):
        assert again[name].categories == whole[name].categories
        np.testing.assert_array_equal(again[name].codes, whole[name].codes)
    assert [list(piece) for piece in large.chunks(["t"])] == [["t"]] * 3
    with pytest.raises(UnusableColumn, match="no column 'x'"):
        next(large.chunks(["x"]))


def test_wide_tables_are_written_and_read_in_groups_of_few_rows():
    assert [row_group_size(columns) for columns in (1, 64, 128, 10**6)] == [2**17, 2**16, 2**15, 2**12]
