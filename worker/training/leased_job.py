"""A claimed job as its lease holds it, and what its owner asks of it meanwhile."""

from sqlalchemy.orm import Session

from store.errors import NotFound
from store.jobs import claims, jobs
from store.jobs.claims import JobClaim
from worker.lease import LOST, PAUSED


class LeasedJob:
    """A claimed job.

    Args:
        claim: the right to run it.
    """

    def __init__(self, claim: JobClaim) -> None:
        self._claim = claim
        self.finish_requested = claim.finish_requested
        """Whether the job is to end with the best that it has; the lease's thread keeps this up to date."""

    def renew(self, s: Session, lease_seconds: float) -> bool:
        """See `Leasable`."""
        return claims.renew_lease(s, self._claim.job_id, self._claim.token, lease_seconds)

    def find_lost_reason(self, s: Session) -> str | None:
        """See `Leasable`."""
        try:
            job = jobs.get(s, self._claim.owner, self._claim.job_id)
        except NotFound:
            return "deleted"
        if job.status == "cancelled":
            return "cancelled"
        if job.token != self._claim.token:
            return LOST
        if job.status == "paused":
            return PAUSED
        self.finish_requested = job.finish_asked_at is not None
        return None if job.status == "running" else LOST

    def release(self, s: Session) -> bool:
        """See `Leasable`."""
        return claims.release(s, self._claim.job_id, self._claim.token)
