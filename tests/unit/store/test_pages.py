"""Pages of lists whose rows are large."""

import pytest

from store import datasets
from store.database import SessionFactory, begin_read, begin_write
from store.jobs import jobs
from store.models import models
from tests.unit.store.factories import OWNER, add_dataset, add_model

COLUMNS = [{"name": "c" * 90, "type": "numeric"}]
ONE_AND_A_HALF = 190


def test_a_page_has_as_many_rows_as_fit_and_the_next_goes_on(
    db: SessionFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.pages.MAX_PAGE_CHARS", ONE_AND_A_HALF)
    with begin_write(db) as s:
        ids = [add_dataset(s, columns=columns).id for columns in (COLUMNS, None, None, COLUMNS, COLUMNS * 9, None)]
    ids.reverse()

    pages: list[list[str]] = []
    with begin_read(db) as s:
        has_more, after = True, None
        while has_more:
            page, has_more = datasets.list_page(s, OWNER, 3, after)
            pages.append([row.id for row in page])
            after = pages[-1][-1]

        assert datasets.list_page(s, "nobody", 3) == ([], False)

    assert pages == [ids[:1], ids[1:2], ids[2:5], ids[5:]]


def test_lists_of_jobs_and_models_are_bounded_too(db: SessionFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.pages.MAX_PAGE_CHARS", 1)
    with begin_write(db) as s:
        add_model(s)
        add_model(s)

    with begin_read(db) as s:
        assert len(jobs.list_page(s, OWNER, 100)[0]) == 1
        assert len(models.list_page(s, OWNER, 100)[0]) == 1
