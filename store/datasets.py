"""Datasets: uploaded files, their profiles and faults, and the claims of workers that ingest them.

The bytes are in the file store. A worker that ingests a dataset holds a lease and a token, see `store.jobs.claims`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final, NotRequired, TypedDict, Unpack

from sqlalchemy import ColumnElement, Select, and_, func, insert, or_, select, update
from sqlalchemy import delete as sql_delete
from sqlalchemy.orm import Session

from contract.problems import PROBLEM_KINDS
from contract.states import TERMINAL, DatasetStatus
from store.database import execute_and_count, now
from store.errors import InUse, NotFound
from store.labels import change_labels, compose_words, contains_words, has_tag
from store.leases import is_expired
from store.pages import Order, list_in_order, split_page
from store.tables import BatchRow, DatasetIssueRow, DatasetRow, JobRow, JsonObject
from store.webhooks import events

MAX_ATTEMPTS: Final = 3
CRASH_LOOP: Final = PROBLEM_KINDS["crash-loop"].document(
    "Three workers in a row were lost while they read this file. Most often it needs more "
    "memory than the machine has: upload fewer rows or columns."
)


@dataclass(frozen=True, kw_only=True)
class DatasetClaim:
    """The right of one worker to read one dataset, until the lease expires; `token` goes with everything it writes."""

    dataset_id: str
    owner: str
    token: int
    format: str
    types: dict[str, str]
    read_options: JsonObject


class UploadedFile(TypedDict):
    """The properties of an uploaded file in `store.files.files`."""

    id: str
    owner: str
    name: str
    format: str
    bytes: int
    sha256: str
    types: dict[str, str]
    read_options: NotRequired[JsonObject | None]


class FileProfile(TypedDict):
    """The profile of an ingested file; `columns` has the fields of `contract.responses.ColumnResponse`."""

    rows: int
    rows_rejected: int
    issue_counts: dict[str, int]
    columns: list[JsonObject]


class ReadFile(UploadedFile, FileProfile):
    """An uploaded file that was read already."""


def add(s: Session, *, status: DatasetStatus = "processing", **file: Unpack[UploadedFile]) -> DatasetRow:
    """Add a dataset whose file a worker has to read; any may claim it once this is committed."""
    row = DatasetRow(status=status, words=compose_words([file["id"], file["name"]], {}, None), **file)
    s.add(row)
    s.flush()
    return row


def add_ready(s: Session, *, issues: Sequence[JsonObject], **file: Unpack[ReadFile]) -> DatasetRow:
    """Add a dataset whose file was read already; `issues` as in `mark_ready`."""
    row = DatasetRow(status="ready", words=compose_words([file["id"], file["name"]], {}, None), **file)
    s.add(row)
    s.flush()
    _add_issues(s, row.id, issues)
    _add_event(s, row.id)
    return row


def get(s: Session, owner: str, dataset_id: str) -> DatasetRow:
    """The dataset as it stands now."""
    row = s.scalar(_select_owned(owner, dataset_id), execution_options={"populate_existing": True})
    if row is None:
        raise NotFound("dataset", dataset_id)
    return row


def exists(s: Session, owner: str, dataset_id: str) -> bool:
    """Whether the owner has that dataset; its profile is not read."""
    return s.scalar(select(DatasetRow.id).where(DatasetRow.id == dataset_id, DatasetRow.owner == owner)) is not None


def find_same(s: Session, file: UploadedFile) -> DatasetRow | None:
    """The newest dataset of the same owner, name, bytes and options as a file's, unless it could not be read."""
    query = select(DatasetRow).where(
        DatasetRow.owner == file["owner"],
        DatasetRow.name == file["name"],
        DatasetRow.format == file["format"],
        DatasetRow.sha256 == file["sha256"],
        DatasetRow.status != "failed",
    )
    options = (file["types"], file.get("read_options") or {})
    rows = s.scalars(query.order_by(DatasetRow.id.desc()))
    return next((row for row in rows if (row.types, row.read_options or {}) == options), None)


