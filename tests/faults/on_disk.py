"""Fault injection on the disk: it is full while tables are uploaded and jobs run, and has space again later.

The data folder lies on a small file system of its own, which is filled to the last byte; that takes root on Linux.
"""

import os
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from tests.faults.installation import InstallationUnderFaults
from tests.faults.outcome import Outcome

SIZE = "64m"
ROOMY_SIZE = "512m"
FILLED_SECONDS = 1.5


def can_mount() -> bool:
    """Whether a file system can be mounted here."""
    return sys.platform == "linux" and os.geteuid() == 0


@contextmanager
def _mounted_disk(folder: Path, size: str) -> Generator[Path]:
    """A folder on a disk of its own."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


small_disk = partial(_mounted_disk, size=SIZE)
roomy_disk = partial(_mounted_disk, size=ROOMY_SIZE)
"""Room for more than the reserve."""


def fill_disks(installation: InstallationUnderFaults, times: int) -> Outcome:
    """Fill the disk under running jobs for a while. It landed if an upload was refused with 507 meanwhile."""
    landed = 0
    refused = 0
    table = (installation.folder / "many.csv").read_bytes()
    while landed < times:
        installation.submit_until()
        installation.wait_for_running_job(progress=False)
        time.sleep(installation.random.uniform(0.0, 0.5))
        filler = installation.base.folder / "filler"
        _fill(filler)
        until = time.monotonic() + FILLED_SECONDS
        seen = 0
        while time.monotonic() < until:
            status, _, answer = installation.ask("POST", "/v1/datasets", table, Content_Type="text/csv")
            assert status in {201, 202, 503, 507}, answer
            seen += status == 507
            _fill(filler)
        filler.unlink()
        landed += seen > 0
        refused += seen
    installation.wait_for_all()
    return Outcome(landed, {"uploads refused with 507": refused})


def fill_until(file: Path, left: int) -> None:
    """Write a file until no more than this is left on its disk."""
    with file.open("wb") as filler:
        while (more := _free_bytes(file) - left) > 0:
            filler.write(bytes(min(more, 2**20)))
            filler.flush()


def _free_bytes(path: Path) -> int:
    disk = os.statvfs(path)
    return disk.f_bavail * disk.f_frsize


def _fill(file: Path) -> None:
    """Write until there is no room for one byte more."""
    with file.open("ab", buffering=0) as filler:
        for size in (2**16, 1):
            with suppress(OSError):
                while filler.write(bytes(size)) == size:
                    pass
