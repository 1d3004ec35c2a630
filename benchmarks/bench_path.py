"""Overhead of the service around training: from the POST of a job to its end, beside the trainer alone.

Starts a service and a worker of its own, and a process that does nothing but train; both train the same net on the same
100,000 rows, in turns; a turn in which the host takes the cores away is measured again. Exit status 0 only if the
median of the whole path is at most 5% and half a second longer, and both end with the same loss.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as in a worker

import numpy as np
import polars as pl
from serving.quiet import QuietMeasurer

from contract.specs import JobSpec
from gradus import Client
from learning.data.prepare import prepare
from learning.training.trainer import Epoch
from process import cores
from tables import ingest, load_table
from worker.training.prepare import create_trainer

GRADUS = str(Path(sys.executable).with_name("gradus"))
ROWS, COLUMNS, EPOCHS, BATCH, TURNS = 100_000, 28, 60, 256, 5
MAX_TIMES, MAX_EXTRA_SECONDS = 1.05, 0.5
RESULT = Path("benchmarks/results/path.json")
SPEC = {
    "target": "y",
    "preset": "fast",
    "epochs": EPOCHS,
    "batch_size": BATCH,
    "early_stopping": None,
    "layers": [{"type": "dense", "units": 64}, {"type": "dense", "units": 64}],
}


def write(path: Path) -> None:
    """Write the rows as CSV."""
    random = np.random.default_rng(0)
    x = random.standard_normal((ROWS, COLUMNS)).round(4)
    score = np.sin(x[:, :4]).sum(axis=1) + x[:, 4] * x[:, 5] + 0.5 * random.standard_normal(ROWS)
    table = pl.DataFrame(x, schema=[f"x{i}" for i in range(COLUMNS)], orient="row")
    table.with_columns(y=pl.Series(np.where(score > 0, "yes", "no"))).write_csv(path)


def train_alone(folder: Path) -> None:
    """Take turns at training, with the trainer that a worker makes: the seconds and the last loss, line by line."""
    table = folder / "table.parquet"
    profile = [asdict(column) for column in ingest(folder / "table.csv", "csv", table).columns]
    spec = JobSpec.model_validate_json(json.dumps({"dataset_id": "ds_" + 26 * "0", **SPEC}))
    for _ in sys.stdin:
        prepared = prepare(load_table(table, None, profile), target=spec.target, seed=spec.seed)
        _, trainer = create_trainer(
            spec, prepared, None, cores.cores_per_process(1)
        )  # the very one that a worker makes
        began = time.perf_counter()
        *_, last = (moment for moment in trainer.run() if isinstance(moment, Epoch))
        print(json.dumps([time.perf_counter() - began, last.train_loss]), flush=True)


def whole_path(client: Client, dataset_id: str) -> tuple[float, float]:
    """The seconds from the POST of a job to its end, and the last loss."""
    began = time.perf_counter()
    job = client.jobs.create(dataset_id=dataset_id, **SPEC).wait()
    seconds = time.perf_counter() - began
    assert job.status == "succeeded", job
    return seconds, job.latest.train_loss


def measure(url: str, folder: Path) -> bool:
    """Measure and print; whether the service costs no more than it may."""
    command = [sys.executable, __file__, "--alone", str(folder)]
    with (
        Client(url) as client,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as alone,
    ):
        assert alone.stdin
        assert alone.stdout
        dataset = client.datasets.upload(str(folder / "table.csv"))
        pipes = alone.stdin, alone.stdout

        def turn() -> tuple[float, float, bool]:
            print(file=pipes[0], flush=True)
            seconds, loss = json.loads(pipes[1].readline())
            through, recorded_loss = whole_path(client, dataset.id)
            return seconds, through, loss == recorded_loss

        turn()  # warms up
        quiet = QuietMeasurer()
        turns = [quiet.measure(turn) for _ in range(TURNS)]
        alone.stdin.close()
    bare, path, agree = zip(*turns, strict=True)
    alone_takes, takes, same = statistics.median(bare), statistics.median(path), all(agree)
    limit = MAX_TIMES * alone_takes + MAX_EXTRA_SECONDS
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps({"alone": bare, "path": path, "limit": limit, "same_losses": same}, indent=1) + "\n")
    print(f"{EPOCHS} epochs of {ROWS:,} rows, batch {BATCH}, medians of {TURNS} turns")
    print(f"  trainer alone       {alone_takes:6.2f} s")
    print(f"  POST to the end     {takes:6.2f} s   may take {limit:.2f} s; losses {'agree' if same else 'differ'}")
    print(f"  of the host: {quiet.describe()}")
    return takes <= limit and same


def main() -> int:
    """Start, measure, stop."""
    if sys.argv[1:2] == ["--alone"]:
        train_alone(Path(sys.argv[2]))
        return 0
    with tempfile.TemporaryDirectory(prefix="gradus-bench-") as name:
        folder = Path(name)
        write(folder / "table.csv")
        command = [GRADUS, "up", "--port", "0", "--data-dir", str(folder / "data")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as launcher:
            try:
                assert launcher.stdout
                ready = launcher.stdout.readline().split()
                assert ready[:1] == ["ready"], "the service did not start"
                return 0 if measure(ready[1], folder) else 1
            finally:
                launcher.terminate()
                launcher.wait(20)


if __name__ == "__main__":
    sys.exit(main())
