"""The quota of unfinished jobs that an owner may have."""

from sqlalchemy.orm import Session

from service.http.errors import ProblemError
from service.services import Context
from store.jobs import jobs


def require_free_quota(s: Session, context: Context) -> None:
    """Return if the owner may have one more job that has not ended.

    Raises:
        ProblemError: `too-many-requests`.
    """
    limit = context.services.settings.jobs_per_owner
    if jobs.count_unfinished(s, context.owner) >= limit:
        detail = f"You have {limit} jobs that wait or run, and may not have more; wait for one to end, or cancel some."
        raise ProblemError("too-many-requests", detail, headers={"Retry-After": "10"})
