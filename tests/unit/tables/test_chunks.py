"""Tables larger than memory in chunks, and concurrent ingests."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from tables import UnreadableFile, chunks, ingest, read_rows
from tables.formats import delimited, encoding

MIXED = "n,w,d,i\n" + "".join(
    f"{i / 4},{'red' if i % 3 else ' blue '},{i % 28 + 1:02}/02/2024,{i if i % 500 else 'NA'}\n" for i in range(5000)
).replace("\n0.25,", "\noops,")


@pytest.fixture
def small_chunks(monkeypatch):
    """Chunks of a few kilobytes, of which the first ones stay in memory and all others go to the disk."""
    monkeypatch.setattr(encoding, "PIECE_BYTES", 1000)
    monkeypatch.setattr(delimited, "CHUNK_BYTES", 10_000)
    monkeypatch.setattr(chunks, "MAX_MEMORY_BYTES", 50_000)


def test_chunks_that_wait_on_the_disk_give_the_same_table(table, tmp_path, request):
    whole = table(MIXED)
    expected = (whole.rows, whole.ingested)
    request.getfixturevalue("small_chunks")
    parts = table(MIXED)
    assert (parts.rows, parts.ingested) == expected
    assert not list(tmp_path.glob(".*"))


@pytest.mark.usefixtures("small_chunks")
def test_the_chunks_of_a_table_that_is_refused_are_deleted(table, tmp_path, monkeypatch):
    monkeypatch.setattr(chunks, "MAX_ROWS", 4000)
    with pytest.raises(UnreadableFile, match="more than 4,000 rows") as refused:
        table(MIXED)
    assert refused.value.slug == "too-large"
    assert not list(tmp_path.glob(".*"))


@pytest.mark.usefixtures("small_chunks")
def test_a_column_whose_text_begins_half_way_is_read_again(table):
    late = "x,y\n" + "".join(f"{i}.50,1\n" for i in range(2000)) + "word,2\n" * 2000
    read = table(late)
    assert read.types == {"x": "text", "y": "numeric"}
    assert read.column("x")[:2] + read.column("x")[-1:] == ["0.50", "1.50", "word"]


def test_many_tables_may_be_read_at_the_same_time(tmp_path):
    def ingest_table(number):
        source, parquet = tmp_path / f"{number}.csv", tmp_path / f"{number}.parquet"
        source.write_text("a,b\n" + f"{number},x\n" * 2000 + "1\n")
        ingested = ingest(source, "csv", parquet)
        return ingested.rows, ingested.rows_rejected, read_rows(parquet, 1999, 5)

    with ThreadPoolExecutor(4) as threads:
        tables_read = list(threads.map(ingest_table, range(24)))
    assert tables_read == [(2000, 1, [{"a": number, "b": "x"}]) for number in range(24)]


def test_a_process_that_was_forked_after_the_import_can_read(tmp_path):
    (tmp_path / "upload").write_text("a,b\n1,x\n2,y\n")
    program = f"""
import os, pathlib, sys
import tables
if child := os.fork():
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
folder = pathlib.Path({str(tmp_path)!r})
os._exit(tables.ingest(folder / "upload", "csv", folder / "table.parquet").rows)
"""
    assert subprocess.run([sys.executable, "-c", program], timeout=60, check=False).returncode == 2
