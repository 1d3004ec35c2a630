"""Columns that only number the rows are left out, unless their type is given."""

import polars as pl
import pytest


@pytest.mark.parametrize(
    "text",
    [
        ",a\n0,5\n1,6\n2,6\n",
        '"",a\n1,5\n2,6\n3,6\n',
        "Unnamed: 0,a\n7,5\n3,6\n1,6\n",
        "Unnamed: 0.1,a\nx,5\ny,6\nz,6\n",
    ],
)
def test_an_index_is_left_out_with_an_issue(table, text):
    read = table(text)
    assert read.rows == [{"a": 5}, {"a": 6}, {"a": 6}]
    assert ("index_left_out", "column_left_out") in [(issue.code, issue.action) for issue in read.issues]


@pytest.mark.parametrize(
    "text",
    [
        ",a\n5,5\n1,6\n2,6\n",
        ",a\nx,5\ny,6\nz,6\n",
        "Unnamed: 0,a\n7,5\n7,6\n1,6\n",
        "id,a\n0,5\n1,6\n2,6\n",
        "a\n0\n1\n",
    ],
)
def test_what_says_more_than_the_order_of_rows_stays(table, text):
    assert "index_left_out" not in table(text).codes


def test_an_index_stays_if_its_type_is_given(table):
    assert table(",a\n0,5\n1,6\n", types={"column_1": "numeric"}).rows == [
        {"column_1": 0, "a": 5},
        {"column_1": 1, "a": 6},
    ]


def test_rows_that_are_rejected_are_counted_by_an_index(table):
    read = table(",a,b\n0,5,x\n1,6\n2,6,y\n3,7,z\n")
    assert list(read.types) == ["a", "b"]


def test_an_index_of_pandas_in_parquet_is_left_out(table, tmp_path):
    frame = pl.DataFrame({"x": [1.5, 2, 3], "__index_level_0__": [9, 3, 4]})
    frame.write_parquet(tmp_path / "t.parquet")
    assert list(table((tmp_path / "t.parquet").read_bytes(), "parquet").types) == ["x"]
