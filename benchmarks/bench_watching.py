"""Cost of layer statistics and weight history as a share of training time, and the latency of reading them.

    .venv/bin/python -m benchmarks.bench_watching

A worker's own code trains real jobs on SQLite, in this process, with a clock around all that it does to watch.
Exit status 0 only if watching takes no more than a fiftieth of each
training, and the layers of 1,000 epochs and 6 layers are answered within 0.2 s. To write down what was seen is told
apart: it is within the hundredth in which epochs are written.
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as in a worker

import io
import json
import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

import numpy as np
import structlog
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select

from contract.settings import Settings
from process.shared_flags import ShutdownFlag
from service.app import create_app
from store.database import begin_write
from store.jobs.layer_stats import LayerStatsRecord, add
from store.tables import LayerStatsRow
from tests.running import Installation
from worker.context import WorkerContext
from worker.training import run
from worker.training.layer_recorder import LayerRecorder

MAX_SHARE = 0.02
MAX_SECONDS = 0.2
HISTORY_BYTES = 8 * 2**20
SIX = [{"type": "dense", "units": 64, "activation": "gelu"}] * 6
WARM_UP = "to warm up"
CASES: dict[str, tuple[int, int, dict[str, Any]]] = {
    WARM_UP: (300, 3, {"epochs": 800}),
    "epochs of a millisecond": (300, 3, {"epochs": 4000, "layers": [{"type": "dense", "units": 16}]}),
    "six layers": (20_000, 20, {"epochs": 15, "layers": SIX, "batch_size": 64}),
    "a net of 300,000 weights": (20_000, 20, {"epochs": 6, "layers": [{"type": "dense", "units": 512}] * 2}),
}
ASKED = 15
CALLS = 10_000


class Stopwatch:
    """Counts the seconds within some functions, without its own."""

    def __init__(self) -> None:
        self.seconds = self.own = 0.0
        idle = self.time_calls(lambda: None)
        for _ in range(CALLS):
            idle()
        self.own, self.seconds = self.seconds / CALLS, 0.0

    def time_calls(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, with the clock around it."""

        def timed_call(*given: Any) -> Any:
            began = time.perf_counter()
            try:
                return function(*given)
            finally:
                self.seconds += time.perf_counter() - began - self.own

        return timed_call


TRAINING, WATCHING, WRITING = Stopwatch(), Stopwatch(), Stopwatch()


class TimedLayerRecorder(LayerRecorder):
    """Watches as a worker does, by the clock."""

    start = WATCHING.time_calls(LayerRecorder.start)
    record_epoch = WATCHING.time_calls(LayerRecorder.record_epoch)
    finish = WATCHING.time_calls(LayerRecorder.finish)
    write_pending = WRITING.time_calls(LayerRecorder.write_pending)


def table(rows: int, columns: int) -> str:
    """Rows of random numbers, and one that follows from them, as CSV."""
    random = np.random.default_rng(0)
    x = random.standard_normal((rows, columns)).round(3)
    y = np.sin(x[:, :3]).sum(axis=1).round(3)
    names = ",".join([*(f"x{number}" for number in range(columns)), "y"])
    return "\n".join([names, *(",".join(map(str, row)) for row in np.column_stack([x, y]).tolist()), ""])


def train_case(installation: Installation, context: WorkerContext, name: str) -> bool:
    """Train a case; whether watching took no more than it may."""
    rows, columns, spec = CASES[name]
    job_id = installation.submit(installation.add_dataset(table(rows, columns)), "y", early_stopping=None, **spec)
    for clock in (TRAINING, WATCHING, WRITING):
        clock.seconds = 0.0
    run.train_next_job(context)
    job = installation.job(job_id)
    assert job.status == "succeeded", job.error
    watching, writing_down = WATCHING.seconds / TRAINING.seconds, WRITING.seconds / TRAINING.seconds
    print(
        f"{name:26} {TRAINING.seconds:6.2f} s, {looks_at(installation, job_id):4} of {job.epoch:4} epochs looked at: "
        f"{watching:.2%} of the time, and {writing_down:.2%} to write it down"
    )
    return watching <= MAX_SHARE


def looks_at(installation: Installation, job_id: str) -> int:
    """The number of watched epochs of a job."""
    with begin_write(installation.sessions) as s:
        return s.scalars(select(func.count()).where(LayerStatsRow.job_id == job_id)).one()


def measure_answers(installation: Installation, job_id: str) -> bool:
    """Ask for what was seen of a job, its layers as if it had had 1,000 epochs; whether that was soon enough."""
    with begin_write(installation.sessions) as s:
        layers = s.scalars(select(LayerStatsRow.layers).where(LayerStatsRow.job_id == job_id).limit(1)).one()
        s.execute(delete(LayerStatsRow).where(LayerStatsRow.job_id == job_id))
        add(s, job_id, [LayerStatsRecord(epoch=epoch, layers=layers[:6]) for epoch in range(1, 1001)])
    with redirect_stderr(io.StringIO()):  # a line for each request
        app = create_app(
            Settings(data_dir=installation.folder, broker_url="redis+socket:///nowhere.sock", min_free_bytes=0)
        )
    client, row = app.test_client(), {f"x{column}": 0.5 for column in range(20)}
    found = time_request(client, "GET", f"/v1/jobs/{job_id}/layers?limit=1000", None)
    time_request(client, "GET", f"/v1/jobs/{job_id}/weights", None)
    time_request(client, "POST", f"/v1/jobs/{job_id}/trace", {"row": {**row, "y": 1.0}})
    time_request(client, "POST", f"/v1/jobs/{job_id}/replay", {"rows": [row] * 256})
    app.extensions["services"].sessions.kw["bind"].dispose()
    return found <= MAX_SECONDS


def time_request(client: FlaskClient, method: str, path: str, body: object) -> float:
    """Seconds until an answer, the median of several, with all of the app but the socket."""
    seconds, size = list[float](), 0
    for _ in range(ASKED):
        began = time.perf_counter()
        answer = client.open(path, method=method, json=body)
        seconds.append(time.perf_counter() - began)
        assert answer.status_code == 200, answer.text
        size = len(answer.data)
    found = statistics.median(seconds)
    print(f"{method:4} {path.rpartition('/')[2]:20} {1000 * found:7.1f} ms, {size / 1000:8.1f} kB")
    return found


def main() -> int:
    """Measure and print."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    run.LayerRecorder = TimedLayerRecorder
    run._run_epochs = TRAINING.time_calls(run._run_epochs)  # pyright: ignore[reportPrivateUsage]  # noqa: SLF001 - by the clock
    with tempfile.TemporaryDirectory(prefix="gradus-bench-") as name:
        installation = Installation(Path(name), "redis+socket:///nowhere.sock")
        context = WorkerContext(
            settings=Settings(data_dir=Path(name), history_bytes=HISTORY_BYTES),
            worker="the benchmark",
            sessions=installation.sessions,
            files=installation.files,
            shutdown=ShutdownFlag(),
        )
        train_case(installation, context, WARM_UP)
        held = [train_case(installation, context, case) for case in CASES if case != WARM_UP]
        six = installation.submit(installation.add_dataset(table(300, 20)), "y", epochs=12, layers=SIX[:5])
        run.train_next_job(context)
        held.append(measure_answers(installation, six))
        installation.close()
    print(json.dumps({"held": all(held)}))
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
