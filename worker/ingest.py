"""Ingestion of an uploaded file: claim the dataset, convert the file to a typed table, store its profile and issues.

Only large files are ingested here; the service ingests small ones within the request.
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
    """Ingest the next dataset; False if there is none, or its lease was lost."""
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
    """Convert the file to a typed table; returns the dataset's final status, and the function that writes it.

    Raises:
        LeaseLost: the claim no longer holds the dataset.
    """
    files, dataset = context.files, claim.dataset_id
    claimed = {"dataset_id": dataset, "token": claim.token}
    try:
        while True:
            with (
                lease.guard(),
                files.local_copy(original_key(dataset)) as source,
                files.create(table_key(dataset)) as into,
            ):
                profile = asdict(ingest(source, cast("FileFormat", claim.format), into, claim.types))
                return "ready", partial(datasets.mark_ready, **profile, **claimed)
    except LeaseLost:
        raise
    except Exception as error:  # any other error ends the dataset with a problem
        return "failed", partial(datasets.mark_failed, problem=problems.describe_error(error, log), **claimed)
