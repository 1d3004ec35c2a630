"""The command lines that run the other rooms.

`-P` keeps the present folder out of the way: a folder named `service` or `worker` in it cannot stand in for ours.
"""

import sys
from collections.abc import Mapping
from typing import Final

from contract.settings import Settings
from process.memory import bytes_per_process

MIGRATE: Final = (sys.executable, "-P", "-m", "migrations", "upgrade")
SERVE: Final = (sys.executable, "-P", "-m", "service")
EXAMINE: Final = (*SERVE, "doctor")
ADOPT: Final = (*SERVE, "adopt")
WORK: Final = (sys.executable, "-P", "-m", "worker")

MALLOC: Final = {
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_MMAP_THRESHOLD_": str(8 * 2**20),
    "MALLOC_TRIM_THRESHOLD_": str(32 * 2**20),
}
"""Environment of the service that glibc's allocator reads (mallopt(3)): keep memory that is free again.

The system hands out each page as zeros at its first touch, which is a part of what a body of many rows costs.
"""


def service_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of the service; what is set for its allocator stays."""
    return {**MALLOC, **environment}


def share_memory(settings: Settings, workers: int) -> int:
    """The memory limit of a trainer: as set, or its share of what all trainers of all workers may take."""
    return settings.trainer_memory_bytes or bytes_per_process(workers * settings.concurrency)
