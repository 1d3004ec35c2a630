"""Ingestion in a process of its own: within limits of time and memory, and ended when its caller stops waiting."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tables import FileFormat, ingest_client
from tables.chunks import delete_chunks
from tables.ingest_client import IngestClient, IngestProcessLost
from tables.ingest_server import IngestRequest, limit_file_memory
from tests.running import wait_for
from tests.workbooks import write_xlsx

SLOW_TABLE = (
    ",".join(f"c{number}" for number in range(3_000))
    + "\n"
    + "\n".join(",".join(["1/2/20x"] * 3_000) for _ in range(9))
).encode()
"""A table that takes several seconds: it has many columns of odd cells."""

PARENT = """
import os, sys
from pathlib import Path
from tables.ingest_client import IngestClient
from tables.ingest_server import IngestRequest

client = IngestClient(2**30, os.getpid())
client.connect(lambda: 1.0)
print(client.pid, flush=True)
client.ingest(IngestRequest(sys.argv[1], "csv", sys.argv[1] + ".parquet", {}, 2**30, 60), lambda: 1.0)
"""


class StopRequest(Exception):
    pass


@pytest.fixture
def client() -> Iterator[IngestClient]:
    client = IngestClient(2**29)
    yield client
    client.close()


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    path = tmp_path / "slow.csv"
    path.write_bytes(SLOW_TABLE)
    return path


def request(source: Path, file_format: FileFormat = "csv", seconds: int = 60) -> IngestRequest:
    return IngestRequest(str(source), file_format, str(source.with_suffix(".table")), {}, 2**40, seconds)


def write_far_cell(path: Path, far: str) -> Path:
    """A workbook of a kilobyte, whose rows and columns up to a cell take memory."""
    path.write_bytes(write_xlsx({"One": [["a"], [1]]}, far))
    return path


def wait() -> float:
    return 60.0


def test_a_file_past_its_processor_time_ends_the_process_and_the_next_is_read(client: IngestClient, slow: Path):
    with pytest.raises(IngestProcessLost) as ended:
        client.ingest(request(slow, seconds=1), wait)

    assert ended.value.returncode == -signal.SIGXCPU
    assert client.pid == 0
    small = slow.with_name("small.csv")
    small.write_text("a,b\n1,2\n")
    assert client.ingest(request(small), wait).rows == 1


def test_a_file_that_takes_too_much_memory_ends_the_process(client: IngestClient, tmp_path: Path):
    bomb = write_far_cell(tmp_path / "bomb.xlsx", "ZZ1048576")

    with pytest.raises(IngestProcessLost) as ended:
        client.ingest(request(bomb, "xlsx"), wait)

    assert ended.value.returncode not in {0, -signal.SIGXCPU}


def test_a_small_file_may_not_take_all_memory_that_a_large_one_may(tmp_path: Path):
    bomb = write_far_cell(tmp_path / "bomb.xlsx", "CV1048576")
    client = IngestClient(2**34)
    try:
        with pytest.raises(IngestProcessLost) as ended:
            client.ingest(request(bomb, "xlsx"), wait)
    finally:
        client.close()

    assert ended.value.returncode not in {0, -signal.SIGXCPU}
    assert limit_file_memory(2**34, bomb.stat().st_size) < 1.1 * 2**30


def test_a_large_file_ends_the_process_whose_memory_would_count_for_the_next(
    client: IngestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    table = tmp_path / "table.csv"
    table.write_text("a,b\n1,2\n")
    client.ingest(request(table), wait)
    assert client.pid
    monkeypatch.setattr(ingest_client, "LARGE_FILE_BYTES", 8)

    assert client.ingest(request(table), wait).rows == 1

    assert client.pid == 0


def test_the_process_ends_when_its_caller_stops_waiting(client: IngestClient, slow: Path):
    calls = list[int]()

    def stop() -> float:
        calls.append(client.pid)
        if len(calls) > 5:
            raise StopRequest
        return 0.05

    with pytest.raises(StopRequest):
        client.ingest(request(slow), stop)

    assert client.pid == 0
    with pytest.raises(ProcessLookupError):
        os.kill(calls[-1], 0)


def test_chunks_that_a_process_left_are_deleted_and_no_others(tmp_path: Path):
    table, left, other = (tmp_path / name for name in ("t.parquet", ".t.parquet.12.part", ".u.parquet.12.part"))
    for path in (table, left, other):
        path.touch()

    delete_chunks(table)

    assert set(tmp_path.iterdir()) == {table, other}


def test_the_process_is_killed_with_its_parent(slow: Path):
    command = [sys.executable, "-P", "-c", PARENT, str(slow)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()

    wait_for(
        lambda: not Path(f"/proc/{pid}").exists() or "(zombie)" in Path(f"/proc/{pid}/status").read_text(), "its end"
    )
