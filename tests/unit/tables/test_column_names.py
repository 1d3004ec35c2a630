"""Names of columns that a library would take for a pattern: each is only a name, from upload to frame."""

import polars as pl
import pytest

from tables import load_frame, read_rows_at
from tables.parquet_table import ParquetTable

NAMES = [
    "*",
    "^a$",
    "^.*$",
    "a",
    "\\d",
    "{x}",
    'b"c',
    "'",
    "$",
    "a|b",
    "^",
    "count(a)",
    "col",
    "\u0645\u0631\u062d\u0628\u0627",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_looks_like_a_pattern_is_one_column(table, name):
    header = '"' + name.replace('"', '""') + '"'
    read = table(f"{header};other\n1.5;u\n2;v\n3;u\n")
    assert read.column(name) == [1.5, 2, 3]
    assert read.profile(name).max == 3.0
    columns = [{"name": column, "type": kind} for column, kind in read.types.items()]
    frame = load_frame(read.parquet, [name], columns)
    assert list(frame) == [name]
    assert read_rows_at(read.parquet, [1]) == {1: (3, {name: 2, "other": "v"})}
    pieces = ParquetTable(read.parquet, read.types, {}, 3, lambda: None).chunks([name])
    assert [list(piece) for piece in pieces] == [[name]]


def test_names_that_are_patterns_of_each_other_are_kept_apart(table):
    read = table(";".join(f'"{name.replace(chr(34), chr(34) * 2)}"' for name in NAMES) + "\n" + "1;" * 13 + "1\n")
    columns = [{"name": column, "type": kind} for column, kind in read.types.items()]
    assert list(load_frame(read.parquet, None, columns)) == NAMES
    assert [column.name for column in read.ingested.columns] == NAMES


def test_a_lone_asterisk_above_a_control_character_is_read(table):
    assert table("*\n\x01\n").column("*") == ["\x01"]


def test_a_parquet_file_may_have_such_names(table, tmp_path):
    frame = pl.DataFrame({name: [number, number + 1] for number, name in enumerate(NAMES)})
    frame.write_parquet(tmp_path / "names.parquet")
    read = table((tmp_path / "names.parquet").read_bytes(), "parquet")
    assert [list(row.values()) for row in read.rows] == [[*range(14)], [*range(1, 15)]]
