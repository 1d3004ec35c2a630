"""Memory of the machine or of the container around this process: how much there is, and a limit for one process.

Without a limit the kernel would choose which process to kill when memory runs out, and it may choose the database.
"""

import os
import resource
from pathlib import Path
from typing import Final

RESERVED_SHARE: Final = 0.1
"""The part of all memory that is left to other programs."""
CHILD_SHARE: Final = 0.5
"""The share of a process's limit that its child process may take besides, which reads files."""

CGROUP: Final = Path("/sys/fs/cgroup")
MEMINFO: Final = Path("/proc/meminfo")


def bytes_per_process(processes: int) -> int:
    """Bytes that each of `processes` equal processes may take of all memory, besides those of its child process."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = _read_number(CGROUP / "memory.max")
    total = machine if limit is None else min(machine, limit)
    return int(total * (1 - RESERVED_SHARE) / (1 + CHILD_SHARE)) // processes


def available_bytes(meminfo: Path = MEMINFO, cgroup: Path = CGROUP) -> int:
    """Bytes that a new process could take now: what the machine can give, and no more than the container's limit."""
    machine = _read_available(meminfo)
    limit = _read_number(cgroup / "memory.max")
    if limit is None:
        return machine
    used = _read_number(cgroup / "memory.current") or 0
    return min(machine, max(0, limit - used + _read_reclaimable(cgroup / "memory.stat")))


def limit_memory(size: int) -> None:
    """Make what this process allocates beyond `size` bytes a MemoryError."""
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (size if hard == resource.RLIM_INFINITY else min(size, hard), hard))


def _read_available(meminfo: Path) -> int:
    if meminfo.exists():
        for line in meminfo.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _read_reclaimable(stat: Path) -> int:
    """Cached pages of files, which count as used but are given up on demand."""
    if not stat.exists():
        return 0
    values = dict(line.split() for line in stat.read_text().splitlines())
    return int(values.get("inactive_file", 0))


def _read_number(path: Path) -> int | None:
    """The number in the file; None if there is no file or it says `max`."""
    if not path.exists():
        return None
    text = path.read_text().strip()
    return int(text) if text.isdigit() else None
