"""Datasets in the store: claims of ingest, lists, owners and deletion."""

from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from store import datasets
from store.database import SessionFactory, begin_read, begin_write
from store.errors import InUse, NotFound
from store.jobs import claims, jobs
from store.models import models
from store.tables import DatasetIssueRow, DatasetRow, JobRow
from tests.unit.store.factories import OWNER, PROBLEM, add_dataset, add_job, add_model, new_model

COLUMNS = [{"name": "price", "type": "numeric", "missing": 0, "min": 1.0, "max": 3.0}]
ISSUE = {"row": 1, "column": "price", "value": "1,2oo", "code": "not_a_number", "action": "row_rejected"}


def create_findings(issues: int = 2) -> dict[str, Any]:
    lines = range(10, 10 + issues)
    listed = [{**ISSUE, "line": line, "severity": "error", "suggestion": None} for line in lines]
    counts = {"error": issues, "warning": 0}
    return {"rows": 3, "rows_rejected": 1, "issue_counts": counts, "columns": COLUMNS, "issues": listed}


def expire_lease(s: Session, dataset_id: str) -> None:
    earlier = DatasetRow.leased_until - 100
    s.execute(update(DatasetRow).where(DatasetRow.id == dataset_id).values(leased_until=earlier))


def test_a_lease_from_the_future_is_claimed_like_an_expired_one(db: SessionFactory) -> None:
    with begin_write(db) as s:
        row = add_dataset(s)
        assert datasets.claim(s, "worker", 59) is not None
        assert datasets.claim(s, "other", 30) is None
        s.execute(update(DatasetRow).values(leased_until=DatasetRow.leased_until + 3600))
        assert datasets.count_claimable(s) == 1
        again = datasets.claim(s, "other", 30)

    assert again is not None
    assert (again.dataset_id, again.token) == (row.id, 2)


def test_a_small_file_is_ready_in_the_transaction_that_adds_it(db: SessionFactory) -> None:
    with begin_write(db) as s:
        row = add_dataset(s, types={"zip": "categorical"})
        assert datasets.mark_ready(s, row.id, 0, **create_findings())
        assert datasets.claim(s, "worker", 30) is None
    with begin_read(db) as s:
        kept = datasets.get(s, OWNER, row.id)
        issues, more = datasets.list_issues(s, row.id, 0, 10)
    assert (kept.status, kept.rows, kept.rows_rejected, kept.columns) == ("ready", 3, 1, COLUMNS)
    assert (kept.types, kept.issue_counts, kept.error) == ({"zip": "categorical"}, {"error": 2, "warning": 0}, None)
    assert [(issue.number, issue.line, issue.value) for issue in issues] == [(1, 10, "1,2oo"), (2, 11, "1,2oo")]
    assert not more


def test_progress_is_that_of_the_claim_that_holds_the_dataset(db: SessionFactory) -> None:
    with begin_write(db) as s:
        row = add_dataset(s)
        claim = datasets.claim(s, "worker", 30)
        assert claim is not None
        assert datasets.set_progress(s, row.id, claim.token, 7, 0.5)
        assert datasets.get(s, OWNER, row.id).progress == {"rows": 7, "fraction": 0.5}
        expire_lease(s, row.id)
        again = datasets.claim(s, "other", 30)
        assert again is not None
        assert datasets.get(s, OWNER, row.id).progress is None
        assert not datasets.set_progress(s, row.id, claim.token, 8, None)
        assert datasets.set_progress(s, row.id, again.token, 3, None)
        assert datasets.mark_ready(s, row.id, again.token, **create_findings())
        assert datasets.get(s, OWNER, row.id).progress is None


def test_issues_are_read_in_pages(db: SessionFactory) -> None:
    with begin_write(db) as s:
        row = add_dataset(s)
        datasets.mark_ready(s, row.id, 0, **create_findings(issues=5))
        first, more = datasets.list_issues(s, row.id, 0, 3)
        rest, end = datasets.list_issues(s, row.id, first[-1].number, 3)
    assert ([issue.number for issue in first], more) == ([1, 2, 3], True)
    assert ([issue.number for issue in rest], end) == ([4, 5], False)


