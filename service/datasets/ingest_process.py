"""Ingestion of small tables within a request: in a process of its own, and only for a moment.

What does not become a table in time, or takes more memory, goes to a worker.
"""

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from service.services import IngestTimeout
from tables import NO_OPTIONS, FileFormat, IngestedTable, ReadOptions
from tables.ingest_client import IngestClient, IngestProcessLost
from tables.ingest_server import IngestRequest

START_SECONDS: Final = 10
MAX_CPU_SECONDS: Final = 10
MAX_MEMORY_BYTES: Final = 2**30


class IngestProcess:
    """A process that ingests tables, for any number of threads.

    Args:
        seconds: The time limit of a table; half as long again is waited for others to be done.
        max_table_bytes: The largest table, decompressed.
    """

    def __init__(self, seconds: float, max_table_bytes: int) -> None:
        self._seconds = min(seconds, MAX_CPU_SECONDS)
        self._max_table_bytes = max_table_bytes
        self._one_at_a_time = threading.Lock()
        self._client = IngestClient(MAX_MEMORY_BYTES)
        self._client.start()
        self._is_first = True

    def __call__(
        self,
        source: Path,
        file_format: FileFormat,
        target: Path,
        types: Mapping[str, str],
        options: ReadOptions = NO_OPTIONS,
    ) -> IngestedTable:
        """The result of `tables.ingest`.

        Raises:
            IngestTimeout: it takes too long, or too much memory, or others are before it.
            UnreadableFile: as `tables.ingest` does.
            OSError: the disk is full, or fails.
            RuntimeError: a bug in the process, with its traceback.
        """
        until = time.monotonic() + self._seconds / 2
        request = IngestRequest(
            str(source), file_format, str(target), dict(types), self._max_table_bytes, MAX_CPU_SECONDS, options
        )
        if not self._one_at_a_time.acquire(timeout=self._seconds / 2):
            raise IngestTimeout
        try:
            # the start of a replacement is waited for only until then, so that a hostile table delays no other
            self._client.connect(_wait_until(time.monotonic() + START_SECONDS if self._is_first else until))
            return self._client.ingest(request, _wait_until(time.monotonic() + self._seconds))
        except IngestProcessLost:
            self._client.close()
            raise IngestTimeout from None
        finally:
            self._is_first = False
            self._client.start()
            self._one_at_a_time.release()

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._client.pid

    def close(self) -> None:
        """End the process."""
        self._client.close()


def _wait_until(until: float) -> Callable[[], float]:
    """The seconds that are left, again and again; IngestTimeout when there are none."""

    def seconds_left() -> float:
        if (left := until - time.monotonic()) <= 0:
            raise IngestTimeout
        return left

    return seconds_left
