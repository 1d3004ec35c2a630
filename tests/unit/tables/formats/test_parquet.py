"""Parquet files of all column types, and damaged ones."""

import datetime as dt
import io
import random

import polars as pl
import pytest

from tables import UnreadableFile, ingest, parquet_table, read_rows_at
from tables.formats.parquet import MAX_IMAGE_GROUP_BYTES, ParquetReader, check_image_groups
from tables.formats.parquet_footer import read_uncompressed_sizes
from tables.issues import IssueCollector


def parquet(**columns):
    out = io.BytesIO()
    pl.DataFrame(columns).write_parquet(out)
    return out.getvalue()


MOMENT = dt.datetime(2024, 1, 31, 18, 30)


@pytest.mark.parametrize(
    ("series", "kind", "values"),
    [
        (pl.Series([1, None, 3], dtype=pl.Int8), "numeric", [1, None, 3]),
        (pl.Series([1, 2, 3], dtype=pl.UInt64), "numeric", [1, 2, 3]),
        (pl.Series([0.5, float("nan"), 2], dtype=pl.Float32), "numeric", [0.5, None, 2]),
        (pl.Series(["1.25", "2", None]).cast(pl.Decimal(10, 2)), "numeric", [1.25, 2, None]),
        (pl.Series([dt.timedelta(minutes=1.5), None, dt.timedelta()]), "numeric", [90, None, 0]),
        (pl.Series([dt.time(1, 0, 0, 500_000), None, dt.time()]), "numeric", [3600.5, None, 0]),
        (pl.Series([True, None, False]), "boolean", [True, None, False]),
        (pl.Series([dt.date(2024, 1, 31), None, None]), "datetime", ["2024-01-31T00:00:00Z", None, None]),
        (pl.Series([MOMENT, None, None]), "datetime", ["2024-01-31T18:30:00Z", None, None]),
        (pl.Series([MOMENT] * 3).dt.cast_time_unit("ns"), "datetime", ["2024-01-31T18:30:00Z"] * 3),
        (pl.Series([MOMENT] * 3).dt.replace_time_zone("Europe/Oslo"), "datetime", ["2024-01-31T17:30:00Z"] * 3),
        (pl.Series(["red", " blue ", "NA"]), "categorical", ["red", "blue", None]),
        (pl.Series(["red", "blue", None], dtype=pl.Categorical), "categorical", ["red", "blue", None]),
        (pl.Series(["007", "012", None]), "categorical", ["007", "012", None]),
        (pl.Series(["1,5", "2,5", "x"]), "numeric", [1.5, 2.5, None]),
        (pl.Series([None, None, None], dtype=pl.Null), "text", [None, None, None]),
    ],
)
def test_a_column_of_any_type_becomes_one_to_learn_from(table, series, kind, values):
    read = table(parquet(n=[1, 2, 3], x=series), "parquet")
    assert read.types["x"] == kind
    assert read.column("x") == values


def test_infinite_numbers_become_missing_with_a_warning_that_names_the_row(table):
    read = table(parquet(x=[1.0, float("inf"), 3.0]), "parquet")
    assert read.column("x") == [1, None, 3]
    assert [(issue.line, issue.row, issue.code) for issue in read.issues] == [(None, 2, "not_finite")]


def test_nested_and_binary_columns_are_left_out_with_a_warning(table):
    read = table(parquet(a=[1, 2], b=[[1], [2]], c=[{"d": 1}, {"d": 2}], e=[b"x", b"y"]), "parquet")
    assert read.types == {"a": "numeric"}
    assert [(issue.column, issue.code, issue.action) for issue in read.issues] == [
        (name, "unusable_type", "column_left_out") for name in ("b", "c", "e")
    ]


def test_a_type_can_be_set_for_a_column_of_integers(table):
    assert table(parquet(zip=[123, 456]), "parquet", types={"zip": "categorical"}).column("zip") == ["123", "456"]


def test_integers_past_double_precision_get_a_warning(table):
    assert table(parquet(x=[2**60 + 1, 5]), "parquet").codes == ["digits_lost"]


def test_years_out_of_range_become_missing_with_a_warning(table):
    far = pl.Series([9_000_000_000_000, 0]).cast(pl.Datetime("ms"))
    read = table(parquet(x=far.dt.cast_time_unit("ms"), y=pl.Series([2**62, 0]).cast(pl.Datetime("us"))), "parquet")
    assert read.rows[0] == {"x": "2255-03-14T16:00:00Z", "y": None}
    assert [(issue.code, issue.column) for issue in read.issues] == [("year_out_of_range", "y")]


def test_column_names_are_cleaned(table):
    read = table(parquet(**{"": [1], "a\nb": [2], "\0line": [3]}), "parquet")
    assert read.rows == [{"column_1": 1, "a b": 2, "line": 3}]


