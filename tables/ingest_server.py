"""`python -m tables.ingest_server`: a subprocess that ingests files, so that a crash or a slow file harms no other.

It reads one `IngestRequest` a line from standard input, as JSON, and writes one `IngestOutcome` for each to standard
output, after a line that says it is ready. It ends with its input, or with a file that takes too much memory or time.
"""

import os
import sys
import traceback
from pathlib import Path
from typing import Final

import msgspec

from process.cores import limit_processor_seconds
from process.memory import limit_memory
from tables.issues import UnreadableFile
from tables.upload import FileFormat, IngestedTable, ingest

MAX_MEMORY_BYTES: Final = 2**30
MAX_CPU_SECONDS: Final = 10
READY: Final = b"ready\n"


class IngestRequest(msgspec.Struct, frozen=True):
    """The arguments of one call of `ingest`."""

    source: str
    format: FileFormat
    parquet: str
    types: dict[str, str]


class IngestOutcome(msgspec.Struct, frozen=True):
    """The result of a request: a table, or the slug, detail and advice of an `UnreadableFile`, or another error."""

    table: IngestedTable | None = None
    refusal: tuple[str, str, str] | None = None
    errno: int | None = None
    traceback: str | None = None


def main() -> None:
    """Ingest files until the input ends."""
    limit_memory(MAX_MEMORY_BYTES)
    requests, outcomes = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb", 0)
    outcomes.write(READY)
    for line in requests:
        # the kernel ends this process when a table takes too long, even if nobody is there to do it
        limit_processor_seconds(MAX_CPU_SECONDS)
        outcome = ingest_file(msgspec.json.decode(line, type=IngestRequest))
        outcomes.write(msgspec.json.encode(outcome) + b"\n")


def ingest_file(request: IngestRequest) -> IngestOutcome:
    """Ingest one file."""
    try:
        return IngestOutcome(table=ingest(Path(request.source), request.format, Path(request.parquet), request.types))
    except UnreadableFile as error:
        return IngestOutcome(refusal=(error.slug, error.detail, error.advice))
    except OSError as error:
        return IngestOutcome(errno=error.errno)
    except Exception:  # the parent process logs it
        return IngestOutcome(traceback=traceback.format_exc())


if __name__ == "__main__":
    main()
