"""Ingest of small tables in a separate process: the same results, with limits on time and memory."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from service.datasets.ingest_process import IngestProcess
from service.services import IngestTimeout
from tables import UnreadableFile, ingest, read_rows

MAX_TABLE_BYTES = 2**30
TABLE = b"a,b\n1,x\n2,y\n,\n3\n"


@pytest.fixture(scope="module")
def reader() -> Iterator[IngestProcess]:
    reader = IngestProcess(10, MAX_TABLE_BYTES)
    yield reader
    reader.close()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.write_bytes(TABLE)
    return path


def test_a_table_is_ingested_as_in_this_process(reader: IngestProcess, source: Path, tmp_path: Path) -> None:
    found = reader(source, "csv", tmp_path / "there", {"b": "text"})

    assert found == ingest(source, "csv", tmp_path / "here", {"b": "text"})
    assert found.rows == 2
    assert read_rows(tmp_path / "there", 0, 10) == read_rows(tmp_path / "here", 0, 10)


@pytest.mark.parametrize("text", [b"", b"a,b\n", b"\x89PNG\r\n\x1a\n" * 9])
def test_a_file_is_refused_as_in_this_process(reader: IngestProcess, source: Path, tmp_path: Path, text: bytes) -> None:
    source.write_bytes(text)

    with pytest.raises(UnreadableFile) as here:
        ingest(source, "csv", tmp_path / "here")
    with pytest.raises(UnreadableFile) as there:
        reader(source, "csv", tmp_path / "there", {})

    assert vars(there.value) == vars(here.value)


def test_an_os_error_of_the_ingest_process_is_raised(reader: IngestProcess, source: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        reader(source.with_name("not there"), "csv", tmp_path / "table", {})


def test_an_ingest_past_its_time_limit_is_ended_and_the_next_table_read(source: Path, tmp_path: Path) -> None:
    slow = tmp_path / "slow"
    slow.write_bytes(b"a,b,c\n" + b'"1,2,3\n' * 500_000)
    reader = IngestProcess(1.0, MAX_TABLE_BYTES)
    try:
        with pytest.raises(IngestTimeout):
            reader(slow, "csv", tmp_path / "table", {})
    finally:
        reader.close()
    patient = IngestProcess(10, MAX_TABLE_BYTES)
    try:
        os.kill(patient.pid, signal.SIGKILL)
        with pytest.raises(IngestTimeout):
            patient(source, "csv", tmp_path / "table", {})
        assert patient(source, "csv", tmp_path / "table", {}).rows == 2
    finally:
        patient.close()


def test_an_ingest_past_its_memory_limit_is_ended(reader: IngestProcess, tmp_path: Path) -> None:
    bomb = tmp_path / "bomb"
    pl.select(pl.repeat("a" * 100_000, 15_000).alias("a")).write_parquet(bomb)
    assert bomb.stat().st_size < 2**20

    with pytest.raises((IngestTimeout, UnreadableFile)):
        reader(bomb, "parquet", tmp_path / "table", {})
