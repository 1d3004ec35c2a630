"""Copies: rows equal to others in every column are counted, and reported where they are too many for chance."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tables import IngestedTable, ingest
from tables.copies import count_copies

RANDOM = np.random.default_rng(18)


def ingest_table(folder: Path, table: pl.DataFrame) -> IngestedTable:
    source = folder / "table.csv"
    table.write_csv(source)
    return ingest(source, "csv", folder / "table.parquet")


def create_noise(rows: int) -> pl.DataFrame:
    numbers = {name: RANDOM.normal(size=rows).round(3) for name in ("a", "b", "c")}
    return pl.DataFrame({**numbers, "y": RANDOM.choice(["p", "q"], rows)})


def find_values(table: IngestedTable) -> list[str | None]:
    return [issue.value for issue in table.issues if issue.code == "copied_rows"]


def test_copies_are_counted_and_reported(tmp_path: Path):
    table = ingest_table(tmp_path, create_noise(100)[RANDOM.permutation(np.repeat(np.arange(100), 5))])

    assert find_values(table) == ["400 of 500 rows"]
    assert (table.rows, table.issue_counts) == (500, {"error": 0, "warning": 1})


def test_a_single_copy_among_many_rows_is_not_reported(tmp_path: Path):
    assert find_values(ingest_table(tmp_path, create_noise(300)[[*range(300), 7]])) == []


def test_rows_of_few_possible_values_are_equal_by_chance_and_not_reported(tmp_path: Path):
    table = pl.DataFrame({name: RANDOM.choice(["x", "y", "z"], 400) for name in ("a", "b", "c", "d")})

    assert find_values(ingest_table(tmp_path, table)) == []


def test_rows_that_differ_in_one_column_are_no_copies(tmp_path: Path):
    noise = create_noise(100)[np.repeat(np.arange(100), 2)]

    assert find_values(ingest_table(tmp_path, noise.with_columns(pl.Series("e", np.arange(200) % 2)))) == []


@pytest.mark.parametrize("columns", [1, 3, 5])
@given(cells=st.lists(st.integers(0, 2), min_size=5, max_size=60))
def test_copies_are_those_of_all_columns(tmp_path_factory: pytest.TempPathFactory, columns: int, cells: list[int]):
    rows = [cells[place : place + columns] for place in range(0, len(cells) - columns + 1, columns)]
    table = pl.DataFrame(rows, [f"c{number}" for number in range(columns)], orient="row")
    parquet = tmp_path_factory.mktemp("copies") / "table.parquet"
    table.write_parquet(parquet)

    assert count_copies(parquet, table.columns) == len(rows) - len({tuple(row) for row in rows})


def test_a_wide_table_is_read_in_few_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Each read takes time for every column, so a read for each would take time by the square of their number."""
    path = tmp_path / "wide.parquet"
    pl.DataFrame({f"c{number}": [1, 2, 1] for number in range(2000)}).write_parquet(path)
    reads: list[int] = []
    read = pl.read_parquet

    def count_read(*arguments: Any, **options: Any) -> pl.DataFrame:
        reads.append(len(options["columns"]))
        return read(*arguments, **options)

    monkeypatch.setattr(pl, "read_parquet", count_read)
    assert count_copies(path, [f"c{number}" for number in range(2000)]) == 1
    assert sum(reads) == 2000
    assert len(reads) <= 12
