"""The service's log never stands in the way of what it tells of."""

import subprocess
import sys
from pathlib import Path

import pytest

SAYS = """
from service import logs
logs.configure("info", "{form}")
for _ in range(1000):
    logs.logger("test").info("request", path="/v1/jobs")
print("answered")
"""
FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="only Linux has a device that is always full")
@pytest.mark.parametrize("form", ["json", "text"])
def test_a_line_for_which_the_disk_has_no_room_is_lost_and_nothing_else(form: str) -> None:
    with FULL.open("w") as full:
        says = [sys.executable, "-c", SAYS.format(form=form)]
        run = subprocess.run(says, stdout=subprocess.PIPE, stderr=full, text=True, check=False)

    assert run.stdout == "answered\n"
