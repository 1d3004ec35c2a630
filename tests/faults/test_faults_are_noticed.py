"""The fault tests can fail: on a copy of the product without the fencing token, they report stale writes."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("contract", "gradus", "learning", "migrations", "process", "service", "store", "tables", "tests", "worker")
TOKENS = {"transitions.py": "JobRow.token == token", "claims.py": '_TABLE.c.token == bindparam("of_token")'}
"""The conditions on a job's holder, and on its holder until it was paused, by file."""


@pytest.mark.timeout(900)
def test_without_the_token_in_the_where_a_woken_worker_is_noticed(tmp_path: Path):
    for room in (*ROOMS, "examples"):
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    for name, token in TOKENS.items():
        file = tmp_path / "store" / "jobs" / name
        source = file.read_text()
        assert source.count(token) == 1, token
        file.write_text(source.replace(token, token.replace("==", ">=")))  # an old one is good enough

    # a woken worker may by chance first try what its epoch forbids, so up to ten of them
    asked = ["--only", "freezes", "--database", "sqlite", "--scale", "0.2", "--seed", "1"]
    command = [sys.executable, "-m", "tests.faults", *asked]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    run = subprocess.run(
        command, check=False, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=600
    )

    assert run.returncode != 0, run.stdout
    assert "stale writes were taken" in run.stderr, run.stderr