def list_page(
    s: Session,
    owner: str,
    limit: int,
    after: str | None = None,
    *,
    statuses: Collection[DatasetStatus] = (),
    name: str | None = None,
    tag: str | None = None,
    text: str = "",
    order: Order | None = None,
) -> tuple[list[DatasetRow], bool]:
    """Up to `limit` datasets that follow the one whose id is `after`, newest first, and whether there are more."""
    query = select(DatasetRow).where(DatasetRow.owner == owner)
    if statuses:
        query = query.where(DatasetRow.status.in_(statuses))
    if name is not None:
        query = query.where(DatasetRow.name == name)
    if tag is not None:
        query = query.where(has_tag(DatasetRow.words, tag))
    query = query.where(*contains_words(DatasetRow.words, text))
    large_columns = (DatasetRow.columns,)
    return list_in_order(
        s, query, DatasetRow.id, order, owner=owner, limit=limit, after=after, large_columns=large_columns
    )


def change(s: Session, owner: str, dataset_id: str, **changes: Any) -> DatasetRow:
    """Change the `name`, the `tags` or the `note` of a dataset; its rows never change."""
    row = get(s, owner, dataset_id)
    _update(s, (DatasetRow.id == dataset_id,), **change_labels(row, changes))
    return get(s, owner, dataset_id)


def list_issues(
    s: Session, dataset_id: str, after: int, limit: int, *, from_line: int | None = None, to_line: int | None = None
) -> tuple[list[DatasetIssueRow], bool]:
    """Up to `limit` faults with a number above `after`, in the order of the file, and whether there are more.

    With lines, only those between them, both included.
    """
    query = select(DatasetIssueRow).where(DatasetIssueRow.dataset_id == dataset_id, DatasetIssueRow.number > after)
    if from_line is not None:
        query = query.where(DatasetIssueRow.line >= from_line)
    if to_line is not None:
        query = query.where(DatasetIssueRow.line <= to_line)
    return split_page(list(s.scalars(query.order_by(DatasetIssueRow.number).limit(limit + 1))), limit)


def delete(s: Session, owner: str, dataset_id: str) -> None:
    """Delete a dataset; its jobs that ended and its models stay. The files are the caller's to delete, after commit.

    Raises:
        InUse: jobs or batches that have not ended read it.
    """
    if s.scalar(_select_owned(owner, dataset_id).with_for_update()) is None:
        raise NotFound("dataset", dataset_id)
    mine = (JobRow.owner == owner, JobRow.dataset_id == dataset_id)
    readers = select(JobRow.id).where(*mine, JobRow.ensemble_id.is_(None), JobRow.status.not_in(TERMINAL))
    batches = (BatchRow.owner == owner, BatchRow.dataset_id == dataset_id, BatchRow.status.in_(("queued", "running")))
    used_by = [
        *s.scalars(readers.order_by(JobRow.id).limit(10)),
        *s.scalars(select(BatchRow.id).where(*batches).order_by(BatchRow.id).limit(10)),
    ]
    if used_by:
        raise InUse(f"The dataset is read by {', '.join(used_by)}: cancel or await what uses it.", used_by)
    s.execute(sql_delete(DatasetRow).where(DatasetRow.id == dataset_id))


def claim(s: Session, worker: str, lease_seconds: float) -> DatasetClaim | None:
    """Claim the oldest dataset that no worker holds, for `lease_seconds`.

    One whose workers were lost three times fails here as a crash loop.
    Needs a writing transaction; the claim counts once it is committed.
    """
    query = select(DatasetRow).where(_is_claimable()).order_by(DatasetRow.id).limit(1).with_for_update(skip_locked=True)
    while (row := s.scalar(query, execution_options={"populate_existing": True})) is not None:
        unchanged = (DatasetRow.id == row.id, DatasetRow.token == row.token, DatasetRow.status == "processing")
        if row.attempts >= MAX_ATTEMPTS:
            if _update(s, unchanged, status="failed", error=CRASH_LOOP, leased_until=None):
                _add_event(s, row.id)
            continue
        lease = {"leased_until": now() + lease_seconds, "worker": worker, "progress": None}
        if _update(s, unchanged, **lease, token=row.token + 1, attempts=row.attempts + 1):
            return DatasetClaim(
                dataset_id=row.id,
                owner=row.owner,
                token=row.token + 1,
                format=row.format,
                types=row.types,
                read_options=row.read_options or {},
            )
    return None


