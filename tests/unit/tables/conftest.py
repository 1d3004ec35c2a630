"""Ingests a few bytes from a real file."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tables import ColumnProfile, FileFormat, IngestedTable, Issue, ingest, read_rows
from tables.options import NO_OPTIONS, ReadOptions


@dataclass(frozen=True)
class Table:
    """An upload that was read, and what came of it."""

    ingested: IngestedTable
    parquet: Path

    @property
    def rows(self) -> list[dict[str, object]]:
        rows: list[dict[str, object]] = []
        while page := read_rows(self.parquet, len(rows), 1_000_000):
            rows += page
        return rows

    @property
    def types(self) -> dict[str, str]:
        return {column.name: column.type for column in self.ingested.columns}

    @property
    def issues(self) -> list[Issue]:
        return self.ingested.issues

    @property
    def codes(self) -> list[str]:
        return [issue.code for issue in self.issues]

    def column(self, name: str) -> list[object]:
        return [row[name] for row in self.rows]

    def profile(self, name: str) -> ColumnProfile:
        return next(column for column in self.ingested.columns if column.name == name)


Reader = Callable[..., Table]


@pytest.fixture
def table(tmp_path: Path) -> Reader:
    """Write an upload to a file and read it."""

    def read_upload(
        content: str | bytes,
        form: FileFormat = "csv",
        types: dict[str, str] | None = None,
        options: ReadOptions = NO_OPTIONS,
        **more: Any,
    ) -> Table:
        source, parquet = tmp_path / "upload", tmp_path / "table.parquet"
        source.write_bytes(content if isinstance(content, bytes) else content.encode())
        return Table(
            ingest(source, form, parquet, types or {}, options=msgspec.structs.replace(options, **more)), parquet
        )

    return read_upload
