"""Whoever keeps to one core does not keep the table library's threads to it, if they were started before."""

import os
import subprocess
import sys

import pytest

AFFINITIES = """
import os, pathlib
import polars as pl
from tables import start_threads

start_threads()
everywhere = os.sched_getaffinity(0)
os.sched_setaffinity(0, {min(everywhere)})
table = pl.LazyFrame({"word": ["a", "b"] * 50_000, "number": range(100_000)})
table.group_by("word").agg(pl.col("number").sum()).sort("word").collect()
others = [int(task.name) for task in pathlib.Path("/proc/self/task").iterdir() if int(task.name) != os.getpid()]
print(len(others), all(os.sched_getaffinity(task) == everywhere for task in others))
"""


@pytest.mark.skipif(
    not hasattr(os, "sched_setaffinity") or len(os.sched_getaffinity(0)) < 2, reason="there is no core to choose"
)
def test_threads_that_were_started_in_time_run_on_every_core():
    found = subprocess.run([sys.executable, "-c", AFFINITIES], capture_output=True, text=True, timeout=60, check=True)

    number, free = found.stdout.split()
    assert int(number) > 0
    assert free == "True"
