"""Processor cores: how many each of several processes may use, and how much processor time one may take."""

import os
import resource
from pathlib import Path
from typing import Final

CGROUP: Final = Path("/sys/fs/cgroup/cpu.max")


def cores_per_process(processes: int) -> int:
    """Whole cores that each of `processes` equal processes may use of those allowed to this one; at least 1."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota, _, period = CGROUP.read_text().strip().partition(" ") if CGROUP.exists() else ("max", "", "")
    if quota.isdigit() and period.isdigit():
        allowed = min(allowed, int(quota) // int(period))
    return max(allowed // processes, 1)


def limit_processor_seconds(seconds: int) -> None:
    """Let the kernel end this process once it has taken `seconds` of processor time more than by now."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + seconds, hard))
