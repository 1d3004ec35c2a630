"""Small tables are read beside the service, in a process of their own, and only for a moment.

A file may be made to cost a minute, gigabytes or a crash. Whatever does not become a table in time goes to a worker,
and neither the time nor the memory that it takes is ever this process's.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from typing import IO, Final, cast

import msgspec

from tables import FileFormat, IngestedTable, UnreadableFile
from tables.ingest_server import MAX_CPU_SECONDS, READY, IngestOutcome, IngestRequest

START_SECONDS: Final = 10
READ_BYTES: Final = 2**16


class IngestTimeout(Exception):
    """A table takes longer to read than a request should, so that a worker must do it."""


class IngestProcess:
    """A process that reads tables, and another one when that had to be ended; for any number of threads.

    Args:
        seconds: how long a table may take; half as long again is waited for others to be done.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = min(seconds, MAX_CPU_SECONDS)
        self._one_at_a_time = threading.Lock()
        self._process = _start_process()
        self._is_ready = False
        self._is_first = True

    def __call__(self, source: Path, file_format: FileFormat, target: Path, types: Mapping[str, str]) -> IngestedTable:
        """What `tables.ingest` answers.

        Raises:
            TooLong: it takes too long, or too much memory, or others are before it.
            UnreadableFile: as `tables.ingest` does.
            OSError: the disk is full, or fails.
            RuntimeError: a mistake in the reading process, with its traceback.
        """
        until = time.monotonic() + self._seconds / 2
        if not self._one_at_a_time.acquire(timeout=self._seconds / 2):
            raise IngestTimeout
        try:
            outcome = self._exchange(IngestRequest(str(source), file_format, str(target), dict(types)), until)
        finally:
            self._one_at_a_time.release()
        if outcome.refusal:
            raise UnreadableFile(*outcome.refusal)
        if outcome.errno:
            raise OSError(outcome.errno, os.strerror(outcome.errno))
        if outcome.table is None:
            raise RuntimeError(outcome.traceback)
        return outcome.table

    @property
    def pid(self) -> int:
        """The id of the process that reads."""
        return self._process.pid

    def close(self) -> None:
        """End the process."""
        _end_process(self._process)

    def _exchange(self, order: IngestRequest, until: float) -> IngestOutcome:
        """The outcome of an order; a process that does not respond in time is replaced.

        The start of a replacement is waited for only until `until`, so that a hostile table delays no other.
        """
        try:
            if not self._is_ready:
                wait = START_SECONDS if self._is_first else max(0.0, until - time.monotonic())
                if not _has_output(self._process, wait):
                    raise IngestTimeout
                self._is_ready = _read_line(self._process, START_SECONDS) == READY
            cast("IO[bytes]", self._process.stdin).write(msgspec.json.encode(order) + b"\n")
            return msgspec.json.decode(_read_line(self._process, self._seconds), type=IngestOutcome)
        except (TimeoutError, OSError):
            _end_process(self._process)
            self._process, self._is_ready, self._is_first = _start_process(), False, False
            raise IngestTimeout from None


def _start_process() -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "tables.ingest_server"],
        env={
            **os.environ,
            "OPENBLAS_NUM_THREADS": "1",
        },  # as many threads as cores cost memory, and nothing here counts
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # what a library says of a broken file may have rows in it
        bufsize=0,
    )


def _end_process(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    with process:
        pass


def _has_output(process: "subprocess.Popen[bytes]", seconds: float) -> bool:
    """Whether a process writes anything, or ends, within these seconds."""
    with DefaultSelector() as selector:
        selector.register(cast("IO[bytes]", process.stdout), EVENT_READ)
        return bool(selector.select(seconds))


def _read_line(process: "subprocess.Popen[bytes]", seconds: float) -> bytes:
    """The next line that a process writes.

    Raises:
        TimeoutError: it did not come in time.
        BrokenPipeError: the process has ended.
    """
    source = cast("IO[bytes]", process.stdout)
    until = time.monotonic() + seconds
    line = bytearray()
    while not line.endswith(b"\n"):
        if not _has_output(process, max(0.0, until - time.monotonic())):
            raise TimeoutError("no line in time")
        piece = os.read(source.fileno(), READ_BYTES)
        if not piece:
            raise BrokenPipeError("no line, and none to come")
        line += piece
    return bytes(line)
