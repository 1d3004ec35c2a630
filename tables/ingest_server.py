"""`python -m tables.ingest_server BYTES PARENT`: a subprocess that ingests files, within limits of memory and time.

It reads one `IngestRequest` a line from standard input, as JSON, and writes one `IngestOutcome` for each to standard
output, after a line that says it is ready. It ends with its input, with the process PARENT unless that is 0, or with a
file that takes more than BYTES of memory or more time than its request allows.
"""

import os
import sys
import time
import traceback
from pathlib import Path
from typing import Final

import msgspec

from process.cores import limit_processor_seconds
from process.memory import limit_memory
from process.parent_death import terminate_with_parent
from tables.formats.detection import FileFormat
from tables.issues import UnreadableFile
from tables.options import NO_OPTIONS, ReadOptions
from tables.progress import Report
from tables.upload import IngestedTable, ingest

READY: Final = b"ready\n"
REPORT_SECONDS: Final = 1.0
"""The time between two reports of progress."""

MIN_MEMORY_BYTES: Final = 2**30
MAX_MEMORY_RATIO: Final = 64
"""A file may take a GiB of memory, and as many bytes more for each of its own: a small one may be made to take all."""


class IngestRequest(msgspec.Struct, frozen=True):
    """The arguments of one call of `ingest`."""

    source: str
    format: FileFormat
    parquet: str
    types: dict[str, str]
    max_table_bytes: int
    max_cpu_seconds: int
    options: ReadOptions = NO_OPTIONS


class IngestOutcome(msgspec.Struct, frozen=True):
    """The result of a request: a table, or the slug, detail and advice of an `UnreadableFile`, or another error.

    Before it there may be lines that have nothing but the progress: the rows read so far, and the share of the file.
    """

    progress: tuple[int, float | None] | None = None
    table: IngestedTable | None = None
    refusal: tuple[str, str, str] | None = None
    errno: int | None = None
    traceback: str | None = None


def main() -> None:
    """Ingest files until the input ends."""
    memory_bytes, parent_pid = map(int, sys.argv[1:])
    if parent_pid:
        terminate_with_parent(parent_pid)
    limit_memory(memory_bytes)
    requests, outcomes = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb", 0)
    outcomes.write(READY)
    for line in requests:
        request = msgspec.json.decode(line, type=IngestRequest)
        limit_memory(limit_file_memory(memory_bytes, source_bytes(Path(request.source))))
        limit_processor_seconds(request.max_cpu_seconds)  # kept by the kernel, whatever becomes of the parent
        reported_at = time.monotonic()

        def report(rows: int, share: float | None) -> None:
            nonlocal reported_at
            if time.monotonic() - reported_at >= REPORT_SECONDS:
                reported_at = time.monotonic()
                outcomes.write(msgspec.json.encode(IngestOutcome(progress=(rows, share))) + b"\n")

        outcome = ingest_file(request, report)
        outcomes.write(msgspec.json.encode(outcome) + b"\n")


def source_bytes(path: Path) -> int:
    """The size of a file; 0 if it is not there, which is told by who reads it."""
    return path.stat().st_size if path.exists() else 0


def limit_file_memory(memory_bytes: int, file_bytes: int) -> int:
    """The bytes of memory that a file of this size may take, where any may take `memory_bytes`."""
    return min(memory_bytes, MIN_MEMORY_BYTES + MAX_MEMORY_RATIO * file_bytes)


def ingest_file(request: IngestRequest, report: Report) -> IngestOutcome:
    """Ingest one file.

    Raises:
        MemoryError: it takes more memory than there is: as with an allocation of a library, the process ends.
    """
    parquet = Path(request.parquet)
    try:
        table = ingest(
            Path(request.source),
            request.format,
            parquet,
            request.types,
            request.max_table_bytes,
            options=request.options,
            report=report,
        )
        return IngestOutcome(table=table)
    except MemoryError:
        raise
    except UnreadableFile as error:
        return IngestOutcome(refusal=(error.slug, error.detail, error.advice))
    except OSError as error:
        return IngestOutcome(errno=error.errno)
    except Exception:  # the parent process logs it
        return IngestOutcome(traceback=traceback.format_exc())


if __name__ == "__main__":
    main()
