"""The choice of a net: what is recorded of a job of several nets is shown of one of them, by default the first."""

from pydantic import Field
from sqlalchemy.orm import Session

from contract.responses import FieldError
from learning.training.spec import MAX_NETS
from service.http.pagination import EpochsQuery, Query
from service.http.validation_errors import invalid_fields
from service.services import Context
from store.jobs import ensembles, jobs
from store.tables import JobRow


class NetQuery(Query):
    """Which of a job's nets."""

    net: int = Field(default=1, ge=1, le=MAX_NETS, description="Of an ensemble: the number of one of its nets.")


class NetsQuery(Query):
    """One of a job's nets, or all of them."""

    net: int | None = Field(
        default=None, ge=1, le=MAX_NETS, description="Of an ensemble: the number of one of its nets; by default all."
    )


class NetEpochsQuery(EpochsQuery, NetQuery):
    """Which of a job's nets, and which of its epochs."""


def load_net_rows(s: Session, context: Context, job_id: str, net: int | None) -> list[JobRow]:
    """The rows of a job's nets by their numbers, or of the one that is named; as `load_net_row` raises."""
    if net is not None:
        return [load_net_row(s, context, job_id, net)]
    job = jobs.get(s, context.owner, job_id)
    return ensembles.list_nets(s, [job_id])[job_id] or [job]


def load_net_row(s: Session, context: Context, job_id: str, net: int) -> JobRow:
    """The row of a net of a job: the job's own, if it has one net.

    Raises:
        NotFound: there is no such job, or it is another owner's.
        ProblemError: `invalid`: it has no such net.
    """
    job = jobs.get(s, context.owner, job_id)
    row = ensembles.get_net(s, job, net)
    if row is None:
        nets = job.spec.get("nets", 1)
        detail = f"is {net}, and the job has {'one net' if nets == 1 else f'{nets} nets'}"
        raise invalid_fields([FieldError(pointer="?net", detail=detail, code="unknown_net", given=net)])
    return row