def test_an_issue_that_quotes_nul_bytes_is_stored(db: SessionFactory) -> None:
    odd = {**create_findings(issues=1)["issues"][0], "column": "a\0b", "value": "\0"}
    with begin_write(db) as s:
        row = add_dataset(s)
        assert datasets.mark_ready(
            s, row.id, 0, **{**create_findings(), "issues": [odd], "columns": [{"name": "a\0b"}]}
        )
        (issue,), _ = datasets.list_issues(s, row.id, 0, 10)
        assert (issue.column, issue.value) == ("a\ufffdb", "\ufffd")
        assert datasets.get(s, OWNER, row.id).columns == [{"name": "a\0b"}]


def test_a_failed_file_has_its_reason(db: SessionFactory) -> None:
    with begin_write(db) as s:
        row = add_dataset(s)
        assert datasets.mark_failed(s, row.id, 0, PROBLEM)
        kept = datasets.get(s, OWNER, row.id)
        assert (kept.status, kept.error, kept.revision) == ("failed", PROBLEM, 2)
        assert not datasets.mark_ready(s, row.id, 0, **create_findings()), "what has failed stays so"
        assert datasets.list_issues(s, row.id, 0, 10) == ([], False)


def test_the_oldest_file_is_read_first_and_each_by_one_worker(db: SessionFactory) -> None:
    with begin_write(db) as s:
        ids = [add_dataset(s, types={"a": "text"}).id for _ in range(3)]
        add_dataset(s, status="ready")
        assert datasets.count_claimable(s) == 3
        claims = [datasets.claim(s, "worker", 30) for _ in range(4)]
        assert datasets.count_claimable(s) == 0
    assert [held and held.dataset_id for held in claims] == [*ids, None]
    assert claims[0] == datasets.DatasetClaim(
        dataset_id=ids[0], owner=OWNER, token=1, format="csv", types={"a": "text"}, read_options={}
    )


def test_an_ingest_whose_lease_lapsed_writes_nothing(db: SessionFactory) -> None:
    with begin_write(db) as s:
        dataset_id = add_dataset(s).id
        assert datasets.claim(s, "sleeper", 30)
        assert datasets.renew_lease(s, dataset_id, 1, 30)
        expire_lease(s, dataset_id)
        assert datasets.claim(s, "another", 30)
        assert not datasets.renew_lease(s, dataset_id, 1, 30)
        assert not datasets.release(s, dataset_id, 1)
        assert not datasets.mark_failed(s, dataset_id, 1, PROBLEM)
        assert not datasets.mark_ready(s, dataset_id, 1, **create_findings())
        assert s.scalars(select(DatasetIssueRow.number)).all() == []
        assert datasets.get(s, OWNER, dataset_id).worker == "another"
        assert datasets.mark_ready(s, dataset_id, 2, **create_findings())


def test_a_released_file_can_be_claimed_at_once(db: SessionFactory) -> None:
    with begin_write(db) as s:
        dataset_id = add_dataset(s).id
        for token in range(1, 6):
            assert datasets.claim(s, "worker", 30)
            assert datasets.release(s, dataset_id, token)
        assert datasets.get(s, OWNER, dataset_id).attempts == 0


def test_a_file_that_kills_three_workers_fails(db: SessionFactory) -> None:
    with begin_write(db) as s:
        dataset_id, other = add_dataset(s).id, add_dataset(s).id
        for _ in range(3):
            held = datasets.claim(s, "worker", 30)
            assert held is not None
            assert held.dataset_id == dataset_id
            expire_lease(s, dataset_id)
        held = datasets.claim(s, "worker", 30)
        assert held is not None
        assert held.dataset_id == other
        row = datasets.get(s, OWNER, dataset_id)
    assert row.status == "failed"
    assert row.error is not None
    assert row.error["type"] == "/problems/crash-loop"


