"""`python -m tables.ingest_server`: reads tables for a program that cannot wait for long, nor fall with a reader.

On standard input comes one `Order` a line, as JSON; on standard output goes one `Outcome` for each, after a line that
says that the first may come. The end of the input ends it, and so does a table that takes too much memory or time.
"""

import os
import sys
import traceback
from pathlib import Path
from typing import Final

import msgspec

from process.cores import limit_processor_seconds
from process.memory import limit_memory
from tables.errors import UnreadableFile
from tables.upload import FileFormat, IngestedTable, ingest

MAX_MEMORY_BYTES: Final = 2**30
MAX_CPU_SECONDS: Final = 10
READY: Final = b"ready\n"


class IngestRequest(msgspec.Struct, frozen=True):
    """What `ingest` is to read, and where it is to write."""

    source: str
    format: FileFormat
    parquet: str
    types: dict[str, str]


class Refusal(msgspec.Struct, frozen=True):
    """An `UnreadableFile`."""

    slug: str
    detail: str
    advice: str


class IngestOutcome(msgspec.Struct, frozen=True):
    """What became of an order: one of these.

    Attributes:
        found: What `ingest` found.
        refusal: Why nothing can be made of the file.
        disk: The number of the operating system's error, if the disk is full or fails.
        mistake: The traceback of an error that should not be.
    """

    table: IngestedTable | None = None
    refusal: Refusal | None = None
    errno: int | None = None
    traceback: str | None = None


def main() -> None:
    """Carry out orders until there are no more."""
    limit_memory(MAX_MEMORY_BYTES)
    orders, outcomes = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb", 0)
    outcomes.write(READY)
    for line in orders:
        # the kernel ends this process when a table takes too long, even if nobody is there to do it
        limit_processor_seconds(MAX_CPU_SECONDS)
        outcome = ingest_file(msgspec.json.decode(line, type=IngestRequest))
        outcomes.write(msgspec.json.encode(outcome) + b"\n")


def ingest_file(request: IngestRequest) -> IngestOutcome:
    """Read one table."""
    try:
        return IngestOutcome(table=ingest(Path(request.source), request.format, Path(request.parquet), request.types))
    except UnreadableFile as error:
        return IngestOutcome(refusal=Refusal(error.slug, error.detail, error.advice))
    except OSError as error:
        return IngestOutcome(errno=error.errno)
    except Exception:  # it is told to the one who ordered
        return IngestOutcome(traceback=traceback.format_exc())


if __name__ == "__main__":
    main()
