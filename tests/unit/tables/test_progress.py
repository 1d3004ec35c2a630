"""The progress of reading a file: the rows so far, and the share of the file."""

from io import BytesIO
from pathlib import Path

import polars as pl
import pytest

from tables import FileFormat, ingest
from tables.ingest_client import IngestClient
from tables.ingest_server import IngestRequest
from tables.progress import report_nothing
from tests.pictures import cats_and_dogs, tar_of, zip_of

NUMBERS = pl.DataFrame({"a": range(300_000), "b": 1})


def parquet_of(table: pl.DataFrame) -> bytes:
    file = BytesIO()
    table.write_parquet(file, row_group_size=50_000)
    return file.getvalue()


def report_often(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Let processes that read files report the progress of every chunk."""
    server = folder / "often.py"
    server.write_text("from tables import ingest_server\ningest_server.REPORT_SECONDS = 0\ningest_server.main()\n")
    monkeypatch.setattr("tables.ingest_client.SERVER", [str(server)])


@pytest.mark.parametrize(
    ("data", "form", "rows"),
    [
        (NUMBERS.write_csv().encode(), "csv", 300_000),
        (NUMBERS.write_ndjson().encode(), "ndjson", 300_000),
        (parquet_of(NUMBERS), "parquet", 300_000),
        (zip_of(cats_and_dogs()), "zip", 6),
        (tar_of(cats_and_dogs()), "tar", 6),
        (b"<table><tr><th>a<tr><td>1</table>", "html", 1),
    ],
)
def test_progress_ends_with_all_rows(tmp_path: Path, data: bytes, form: FileFormat, rows: int) -> None:
    source = tmp_path / "source"
    source.write_bytes(data)
    found: list[tuple[int, float | None]] = []

    ingest(source, form, tmp_path / "table", report=lambda read, share: found.append((read, share)))

    assert found[-1] == (rows, 1.0)
    assert found == sorted(found)


def test_a_client_waits_for_the_result_behind_the_progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "source"
    source.write_bytes(NUMBERS.write_csv().encode())
    client = IngestClient(2**30)
    found: list[tuple[int, float | None]] = []
    report_often(monkeypatch, tmp_path)
    request = IngestRequest(str(source), "csv", str(tmp_path / "table"), {}, 2**30, 60)
    try:
        table = client.ingest(request, lambda: 60.0, lambda read, share: found.append((read, share)))
        again = client.ingest(request, lambda: 60.0, report_nothing)
    finally:
        client.close()

    assert table.rows == again.rows == 300_000
    assert found[-1] == (300_000, 1.0)
