"""Ingestion by a worker: its result, its limits, and what ends it early."""

import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from store import datasets
from store.database import begin_write
from tests.integration.worker.tables_to_learn import sums
from tests.running import OWNER, Installation, wait_for
from tests.unit.tables.test_ingest_client import SLOW_TABLE
from tests.unit.tables.test_progress import report_often
from tests.workbooks import write_xlsx
from worker import ingest, lease
from worker.context import WorkerContext


@pytest.fixture(autouse=True)
def real_time(monkeypatch: pytest.MonkeyPatch, clock: object) -> None:
    monkeypatch.setattr(lease, "time", time)


def test_a_file_becomes_a_table(installation: Installation, context: WorkerContext):
    dataset_id = installation.add_unread_dataset(sums())

    assert ingest.ingest_next_dataset(context)

    row = installation.dataset_row(dataset_id)
    assert (row.status, row.rows_rejected) == ("ready", 0)
    assert not ingest.ingest_next_dataset(context)


def test_progress_is_stored_until_a_file_is_read(
    installation: Installation, context: WorkerContext, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    report_often(monkeypatch, tmp_path)
    context = replace(context, settings=context.settings.model_copy(update={"trainer_memory_bytes": 2**31 + 1}))
    dataset_id = installation.add_unread_dataset("a,b\n" + "1,2\n" * 300_000)
    stored: list[dict[str, object] | None] = []
    set_progress = datasets.set_progress

    def look(s: Session, *progress: Any) -> bool:
        written = set_progress(s, *progress)
        stored.append(datasets.get(s, OWNER, dataset_id).progress)
        return written

    monkeypatch.setattr(datasets, "set_progress", look)
    assert ingest.ingest_next_dataset(context)

    assert stored[-1] == {"rows": 300_000, "fraction": 1.0}
    row = installation.dataset_row(dataset_id)
    assert (row.status, row.rows, row.progress) == ("ready", 300_000, None)


def test_a_file_past_its_processor_time_fails_with_its_limit(
    installation: Installation, context: WorkerContext, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(ingest, "MIN_CPU_SECONDS", 1)
    dataset_id = installation.add_unread_dataset(SLOW_TABLE.decode())

    assert ingest.ingest_next_dataset(context)

    row = installation.dataset_row(dataset_id)
    assert (row.status, row.attempts) == ("failed", 1)
    assert row.error is not None
    assert row.error["type"] == "/problems/too-slow"
    assert f"of {len(SLOW_TABLE):,} bytes was not read within 1 seconds" in row.error["detail"]


def test_a_file_that_takes_too_much_memory_fails_with_its_limit(installation: Installation, context: WorkerContext):
    context = replace(context, settings=context.settings.model_copy(update={"trainer_memory_bytes": 2**29}))
    text = "\n".join(f"{number:x}" * 500 for number in range(100_000))
    dataset_id = installation.add_unread_dataset(f"a\n{text}")

    assert ingest.ingest_next_dataset(context)

    row = installation.dataset_row(dataset_id)
    assert (row.status, row.attempts) == ("failed", 1)
    assert row.error is not None
    assert row.error["type"] == "/problems/too-large"
    assert f"{2**28:,} bytes of memory" in row.error["detail"]


def test_a_workbook_that_takes_too_much_memory_says_what_takes_it(installation: Installation, context: WorkerContext):
    dataset_id = installation.add_unread_dataset(write_xlsx({"One": [["a"], [1]]}, far="XFD1048576"), "xlsx")

    assert ingest.ingest_next_dataset(context)

    row = installation.dataset_row(dataset_id)
    assert row.error is not None
    assert row.error["type"] == "/problems/too-large"
    assert "Delete cells far from the table" in row.error["detail"]


def test_deleting_a_dataset_that_is_being_read_frees_the_worker(installation: Installation, context: WorkerContext):
    dataset_id = installation.add_unread_dataset(SLOW_TABLE.decode())
    results = list[bool]()
    reading = threading.Thread(target=lambda: results.append(ingest.ingest_next_dataset(context)))
    reading.start()
    wait_for(lambda: installation.dataset_row(dataset_id).token, "the claim")

    with begin_write(installation.sessions) as s:
        datasets.delete(s, OWNER, dataset_id)

    reading.join(timeout=60)
    assert results == [False]
    assert not list(context.settings.data_dir.rglob("*.part"))


def test_a_shutdown_releases_the_dataset_that_is_being_read(installation: Installation, context: WorkerContext):
    dataset_id = installation.add_unread_dataset(SLOW_TABLE.decode())
    reading = threading.Thread(target=ingest.ingest_next_dataset, args=(context,))
    reading.start()
    wait_for(lambda: installation.dataset_row(dataset_id).token, "the claim")

    context.shutdown.set()

    reading.join(timeout=60)
    row = installation.dataset_row(dataset_id)
    assert (row.status, row.attempts, row.worker) == ("processing", 0, None)
