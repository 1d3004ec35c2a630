"""How much memory a trainer may take, so that a job that is too large fails, and the machine goes on.

Without a limit the kernel would choose which process to kill, and it may choose the database.
"""

import os
import resource
from pathlib import Path
from typing import Final

RESERVED_SHARE: Final = 0.1

CGROUP: Final = Path("/sys/fs/cgroup/memory.max")


def memory_per_trainer(trainers: int) -> int:
    """The bytes that each of so many trainers may take, of what the machine has, or the container around it."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = CGROUP.read_text().strip() if CGROUP.exists() else ""
    total = min(machine, int(limit)) if limit.isdigit() else machine
    return int(total * (1 - RESERVED_SHARE)) // trainers


def limit_memory(size: int) -> None:
    """Let what this process asks for beyond `size` bytes be a MemoryError."""
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (size if most == resource.RLIM_INFINITY else min(size, most), most))
