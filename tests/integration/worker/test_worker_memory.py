"""A trainer that asks for more than its share of memory gets an error, and goes on."""

import subprocess
import sys

from worker import problems
from worker.process import memory
from worker.process.logs import logger

GREEDY = """
import numpy
from worker.process import memory

memory.limit_to(2**30)
try:
    numpy.ones(2**28)
except MemoryError:
    print("refused", int(numpy.ones(2**20).sum()))
"""


def test_what_goes_beyond_the_share_is_refused_and_the_process_lives():
    done = subprocess.run([sys.executable, "-P", "-c", GREEDY], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["refused", str(2**20)]


def test_trainers_share_the_memory_alike():
    assert 0 < memory.share(4) == memory.share(1) // 4


def test_a_job_without_memory_is_told_what_to_do():
    problem = problems.of(MemoryError(), logger("test"))

    assert problem["type"] == "/problems/out-of-memory"
    assert "smaller net" in problem["detail"]
