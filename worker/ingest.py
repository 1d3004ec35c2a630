"""Reading an uploaded file: claim it, make a typed table of it, keep its profile and its faults.

Only large files come here, which would keep a request waiting; the service reads small ones by itself.
"""

import time
from dataclasses import asdict
from typing import cast

from sqlalchemy.orm import Session

from process import logs
from store import datasets
from store.database import first_line
from store.datasets import DatasetClaim
from store.errors import NotFound
from store.files.keys import original_key, table_key
from tables import FileFormat, IngestedTable, ingest
from worker import problems
from worker.context import DATABASE_UNAVAILABLE, WorkerContext
from worker.lease import LOST, Leasable, Lease, LeaseLost

log = logs.get_logger(__name__)


def ingest_next_dataset(context: WorkerContext) -> bool:
    """Read the next dataset; False if there is none, or it was left to others."""
    claim = _claim(context)
    if claim is None:
        return False
    dataset_log = log.bind(dataset=claim.dataset_id)
    dataset_log.info("claimed", token=claim.token)
    began = time.monotonic()
    with Lease(context, held(claim, context.lease_seconds), dataset_log) as lease:
        try:
            found = lease.files(lambda: _ingest_file(context, claim))
        except LeaseLost:
            raise
        except Exception as error:  # whatever happens, the dataset ends, with a problem that tells of it
            problem = problems.describe_error(error, dataset_log)
            kept = lease.write(lambda s: datasets.mark_failed(s, claim.dataset_id, claim.token, problem))
            status = "failed"
        else:
            kept = lease.write(lambda s: _store_table(s, claim, found))
            status = "ready"
        if not kept:
            raise LeaseLost(LOST)
        dataset_log.info(status, seconds=round(time.monotonic() - began, 3))
        return True
    return False


def _claim(context: WorkerContext) -> DatasetClaim | None:
    if context.shutdown or not context.disk_guard.has_space():
        return None
    try:
        return context.write(lambda s: datasets.claim(s, context.worker, context.lease_seconds))
    except DATABASE_UNAVAILABLE as error:
        log.warning("database away, nothing claimed", error=first_line(error))
        return None


def _ingest_file(context: WorkerContext, claim: DatasetClaim) -> IngestedTable:
    files, dataset = context.files, claim.dataset_id
    with files.local_copy(original_key(dataset)) as source, files.create(table_key(dataset)) as into:
        return ingest(source, cast("FileFormat", claim.format), into, claim.types)


def _store_table(s: Session, claim: DatasetClaim, found: IngestedTable) -> bool:
    return datasets.mark_ready(
        s,
        claim.dataset_id,
        claim.token,
        rows=found.rows,
        rows_rejected=found.rows_rejected,
        issue_counts={**found.issue_counts},
        columns=[asdict(column) for column in found.columns],
        issues=[asdict(issue) for issue in found.issues],
    )


def held(claim: DatasetClaim, lease_seconds: float) -> Leasable:
    """What a lease needs to know of the claimed dataset."""

    def loss(s: Session) -> str | None:
        try:
            row = datasets.get(s, claim.owner, claim.dataset_id)
        except NotFound:
            return "deleted"
        return None if (row.token, row.status) == (claim.token, "processing") else LOST

    return Leasable(
        renew=lambda s: datasets.renew_lease(s, claim.dataset_id, claim.token, lease_seconds),
        lost_reason=loss,
        release=lambda s: datasets.release(s, claim.dataset_id, claim.token),
    )
