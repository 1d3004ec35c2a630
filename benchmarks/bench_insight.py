"""Latency of the insights of a model of 20,000 rows, and the time to compute them when a job ends.

    .venv/bin/python benchmarks/bench_insight.py

One job is trained by the worker's own code, and its model asked through the whole app; times are the median and the
slowest of several requests. It ends with status 1 if mistakes or explain ever take longer than the bar.
"""

import logging
import os
import statistics
import sys
import tempfile
import time

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")  # as in a worker and a service

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import structlog

from contract.ids import new_id
from contract.settings import Settings
from contract.specs import JobSpec
from migrations import upgrade
from process.shared_flags import ShutdownFlag
from service.app import create_app
from store import datasets
from store.database import begin_read, begin_write, make_session_factory, open_database
from store.files import open_file_store, original_key, table_key
from store.jobs import jobs
from tables import ingest
from worker.context import WorkerContext
from worker.training import run

ROWS = 20_000
BAR_MS = 200
REPEATS = 30
OWNER = "local"
ROW = {f"measure {place}": 0.1 * place for place in range(8)} | {"kind": "red", "owned": True}


def main() -> int:
    """Measure and print; 1 if a bar does not hold."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory() as folder:
        context = create_context(Path(folder))
        dataset_id = table(context)
        for epochs in (3, 30):
            learn(context, dataset_id, epochs)
        settings = Settings(
            data_dir=Path(folder), broker_url="redis+socket:///nowhere.sock", min_free_bytes=0, log_level="warning"
        )
        client = create_app(settings).test_client()

        def get(what: str) -> Callable[[], Any]:
            return lambda: client.get(f"/v1/models/net/{what}")

        def post(what: str, body: Any) -> Callable[[], Any]:
            return lambda: client.post(f"/v1/models/net/{what}", json=body)

        held = [
            print_request_times("mistakes, worst", get("mistakes?limit=100")),
            print_request_times("mistakes, suspect labels of all splits", get("mistakes?kind=suspect_label&limit=100")),
            print_request_times("explain, 1 row", post("explain", ROW)),
            print_request_times("explain, 100 rows", post("explain", {"rows": create_rows(100)})),
        ]
        print_request_times("evaluation", get("evaluation"))
        print_request_times("importance", get("importance"))
        print_request_times("partial dependence", get("partial-dependence?column=measure%201"))
        print_request_times("evaluate, all 20,000 rows", post("evaluate", {"dataset_id": dataset_id}))
    return 0 if all(held) else 1


def create_context(folder: Path) -> WorkerContext:
    """A context on SQLite, with one core."""
    settings = Settings(data_dir=folder)
    upgrade.apply_migrations(settings.database)
    return WorkerContext(
        settings=settings,
        worker="benchmark",
        sessions=make_session_factory(open_database(settings.database)),
        files=open_file_store(settings),
        shutdown=ShutdownFlag(),
    )


def table(context: WorkerContext) -> str:
    """A table of numbers, a category and a truth, with a label that follows from them but for one in twenty."""
    chance = np.random.default_rng(0)
    measures = chance.normal(size=(ROWS, 8)).round(3)
    kinds, owned = chance.choice(["red", "green", "blue"], ROWS), chance.integers(0, 2, ROWS)
    above = (measures[:, 0] + measures[:, 1] * measures[:, 2] + owned > 0.5) ^ (chance.random(ROWS) < 0.05)
    header = ",".join([*ROW, "label"])
    rows = [
        ",".join([*map(str, measure), kind, "true" if mine else "false", "high" if high else "low"])
        for measure, kind, mine, high in zip(measures.tolist(), kinds, owned, above, strict=True)
    ]
    dataset_id, files = new_id("ds"), context.files
    stored = files.put(["\n".join([header, *rows, ""]).encode()], original_key(dataset_id), 2**30)
    with files.local_copy(original_key(dataset_id)) as source, files.create(table_key(dataset_id)) as into:
        found = ingest(source, "csv", into)
    with begin_write(context.sessions) as s:
        about = {"owner": OWNER, "name": "t.csv", "format": "csv", "types": {}}
        datasets.add(s, id=dataset_id, bytes=stored.bytes, sha256=stored.sha256, **about)
        datasets.mark_ready(
            s,
            dataset_id,
            token=0,
            rows=found.rows,
            rows_rejected=found.rows_rejected,
            issue_counts=found.issue_counts,
            columns=[asdict(column) for column in found.columns],
            issues=[],
        )
    return dataset_id


def learn(context: WorkerContext, dataset_id: str, epochs: int) -> None:
    """Train a job, and print how much of it went into finding out about its model."""
    split = {"validation": 0.2, "test": 0.1}
    asked = {"dataset_id": dataset_id, "target": "label", "model_name": "net", "epochs": epochs, "split": split}
    spec = JobSpec.model_validate({**asked, "early_stopping": None}, strict=False).model_dump_json()
    with begin_write(context.sessions) as s:
        job_id = jobs.add(s, id=new_id("job"), owner=OWNER, dataset_id=dataset_id, spec_json=spec).id
    spent: list[float] = []
    find_out = run.compute_insights

    def timed_compute(*given: Any, **more: Any) -> dict[str, bytes]:
        began = time.process_time()
        found = find_out(*given, **more)
        spent.append(time.process_time() - began)
        return found

    with mock.patch.object(run, "compute_insights", timed_compute):
        began = time.process_time()
        run.train_next_job(context)
        whole = time.process_time() - began
    with begin_read(context.sessions) as s:
        job = jobs.get(s, OWNER, job_id)
    if job.status != "succeeded":
        raise SystemExit(f"the job {job.status}: {job.error}")
    print(
        f"a job of {epochs:2} epochs: {whole * 1e3:6.0f} ms of processor time, {spent[0] * 1e3:.0f} of it to find out"
    )


def create_rows(rows: int) -> list[dict[str, Any]]:
    """Rows that differ."""
    return [{**ROW, "measure 0": number / rows} for number in range(rows)]


def print_request_times(name: str, ask: Callable[[], Any]) -> bool:
    """Print how long a request takes; whether none was over the bar."""
    took: list[float] = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        answer = ask()
        took.append((time.perf_counter() - began) * 1e3)
        if answer.status_code != 200:
            raise SystemExit(f"{name}: {answer.status_code} {answer.text[:500]}")
    held = max(took) < BAR_MS
    print(f"{name:42} {statistics.median(took):7.1f} ms, slowest {max(took):7.1f}{'' if held else '   OVER THE BAR'}")
    return held


if __name__ == "__main__":
    sys.exit(main())
