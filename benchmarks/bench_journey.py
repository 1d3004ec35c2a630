"""Time from a CSV file on disk to a served model, on a warm service.

Starts a service and a worker of its own, trains on the penguins once to warm up and then several times through the
command line as it is installed, and prints how long each took, and how long from the POST to the first epoch; then the
same for a table of few rows and thousands of columns. Exit status 0 only if the medians keep the promises: under 4 s in
all, and under 0.5 s to the first epoch; of the wide table, under 3 s to read it, and under 8 s to train on it.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from gradus import Client

ROOT = Path(__file__).parents[1]
GRADUS = str(Path(sys.executable).with_name("gradus"))
RUNS = 7
MAX_SECONDS = 4.0
MAX_SECONDS_TO_FIRST_EPOCH = 0.5
WIDE_RUNS, WIDE_ROWS, WIDE_COLUMNS = 3, 300, 5_000
MAX_WIDE_UPLOAD_SECONDS, MAX_WIDE_JOB_SECONDS = 3.0, 8.0


def command_line(url: str, table: Path) -> float:
    """Train through the command line; the seconds until it has ended and the model is served."""
    began = time.monotonic()
    command = [GRADUS, "train", str(table), "--target", "species", "--name", "penguins"]
    subprocess.run(command, env={**os.environ, "GRADUS_URL": url}, check=True, capture_output=True)
    return time.monotonic() - began


def first_epoch(client: Client, dataset_id: str) -> float:
    """The seconds from the POST of a job until its first epoch was heard of."""
    began = time.monotonic()
    event_times: list[float] = []
    job = client.jobs.create(dataset_id=dataset_id, target="species", model_name="penguins")
    job.wait(on_epoch=lambda _: event_times.append(time.monotonic() - began))
    return event_times[0]


def write_wide_table(path: Path, seed: int) -> None:
    """Write a table with a class that two of its thousands of columns tell."""
    x = np.random.default_rng(seed).standard_normal((WIDE_ROWS, WIDE_COLUMNS)).round(4)
    table = pl.DataFrame(x, schema=[f"gene_{number}" for number in range(WIDE_COLUMNS)], orient="row")
    table.with_columns(y=pl.Series(np.where(x[:, 0] + x[:, 1] > 0, "yes", "no"))).write_csv(path)


def read_and_train(client: Client, table: Path) -> tuple[float, float]:
    """The seconds from an upload until it is ready, and from the POST of a job until its model is served."""
    began = time.monotonic()
    dataset = client.datasets.wait(client.datasets.upload(str(table)))
    ready = time.monotonic()
    job = client.jobs.create(dataset_id=dataset.id, target="y").wait()
    assert job.status == "succeeded", job
    return ready - began, time.monotonic() - ready


def measure(url: str, folder: Path) -> bool:
    """Measure and print; whether both promises hold."""
    text = (ROOT / "examples/penguins.csv").read_text()
    whole, first = [], []
    with Client(url) as client:
        for run in range(RUNS + 1):
            table = folder / f"penguins-{run}.csv"
            table.write_text(text + "\n" * run)  # other bytes, so that each run uploads anew
            whole.append(command_line(url, table))
            first.append(first_epoch(client, client.datasets.upload(str(table)).id))
        wide: list[tuple[float, float]] = []
        for run in range(WIDE_RUNS):
            write_wide_table(folder / f"wide-{run}.csv", run)
            wide.append(read_and_train(client, folder / f"wide-{run}.csv"))
    reads, jobs = ([seconds[place] for seconds in wide] for place in (0, 1))
    kept = True
    for what, seconds, most in (
        ("gradus train examples/penguins.csv --target species", whole[1:], MAX_SECONDS),
        ("POST of the job to its first epoch", first[1:], MAX_SECONDS_TO_FIRST_EPOCH),
        (f"{WIDE_ROWS} rows of {WIDE_COLUMNS:,} columns, upload to ready", reads, MAX_WIDE_UPLOAD_SECONDS),
        (f"{WIDE_ROWS} rows of {WIDE_COLUMNS:,} columns, job to model", jobs, MAX_WIDE_JOB_SECONDS),
    ):
        median = statistics.median(seconds)
        kept &= median < most
        print(
            f"{what}: {median:.2f} s (of {len(seconds)}: {min(seconds):.2f} to {max(seconds):.2f}); promised: {most:g}"
        )
    return kept


def main() -> int:
    """Start, measure, stop."""
    with tempfile.TemporaryDirectory(prefix="gradus-bench-") as folder:
        command = [GRADUS, "up", "--port", "0", "--data-dir", str(Path(folder) / "data")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as launcher:
            try:
                assert launcher.stdout
                ready = launcher.stdout.readline().split()
                assert ready[:1] == ["ready"], "the service did not start"
                return 0 if measure(ready[1], Path(folder)) else 1
            finally:
                launcher.terminate()
                launcher.wait(20)


if __name__ == "__main__":
    sys.exit(main())
