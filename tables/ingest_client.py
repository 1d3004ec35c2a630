"""The parent's side of `tables.ingest_server`: ingestion in a process of its own, within limits of memory and time.

A file may be made to take a minute, gigabytes or a crash: then only that process ends, and another is started.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from typing import IO, Final, cast

import msgspec

from tables.chunks import delete_chunks
from tables.ingest_server import IngestOutcome, IngestRequest
from tables.issues import UnreadableFile
from tables.progress import Report, report_nothing
from tables.upload import IngestedTable

READ_BYTES: Final = 2**16
LARGE_FILE_BYTES: Final = 2**24
"""After such a file the process is ended, as it may keep more memory than a small file may take."""
SERVER: Final = ["-m", "tables.ingest_server"]

Wait = Callable[[], float]
"""A function that is called while the process works: the seconds until it is to be called again, or it raises."""


class IngestProcessLost(Exception):
    """The process ended before its outcome came: it took too much memory or time, or was killed.

    Attributes:
        returncode: The status, or the negative number of the signal that ended it.
    """

    def __init__(self, returncode: int) -> None:
        super().__init__(f"the process ended with {returncode}")
        self.returncode = returncode


class IngestClient:
    """A process that ingests files, for one caller at a time; it is started when needed, and again when it ended.

    Args:
        memory_bytes: The memory limit of the process.
        parent_pid: This process, if the other is to be killed when the calling thread ends; else 0.
    """

    def __init__(self, memory_bytes: int, parent_pid: int = 0) -> None:
        self._arguments = (str(memory_bytes), str(parent_pid))
        self._process: subprocess.Popen[bytes] | None = None
        self._is_ready = False
        self._unread = bytearray()

    @property
    def pid(self) -> int:
        """The id of the process; 0 if there is none."""
        return self._process.pid if self._process else 0

    def start(self) -> None:
        """Start the process unless there is one."""
        if self._process is None:
            self._is_ready = False
            self._unread.clear()
            self._process = subprocess.Popen(  # noqa: S603 - the arguments are numbers
                [sys.executable, "-P", *SERVER, *self._arguments],
                # as many threads as cores would cost memory, and nothing there multiplies matrices
                env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # a library's messages about a broken file may contain rows of it
                bufsize=0,
            )

    def connect(self, wait: Wait) -> None:
        """Start the process, and wait until it is ready; otherwise as `ingest`."""
        self.start()
        if not self._is_ready:
            self._read_line(wait)
            self._is_ready = True

    def ingest(self, request: IngestRequest, wait: Wait, report: Report = report_nothing) -> IngestedTable:
        """The result of `tables.ingest`; the process is ended by any other error than a result of it.

        The progress is reported once in a while.

        Raises:
            UnreadableFile: as `tables.ingest` does.
            OSError: the disk is full, or fails.
            IngestProcessLost: the process ended.
            RuntimeError: a bug in the process, with its traceback.
            Exception: whatever `wait` or `report` raises.
        """
        try:
            self.connect(wait)
            self._write_line(msgspec.json.encode(request))
            while (outcome := msgspec.json.decode(self._read_line(wait), type=IngestOutcome)).progress is not None:
                report(*outcome.progress)
        except BaseException:
            self.close()
            delete_chunks(Path(request.parquet))
            raise
        if Path(request.source).stat().st_size >= LARGE_FILE_BYTES:
            self.close()
        if outcome.refusal:
            raise UnreadableFile(*outcome.refusal)
        if outcome.errno:
            raise OSError(outcome.errno, os.strerror(outcome.errno))
        if outcome.table is None:
            raise RuntimeError(outcome.traceback)
        return outcome.table

    def close(self) -> None:
        """End the process."""
        if self._process:
            self._process.kill()
            with self._process:
                pass
            self._process = None

    def _write_line(self, line: bytes) -> None:
        try:
            self._pipe("stdin").write(line + b"\n")
        except BrokenPipeError:
            raise self._describe_end() from None

    def _read_line(self, wait: Wait) -> bytes:
        """The next line that the process writes."""
        source = self._pipe("stdout")
        with DefaultSelector() as selector:
            selector.register(source, EVENT_READ)
            while b"\n" not in self._unread:
                if not selector.select(wait()):
                    continue
                piece = os.read(source.fileno(), READ_BYTES)
                if not piece:
                    raise self._describe_end()
                self._unread += piece
        line, _, self._unread = self._unread.partition(b"\n")
        return bytes(line)

    def _describe_end(self) -> IngestProcessLost:
        return IngestProcessLost(cast("subprocess.Popen[bytes]", self._process).wait())

    def _pipe(self, name: str) -> IO[bytes]:
        return getattr(self._process, name)
