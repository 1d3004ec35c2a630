"""How many processor cores a trainer may take, so that all trainers of a worker take no more than there are."""

import os
from pathlib import Path
from typing import Final

CGROUP: Final = Path("/sys/fs/cgroup/cpu.max")


def cores_per_trainer(trainers: int) -> int:
    """The whole cores that each of so many trainers may take, of what this process or its container may; at least 1."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota, _, period = CGROUP.read_text().strip().partition(" ") if CGROUP.exists() else ("max", "", "")
    if quota.isdigit() and period.isdigit():
        allowed = min(allowed, int(quota) // int(period))
    return max(allowed // trainers, 1)
