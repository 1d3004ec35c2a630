"""Ingestion of an uploaded file: claim the dataset, convert the file to a typed table, store its profile and issues.

Only large files, and those that are slow to read, are ingested here; the service ingests others within the request.
A process of its own reads the file, within limits of memory and time, and is ended when the lease is lost.
"""

import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import cache, partial
from pathlib import Path
from typing import Final, cast

from sqlalchemy.orm import Session

from contract.states import DatasetStatus
from process import memory
from process.logs import Logger, get_logger
from store import datasets
from store.datasets import DatasetClaim
from store.files import original_key, table_key
from store.tables import JsonObject
from tables import FileFormat, IngestedTable, ReadOptions, UnreadableFile
from tables.formats.detection import WORKBOOKS
from tables.ingest_client import IngestClient, IngestProcessLost
from tables.ingest_server import IngestRequest, limit_file_memory
from tables.progress import Report, report_nothing
from worker import problems
from worker.context import WorkerContext
from worker.lease import Lease, LeasedDataset, LeaseLost

MIN_CPU_SECONDS: Final = 120
MIN_BYTES_PER_CPU_SECOND: Final = 2**19
"""A file may take two minutes of processor time, and a second more for each half MiB."""

CHECK_SECONDS: Final = 0.2

log = get_logger(__name__)


def ingest_next_dataset(context: WorkerContext) -> bool:
    """Ingest the next dataset; False if there is none, or its lease was lost."""
    claim = context.claim(datasets.claim)
    if claim is None:
        return False
    dataset_log = log.bind(dataset=claim.dataset_id)
    dataset_log.info("claimed", token=claim.token)
    began = time.monotonic()
    with Lease(context, LeasedDataset(claim), dataset_log) as lease:
        status, end_dataset = _ingest_file(context, claim, lease, dataset_log)

        def write_failure(s: Session, problem: JsonObject) -> object:
            return datasets.mark_failed(s, claim.dataset_id, claim.token, problem)

        if lease.write_end(end_dataset, write_failure) is not None:
            status = "failed"
        dataset_log.info(status, seconds=round(time.monotonic() - began, 3))
        return True
    return False


def _ingest_file(
    context: WorkerContext, claim: DatasetClaim, lease: Lease, log: Logger
) -> tuple[DatasetStatus, Callable[[Session], bool]]:
    """Convert the file to a typed table; returns the dataset's final status, and the function that writes it.

    Raises:
        LeaseLost: the claim no longer holds the dataset.
    """
    files, dataset = context.files, claim.dataset_id
    claimed = {"dataset_id": dataset, "token": claim.token}

    def report(rows: int, fraction: float | None) -> None:
        lease.write(lambda s: datasets.set_progress(s, dataset, claim.token, rows, fraction))

    try:
        while True:
            with (
                lease.guard(),
                files.local_copy(original_key(dataset)) as source,
                files.create(table_key(dataset)) as into,
            ):
                types, options = claim.types, ReadOptions.from_json(claim.read_options)
                table = ingest_within_limits(
                    context, claim.format, source, into, lease.check, types=types, options=options, report=report
                )
                profile = asdict(table)
                return "ready", partial(datasets.mark_ready, **profile, **claimed)
    except LeaseLost:
        raise
    except Exception as error:  # any other error ends the dataset with a problem
        return "failed", partial(datasets.mark_failed, problem=problems.describe_error(error, log), **claimed)


def ingest_within_limits(
    context: WorkerContext,
    format_: str,
    source: Path,
    parquet: Path,
    check: Callable[[], None],
    *,
    types: Mapping[str, str],
    options: ReadOptions,
    report: Report = report_nothing,
) -> IngestedTable:
    """Ingest a file in a process, which is ended by whatever `check` or `report` raises.

    Raises:
        UnreadableFile: as `tables.ingest` does, or it takes more processor time or memory than it may.
    """
    memory_bytes = int(context.memory_bytes * memory.CHILD_SHARE)
    size = source.stat().st_size
    seconds = MIN_CPU_SECONDS + size // MIN_BYTES_PER_CPU_SECOND
    request = IngestRequest(
        source=str(source),
        format=cast("FileFormat", format_),
        parquet=str(parquet),
        types=dict(types),
        max_table_bytes=context.settings.max_upload_bytes,
        max_cpu_seconds=seconds,
        options=options,
    )

    def wait() -> float:
        check()
        return CHECK_SECONDS

    try:
        return _open_client(memory_bytes).ingest(request, wait, report)
    except IngestProcessLost as error:
        if error.returncode == -signal.SIGXCPU:
            raise UnreadableFile(
                "too-slow",
                f"The file of {size:,} bytes was not read within {seconds:,} seconds of processor time.",
                "Upload a part of it, or leave out columns; check the quotes of a CSV file.",
            ) from None
        limit = limit_file_memory(memory_bytes, size)
        advice = "Upload a part of it, or leave out columns"
        if format_ in WORKBOOKS:  # they keep a text once for all of its cells, and cells anywhere make all between them
            advice = "Delete cells far from the table, shorten texts that many cells share, or upload the sheet as CSV"
        if limit == memory_bytes:
            advice += "; the operator may raise GRADUS_TRAINER_MEMORY_BYTES"
        raise UnreadableFile(
            "too-large",
            f"The file of {size:,} bytes was not read: the process for it ended with status {error.returncode}, "
            f"as happens when it needs more than the {limit:,} bytes of memory that it may take.",
            f"{advice}.",
        ) from None


@cache
def _open_client(memory_bytes: int) -> IngestClient:
    """The process of this trainer; it is started with the first file, and stays."""
    return IngestClient(memory_bytes, os.getpid())