@pytest.mark.parametrize(
    ("content", "slug"),
    [
        (b"", "empty-file"),
        (b"a,b\n1,2\n", "not-a-table"),
        (b"PAR1", "damaged-file"),
        (b"PAR1" + b"\xff" * 100 + b"PAR1", "damaged-file"),
        (parquet(a=[1, 2, 3])[:-20], "damaged-file"),
        (parquet(a=[1, 2, 3])[:40], "damaged-file"),
        (parquet(a=pl.Series([], dtype=pl.Int64)), "no-rows"),
        (parquet(a=[[1], [2]]), "no-columns"),
    ],
)
def test_a_file_that_is_no_table_is_refused(table, content, slug):
    with pytest.raises(UnreadableFile) as refused:
        table(content, "parquet")
    assert refused.value.slug == slug
    assert refused.value.advice


def test_damaged_files_are_read_or_refused(table, capfd):
    whole = parquet(a=[1, 2, 3] * 50, b=["x", "y", None] * 50, c=[MOMENT] * 150)
    random_source = random.Random(5)
    refused = 0
    for _ in range(60):
        damaged = bytearray(whole)
        for _ in range(random_source.choice((1, 3, 20))):
            damaged[random_source.randrange(len(damaged))] = random_source.randrange(256)
        try:
            table(bytes(damaged), "parquet")
        except UnreadableFile:
            refused += 1
    assert refused > 20


def test_rows_are_read_by_number_with_their_lines(table, monkeypatch):
    lines = ["n,day,word", *(f"{number},2024-01-{number + 1:02},{'x' * number}" for number in range(30)), ""]
    read = table("\n".join(lines).replace("7,2024-01-08", "7,\n\n7,2024-01-08"))
    monkeypatch.setattr(parquet_table, "row_group_size", lambda columns, has_images=False: 8)

    rows_by_number = read_rows_at(read.parquet, [29, 3, 3, 8, 16])

    assert {number: row for number, (_, row) in rows_by_number.items()} == {
        number: read.rows[number] for number in (3, 8, 16, 29)
    }
    assert {number: line for number, (line, _) in rows_by_number.items()} == {3: 5, 8: 12, 16: 20, 29: 33}
    assert read_rows_at(read.parquet, []) == {}


def test_a_small_file_of_a_huge_table_is_refused_with_both_sizes(tmp_path):
    path = tmp_path / "bomb"
    path.write_bytes(parquet(a=["a" * 1_000_000] * 100))
    assert _sum_pages(path) < 2_000_000, "the text is in the file once"

    with pytest.raises(UnreadableFile, match="table of at least 100,000,000 bytes; at most 50,000,000") as refused:
        ingest(path, "parquet", tmp_path / "table", {}, 50_000_000)
    assert refused.value.slug == "too-large"
    assert f"{path.stat().st_size:,} bytes" in refused.value.detail


def test_pages_that_are_huge_when_decompressed_are_refused_before_they_are(tmp_path):
    path = tmp_path / "bomb"
    path.write_bytes(parquet(a=["x" * 1_000_000 + str(number) for number in range(100)]))
    size = _sum_pages(path)
    assert path.stat().st_size < 2**20 < 100_000_000 <= size < 101_000_000

    with pytest.raises(UnreadableFile, match=f"{size:,} bytes; at most 50,000,000"):
        ParquetReader(path, IssueCollector(), 50_000_000)


def _sum_pages(path):
    return sum(size.pages for size in read_uncompressed_sizes(path))


@pytest.mark.parametrize("row_groups", [1, 3])
def test_the_size_of_all_pages_is_that_of_all_row_groups(tmp_path, row_groups):
    path = tmp_path / "table"
    frame = pl.DataFrame({"a": pl.int_range(3_000, eager=True), "b": [[1, 2]] * 3_000, "c": [MOMENT] * 3_000})
    frame.write_parquet(path, compression="uncompressed", row_group_size=3_000 // row_groups)

    assert 0.9 * path.stat().st_size < _sum_pages(path) <= path.stat().st_size


@pytest.mark.parametrize(
    "footer",
    [
        b"",
        b"\x49\xfc\xff\xff\xff\xff\xff\xff\xff\xff\x01",  # a list of 2**64 structs
        b"\x19\xf1\xff\xff\xff\xff\xff\xff\xff\xff\x01",  # a list of 2**64 booleans
        b"\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",  # a text of 2**64 bytes
        b"\x1c" * 100_000,  # structs within structs
        b"\x19\x19" * 100_000,  # lists within lists
        b"\xff" * 100,
    ],
)
def test_a_hostile_footer_has_no_size(tmp_path, footer):
    path = tmp_path / "table"
    path.write_bytes(b"PAR1" + footer + len(footer).to_bytes(4, "little") + b"PAR1")

    assert _sum_pages(path) == 0


def test_a_group_of_pictures_that_fills_the_memory_is_refused_with_how_to_write_smaller_ones():
    check_image_groups([])
    check_image_groups([100, MAX_IMAGE_GROUP_BYTES])
    with pytest.raises(UnreadableFile, match="660,000,000 bytes") as refused:
        check_image_groups([100, 660_000_000])
    assert (refused.value.slug, "row_group_size=100" in refused.value.advice) == ("too-large", True)
