"""Cost of durability during training: epoch records, weight hashes, leases and checkpoints.

    .venv/bin/python benchmarks/bench_keeping.py

Runs jobs as a worker does, on SQLite and files in a folder, and takes the time apart: what goes into reading the table,
training, watching (see bench_watching.py) and looking at the finished net, and all the rest of a job, from the claim to
its end. A training during which the host takes the cores away is measured again. Exit status 0 only if the rest is at
most 3% of a training of more than ten seconds, and the median rest at most 50 ms where a training takes about one.
"""

import argparse
import contextlib
import gc
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from store.files import original_key

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as in a worker

from bench_path import ROWS, SPEC, write
from serving.quiet import QuietMeasurer

from contract.ids import new_id
from contract.settings import Settings
from contract.specs import JobSpec
from learning.training.trainer import Epoch, Progress, Trainer
from migrations import upgrade
from process import logs
from process.shared_flags import ShutdownFlag
from store import database, datasets
from store.files.files import FolderFileStore
from store.jobs import jobs
from worker import ingest
from worker.context import WorkerContext
from worker.training import prepare
from worker.training import run as job_run
from worker.training.layer_recorder import LayerRecorder

SHORT_SECONDS, LONG_SECONDS = 1.0, 12.0
MAX_SHORT_REST_SECONDS, MAX_LONG_REST = 0.05, 0.03
TURNS = 7
APART = [
    (prepare, "load_table"),
    (prepare, "prepare"),
    *((LayerRecorder, name) for name in ("start", "record_epoch", "finish")),
    *((job_run, name) for name in ("load_first_rows", "create_trainer", "compute_pretraining_report")),
    *((job_run, name) for name in ("compute_insights", "build_model")),
]
"""The parts of a job besides its training."""


class Stopwatch:
    """Adds up how long the calls take that it watches."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def time_calls(self, call: Any) -> Any:
        """The call, watched."""

        def timed_call(*args: Any, **named: Any) -> Any:
            began = time.perf_counter()
            try:
                return call(*args, **named)
            finally:
                self.seconds += time.perf_counter() - began

        return timed_call


def open_context(folder: Path) -> WorkerContext:
    """A context as a worker of one trainer has it, with the settings' own defaults."""
    settings = Settings(data_dir=folder)
    upgrade.apply_migrations(settings.database)
    return WorkerContext(
        settings=settings,
        worker="benchmark",
        sessions=database.make_session_factory(database.open_database(settings.database)),
        files=FolderFileStore(folder / "files"),
        shutdown=ShutdownFlag(),
    )


def upload(context: WorkerContext, csv: Path) -> str:
    """Put a table where workers find it, and read it as they do; its id."""
    dataset_id = new_id("ds")
    with csv.open("rb") as file:
        stored = context.files.put(iter(lambda: file.read(2**20), b""), original_key(dataset_id), 2**40)
    about = {"owner": "local", "name": csv.name, "format": "csv", "types": {}}
    with database.begin_write(context.sessions) as s:
        datasets.add(s, id=dataset_id, bytes=stored.bytes, sha256=stored.sha256, **about)
    ingest.ingest_next_dataset(context)
    return dataset_id


def run(context: WorkerContext, dataset_id: str, epochs: int) -> tuple[float, float]:
    """Run a job: the seconds of its training, and of all the rest but what is told apart."""
    spec = JobSpec.model_validate_json(json.dumps({**SPEC, "dataset_id": dataset_id, "epochs": epochs}))
    job_id = new_id("job")
    with database.begin_write(context.sessions) as s:
        jobs.add(s, id=job_id, owner="local", dataset_id=dataset_id, spec_json=spec.model_dump_json())
    learning, apart, train = Stopwatch(), Stopwatch(), Trainer.run

    def run_timed(trainer: Trainer) -> Iterator[Epoch | Progress]:
        following = learning.time_calls(train(trainer).__next__)
        with contextlib.suppress(StopIteration):
            while True:
                yield following()

    with contextlib.ExitStack() as patches:
        for where, name in APART:
            patches.enter_context(mock.patch.object(where, name, apart.time_calls(getattr(where, name))))
        patches.enter_context(mock.patch.object(Trainer, "run", run_timed))
        began = time.perf_counter()
        job_run.train_next_job(context)
        whole = time.perf_counter() - began
    with database.begin_read(context.sessions) as s:
        assert jobs.get(s, "local", job_id).status == "succeeded"
    return learning.seconds, whole - learning.seconds - apart.seconds


def main() -> int:
    """Measure, print, keep, judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, default=Path("benchmarks/results/keeping.json"))
    options = parser.parse_args()
    logs.configure("warning", "text")
    with tempfile.TemporaryDirectory(prefix="gradus-bench-") as name:
        folder = Path(name)
        write(folder / "table.csv")
        context = open_context(folder)
        dataset_id = upload(context, folder / "table.csv")
        run(context, dataset_id, 5)  # warms up
        gc.freeze()  # as a trainer does
        one = run(context, dataset_id, 10)[0] / 10
        quiet, epochs = QuietMeasurer(), max(round(SHORT_SECONDS / one), 1)

        def measure(epochs: int) -> tuple[float, float]:
            return quiet.measure(lambda: run(context, dataset_id, epochs))

        short = [measure(epochs) for _ in range(TURNS)]
        epochs = round(LONG_SECONDS / one)
        long, rest = measure(epochs)
        while long <= LONG_SECONDS / 1.2:  # the machine was slower when one epoch was timed
            epochs = round(epochs * LONG_SECONDS / long)
            long, rest = measure(epochs)
    second, more = (statistics.median(times) for times in zip(*short, strict=True))
    print(f"What claims, leases, records and checkpoints take of a job on {ROWS:,} rows")
    print(
        f"  training of {second:5.2f} s: {1000 * more:6.1f} ms, at most {1000 * MAX_SHORT_REST_SECONDS:.0f} ms may be"
    )
    print(f"  training of {long:5.2f} s: {1000 * rest:6.1f} ms, {rest / long:.1%}; at most {MAX_LONG_REST:.0%}")
    print(f"  of the host: {quiet.describe()}")
    options.json.parent.mkdir(parents=True, exist_ok=True)
    found = {"short": {"training": second, "rest": more}, "long": {"training": long, "rest": rest}}
    options.json.write_text(json.dumps(found, indent=1) + "\n")
    return 0 if more <= MAX_SHORT_REST_SECONDS and rest <= MAX_LONG_REST * long else 1


if __name__ == "__main__":
    sys.exit(main())
