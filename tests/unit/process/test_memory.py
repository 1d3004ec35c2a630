"""Available memory, and the memory limit that a process sets itself."""

import subprocess
import sys
from pathlib import Path

import pytest

from process import memory

MEMINFO = "MemTotal: 8000000 kB\nMemAvailable: 1000 kB\n"
ALLOCATION = """
import numpy
from process.memory import limit_memory

limit_memory(2**30)
try:
    numpy.ones(2**28)
except MemoryError:
    print("refused", int(numpy.ones(2**20).sum()))
"""


@pytest.mark.parametrize(
    ("cgroup", "available"),
    [
        ({}, 1000 * 1024),
        ({"memory.max": "max"}, 1000 * 1024),
        ({"memory.max": "500000", "memory.current": "200000"}, 300_000),
        ({"memory.max": "500000", "memory.current": "400000", "memory.stat": "inactive_file 50000\n"}, 150_000),
        ({"memory.max": "500000", "memory.current": "600000"}, 0),
        ({"memory.max": "999999999999", "memory.current": "0"}, 1000 * 1024),
    ],
    ids=["no container", "no limit", "used", "cache counts as free", "over the limit", "limit above the machine"],
)
def test_available_memory_is_the_machines_within_the_containers_limit(tmp_path: Path, cgroup, available):
    meminfo = tmp_path / "meminfo"
    meminfo.write_text(MEMINFO)
    for name, text in cgroup.items():
        (tmp_path / name).write_text(text)

    assert memory.available_bytes(meminfo, tmp_path) == available


def test_processes_share_the_memory_equally_and_leave_some(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "memory.max").write_text("1000000\n")
    monkeypatch.setattr(memory, "CGROUP", tmp_path)

    assert memory.bytes_per_process(3) == 200_000, "each has a child process with half as much"


def test_an_allocation_beyond_the_limit_is_refused_and_the_process_goes_on():
    done = subprocess.run([sys.executable, "-P", "-c", ALLOCATION], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["refused", str(2**20)]
