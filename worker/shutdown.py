"""The word that this worker is about to leave, seen at once by all its processes.

One byte of memory that is shared across the fork: the main process sets it in its signal handler, and the trainers
look at it between two batches; no message has to travel, so none can be late or lost.
"""

import mmap


class ShutdownFlag:
    """False until `set` is called in any process that shares it. Make it before the fork."""

    def __init__(self) -> None:
        self._byte = mmap.mmap(-1, 1)

    def set(self) -> None:
        """Tell all processes to hand back what they have; safe in a signal handler."""
        self._byte[0] = 1

    def __bool__(self) -> bool:
        return self._byte[0] == 1
