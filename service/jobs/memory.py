"""How much memory this machine, or the container around us, could still give.

A job that cannot fit is better refused with numbers than killed half-way by the kernel.
"""

import os
from pathlib import Path

_CGROUP = Path("/sys/fs/cgroup")
_MEMINFO = Path("/proc/meminfo")


def available_bytes(meminfo: Path = _MEMINFO, cgroup: Path = _CGROUP) -> int:
    """Bytes that a new process could take: what the machine has to give, and no more than the container's limit."""
    machine = _machine(meminfo)
    limit = _number(cgroup / "memory.max")
    if limit is None:
        return machine
    used = _number(cgroup / "memory.current") or 0
    return min(machine, max(0, limit - used + _reclaimable(cgroup / "memory.stat")))


def _machine(meminfo: Path) -> int:
    if meminfo.exists():
        for line in meminfo.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _reclaimable(stat: Path) -> int:
    """Cached pages of files, which count as used but are given up on demand."""
    if not stat.exists():
        return 0
    values = dict(line.split() for line in stat.read_text().splitlines())
    return int(values.get("inactive_file", 0))


def _number(path: Path) -> int | None:
    """The number in the file; None if there is no file or it says `max`."""
    if not path.exists():
        return None
    text = path.read_text().strip()
    return int(text) if text.isdigit() else None
