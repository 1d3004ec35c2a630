"""Ingesting an uploaded file: claim the dataset, make a typed table of the file, store its profile and its faults.

Only large files come here, which would keep a request waiting; the service ingests small ones by itself.
"""

import time
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import cast

from sqlalchemy.orm import Session

from contract.states import DatasetStatus
from process.logs import Logger, get_logger
from store import datasets
from store.datasets import DatasetClaim
from store.files import original_key, table_key
from tables import FileFormat, ingest
from worker import problems
from worker.context import WorkerContext
from worker.lease import Lease, LeasedDataset, LeaseLost

log = get_logger(__name__)


def ingest_next_dataset(context: WorkerContext) -> bool:
    """Ingest the next dataset; False if there is none, or it was left to others."""
    claim = context.claim(datasets.claim)
    if claim is None:
        return False
    dataset_log = log.bind(dataset=claim.dataset_id)
    dataset_log.info("claimed", token=claim.token)
    began = time.monotonic()
    with Lease(context, LeasedDataset(claim), dataset_log) as lease:
        status, end_dataset = _ingest_file(context, claim, lease, dataset_log)
        lease.write(end_dataset)
        dataset_log.info(status, seconds=round(time.monotonic() - began, 3))
        return True
    return False


def _ingest_file(
    context: WorkerContext, claim: DatasetClaim, lease: Lease, log: Logger
) -> tuple[DatasetStatus, Callable[[Session], bool]]:
    """Make a typed table of the file; returns how that ended, and what writes it.

    Raises:
        LeaseLost: the dataset must be left to others.
    """
    files, dataset = context.files, claim.dataset_id
    held = {"dataset_id": dataset, "token": claim.token}
    try:
        while True:
            with (
                lease.guard(),
                files.local_copy(original_key(dataset)) as source,
                files.create(table_key(dataset)) as into,
            ):
                found = asdict(ingest(source, cast("FileFormat", claim.format), into, claim.types))
                return "ready", partial(datasets.mark_ready, **found, **held)
    except LeaseLost:
        raise
    except Exception as error:  # whatever happens, the dataset ends, with a problem that tells of it
        return "failed", partial(datasets.mark_failed, problem=problems.describe_error(error, log), **held)