def test_lists_are_newest_first_in_pages_and_by_state_or_name(db: SessionFactory) -> None:
    with begin_write(db) as s:
        ids = [add_dataset(s, name=name, status="ready").id for name in ("a.csv", "b.csv", "a.csv", "c.csv")]
        add_dataset(s, owner="somebody", name="a.csv")
        page, more = datasets.list_page(s, OWNER, 3)
        assert ([row.id for row in page], more) == (ids[:0:-1], True)
        page, more = datasets.list_page(s, OWNER, 3, ids[1])
        assert ([row.id for row in page], more) == (ids[:1], False)
        page, _ = datasets.list_page(s, OWNER, 9, name="a.csv")
        assert [row.id for row in page] == [ids[2], ids[0]]
        assert datasets.list_page(s, OWNER, 9, statuses=["processing", "failed"]) == ([], False)


def test_another_owners_dataset_is_not_found(db: SessionFactory) -> None:
    with begin_write(db) as s:
        dataset_id = add_dataset(s).id
        for ask in (datasets.get, datasets.delete):
            with pytest.raises(NotFound):
                ask(s, "somebody", dataset_id)
            with pytest.raises(NotFound):
                ask(s, OWNER, "ds_gone")
        assert datasets.get(s, OWNER, dataset_id).id == dataset_id


@pytest.mark.parametrize("status", ["queued", "running", "paused"])
def test_a_dataset_stays_while_a_job_that_has_not_ended_reads_it(db: SessionFactory, status: str) -> None:
    with begin_write(db) as s:
        dataset_id = add_dataset(s).id
        job_id = add_job(s, dataset_id=dataset_id)
        leased = 1.0 if status == "running" else None
        s.execute(update(JobRow).where(JobRow.id == job_id).values(status=status, leased_until=leased))
        with pytest.raises(InUse, match=job_id) as refused:
            datasets.delete(s, OWNER, dataset_id)
        assert refused.value.used_by == (job_id,)
        assert datasets.get(s, OWNER, dataset_id).id == dataset_id


def test_jobs_that_ended_and_models_outlive_their_dataset(db: SessionFactory) -> None:
    with begin_write(db) as s:
        model_id = add_model(s)
        model = models.get(s, OWNER, model_id)
        cancelled = add_job(s, dataset_id=model.dataset_id)
        jobs.cancel(s, OWNER, cancelled)
        datasets.delete(s, OWNER, model.dataset_id)
        with pytest.raises(NotFound):
            datasets.get(s, OWNER, model.dataset_id)
    with begin_read(db) as s:
        kept = [models.get(s, OWNER, model_id), jobs.get(s, OWNER, model.job_id), jobs.get(s, OWNER, cancelled)]
    assert {row.dataset_id for row in kept} == {model.dataset_id}


def test_a_deleted_dataset_is_deleted_with_its_issues_and_its_ingest_refused(db: SessionFactory) -> None:
    with begin_write(db) as s:
        read, unread = add_dataset(s).id, add_dataset(s).id
        datasets.mark_ready(s, read, 0, **create_findings())
        assert datasets.claim(s, "worker", 30)
        datasets.delete(s, OWNER, read)
        datasets.delete(s, OWNER, unread)
        assert s.scalars(select(DatasetIssueRow.number)).all() == []
        assert not datasets.mark_ready(s, unread, 1, **create_findings())
        assert s.scalars(select(DatasetIssueRow.number)).all() == []


def test_a_job_without_a_claim_gets_no_model(db: SessionFactory) -> None:
    with begin_write(db) as s:
        job_id = add_job(s)
        assert claims.succeed(s, job_id, 0, new_model(), "all_epochs") is None
        assert models.list_page(s, OWNER, 10) == ([], False)
