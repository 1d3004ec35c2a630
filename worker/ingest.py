"""Ingesting an uploaded file: claim the dataset, make a typed table of the file, store its profile and its faults.

Only large files come here, which would keep a request waiting; the service ingests small ones by itself.
"""

import time
from dataclasses import asdict, dataclass
from typing import cast

from sqlalchemy.orm import Session

from process.logs import Logger, get_logger
from store import datasets
from store.database import begin_write, first_line
from store.datasets import DatasetClaim
from store.errors import NotFound
from store.files.keys import original_key, table_key
from store.tables import JsonObject
from tables import FileFormat, IngestedTable, ingest
from worker import problems
from worker.context import DATABASE_UNAVAILABLE, WorkerContext
from worker.lease import LOST, Lease, LeaseLost

log = get_logger(__name__)


def ingest_next_dataset(context: WorkerContext) -> bool:
    """Ingest the next dataset; False if there is none, or it was left to others."""
    claim = _claim_dataset(context)
    if claim is None:
        return False
    dataset_log = log.bind(dataset=claim.dataset_id)
    dataset_log.info("claimed", token=claim.token)
    began = time.monotonic()
    with Lease(context, LeasedDataset(claim), dataset_log) as lease:
        outcome = _ingest_file(context, claim, lease, dataset_log)
        _store_outcome(context, claim, lease, outcome)
        status = "ready" if isinstance(outcome, IngestedTable) else "failed"
        dataset_log.info(status, seconds=round(time.monotonic() - began, 3))
        return True
    return False


def _claim_dataset(context: WorkerContext) -> DatasetClaim | None:
    if context.shutdown or not context.disk_guard.has_space():
        return None
    try:
        with begin_write(context.sessions) as s:
            return datasets.claim(s, context.worker, context.lease_seconds)
    except DATABASE_UNAVAILABLE as error:
        log.warning("database unavailable, nothing claimed", error=first_line(error))
        return None


def _ingest_file(context: WorkerContext, claim: DatasetClaim, lease: Lease, log: Logger) -> IngestedTable | JsonObject:
    """Make a typed table of the file; returns a problem document instead if that fails, for whatever reason.

    Raises:
        LeaseLost: the dataset must be left to others.
    """
    files, dataset = context.files, claim.dataset_id
    try:
        while True:
            with (
                lease.guard(),
                files.local_copy(original_key(dataset)) as source,
                files.create(table_key(dataset)) as into,
            ):
                return ingest(source, cast("FileFormat", claim.format), into, claim.types)
    except LeaseLost:
        raise
    except Exception as error:  # whatever happens, the dataset ends, with a problem that tells of it
        return problems.describe_error(error, log)


def _store_outcome(
    context: WorkerContext, claim: DatasetClaim, lease: Lease, outcome: IngestedTable | JsonObject
) -> None:
    """Write how the dataset ended.

    Raises:
        LeaseLost: the claim no longer holds the dataset, and nothing was written.
    """
    while True:
        with lease.guard(), begin_write(context.sessions) as s:
            if not _end_dataset(s, claim, outcome):
                raise LeaseLost(LOST)
            return


def _end_dataset(s: Session, claim: DatasetClaim, outcome: IngestedTable | JsonObject) -> bool:
    if not isinstance(outcome, IngestedTable):
        return datasets.mark_failed(s, claim.dataset_id, claim.token, outcome)
    return datasets.mark_ready(
        s,
        claim.dataset_id,
        claim.token,
        rows=outcome.rows,
        rows_rejected=outcome.rows_rejected,
        issue_counts={**outcome.issue_counts},
        columns=[asdict(column) for column in outcome.columns],
        issues=[asdict(issue) for issue in outcome.issues],
    )


@dataclass(frozen=True)
class LeasedDataset:
    """A claimed dataset as its lease holds it."""

    claim: DatasetClaim

    def renew(self, s: Session, lease_seconds: float) -> bool:
        """See `Leasable`."""
        return datasets.renew_lease(s, self.claim.dataset_id, self.claim.token, lease_seconds)

    def find_lost_reason(self, s: Session) -> str | None:
        """See `Leasable`."""
        try:
            row = datasets.get(s, self.claim.owner, self.claim.dataset_id)
        except NotFound:
            return "deleted"
        return None if (row.token, row.status) == (self.claim.token, "processing") else LOST

    def release(self, s: Session) -> bool:
        """See `Leasable`."""
        return datasets.release(s, self.claim.dataset_id, self.claim.token)