def count_claimable(s: Session) -> int:
    """The number of datasets that can be claimed now."""
    return s.scalars(select(func.count()).select_from(DatasetRow).where(_is_claimable())).one()


def renew_lease(s: Session, dataset_id: str, token: int, lease_seconds: float) -> bool:
    """Renew the lease for `lease_seconds` from now; False if this token no longer holds the dataset."""
    statement = update(DatasetRow).where(*_is_held(dataset_id, token)).values(leased_until=now() + lease_seconds)
    return execute_and_count(s, statement) == 1


def release(s: Session, dataset_id: str, token: int) -> bool:
    """Release the dataset to another worker; the attempt does not count. False if not held."""
    values = {"leased_until": None, "worker": None, "progress": None}
    return _update(s, _is_held(dataset_id, token), **values, attempts=DatasetRow.attempts - 1)


def set_progress(s: Session, dataset_id: str, token: int, rows: int, fraction: float | None) -> bool:
    """Store the rows read so far, and the fraction of the file; False if this token does not hold the dataset."""
    return _update(s, _is_held(dataset_id, token), progress={"rows": rows, "fraction": fraction})


def mark_ready(
    s: Session, dataset_id: str, token: int, *, issues: Sequence[JsonObject], **profile: Unpack[FileProfile]
) -> bool:
    """Store the profile and faults of the file; False, and nothing is written, if this token does not hold the dataset.

    `issues` have the fields of `contract.responses.IssueResponse`.
    """
    written = _update(s, _is_held(dataset_id, token), **profile, status="ready", leased_until=None, progress=None)
    if written:
        _add_issues(s, dataset_id, issues)
        _add_event(s, dataset_id)
    return written


def mark_failed(s: Session, dataset_id: str, token: int, problem: JsonObject) -> bool:
    """End the dataset with a problem document; False if this token does not hold it."""
    failed = _update(s, _is_held(dataset_id, token), status="failed", error=problem, leased_until=None, progress=None)
    if failed:
        _add_event(s, dataset_id)
    return failed


def set_feature_bytes(s: Session, dataset_id: str, size: int) -> None:
    """Note the size of the features that are kept of a dataset's pictures."""
    _update(s, (DatasetRow.id == dataset_id,), feature_bytes=size)


def _add_issues(s: Session, dataset_id: str, issues: Sequence[JsonObject]) -> None:
    numbered = [{**issue, "dataset_id": dataset_id, "number": number} for number, issue in enumerate(issues, 1)]
    if numbered:
        s.execute(insert(DatasetIssueRow), numbered)


def _add_event(s: Session, dataset_id: str) -> None:
    """Record that a dataset has become ready, or has failed."""
    members = (DatasetRow.id, DatasetRow.name, DatasetRow.status, DatasetRow.rows, DatasetRow.error)
    query = select(DatasetRow.owner, *members).where(DatasetRow.id == dataset_id)
    owner, *values = s.execute(query).one()
    data = dict(zip((member.key for member in members), values, strict=True))
    events.add(
        s, owner, "dataset.ready" if data["status"] == "ready" else "dataset.failed", {"object": "dataset", **data}
    )


def _select_owned(owner: str, dataset_id: str) -> Select[DatasetRow]:
    return select(DatasetRow).where(DatasetRow.id == dataset_id, DatasetRow.owner == owner)


def _is_claimable() -> ColumnElement[bool]:
    unread = or_(DatasetRow.leased_until.is_(None), is_expired(DatasetRow.leased_until))
    return and_(DatasetRow.status == "processing", unread)


def _is_held(dataset_id: str, token: int) -> tuple[ColumnElement[bool], ...]:
    """The conditions that are true only while the claim with this token holds the dataset."""
    return DatasetRow.id == dataset_id, DatasetRow.token == token, DatasetRow.status == "processing"


def _update(s: Session, conditions: Sequence[ColumnElement[bool]], **values: Any) -> bool:
    """Change the one dataset for which the conditions hold, so that readers see it; False if there is none."""
    statement = update(DatasetRow).where(*conditions).values(revision=DatasetRow.revision + 1, **values)
    return execute_and_count(s, statement) == 1
