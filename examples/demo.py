"""The demo: start a server, upload two real tables, train a classifier and a regressor, predict held-out rows, stop.

`make demo` runs it. It is also a test: the exit status is 0 only if each step did what it says, the nets are far better
than their baselines, and no process was left behind.
"""

import csv
import json
import math
import random
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from contract.responses import PredictedClass, PredictedValue, PredictionResponse
from gradus import Client, GradusError
from gradus.cli.progress import watch_training

HERE = Path(__file__).parent
HELD_OUT = 0.2
STOP_SECONDS = 6.0

Row = dict[str, str]


class DemoFailed(Exception):
    """A step did not do what the demo promises."""


@dataclass(frozen=True)
class Table:
    """A table, the column to predict, and the largest share of the baseline's error that a good net has."""

    file: str
    target: str
    is_classification: bool
    max_error_share: float
    epochs: int


TABLES = (
    Table("penguins.csv", "species", is_classification=True, max_error_share=0.25, epochs=100),
    Table("concrete.csv", "compressive_strength", is_classification=False, max_error_share=0.5, epochs=200),
)


def main() -> int:
    """Run the demo; returns the exit status."""
    with tempfile.TemporaryDirectory(prefix="gradus-demo-") as folder:
        try:
            with server(Path(folder) / "data") as url, Client(url) as client:
                for table in TABLES:
                    show(client, table, Path(folder))
        except (DemoFailed, GradusError) as error:
            print(f"\nThe demo failed: {error}", file=sys.stderr)
            return 1
    print("\nEverything stopped, no process is left behind. To go on:\n")
    print("  .venv/bin/gradus up                                             # then open http://127.0.0.1:8000")
    print("  .venv/bin/gradus train examples/houses.csv --target price")
    return 0


@contextmanager
def server(data_dir: Path) -> Generator[str]:
    """`gradus up` on a free port with a data directory of its own; stopped at the end, and checked to be gone."""
    step("Start a service and a worker")
    command = [str(Path(sys.executable).with_name("gradus")), "up", "--port", "0", "--data-dir", str(data_dir)]
    print(f"$ gradus {' '.join(command[1:])}")
    log = data_dir.parent / "server.log"
    with log.open("wb") as errors:
        launcher = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)  # noqa: S603
    try:
        line = launcher.stdout.readline() if launcher.stdout else ""
        if not line.startswith("ready "):
            raise DemoFailed(f"the server did not start:\n{log.read_text()}")
        url = line.split()[1]
        print(f"{line.rstrip()}  (its page is there, for a browser; this demo uses the API)")
        yield url
        step("Stop")
        stop(launcher)
    finally:
        launcher.kill()  # when all went well it has ended long ago
        launcher.wait()


def show(client: Client, table: Table, folder: Path) -> None:
    """Upload a table, train on it, predict the held-out rows, and check each step."""
    seen, unseen = split(table)
    path = folder / table.file
    write(path, seen)
    name = path.stem

    step(f"Upload {table.file}: {len(seen)} rows, {len(unseen)} more are held out")
    curl("--data-binary", f"@{path}", "-H", "Content-Type: text/csv", f"{client.url}/v1/datasets?name={table.file}")
    dataset = client.datasets.upload(path)
    expect(dataset.rows == len(seen), f"the dataset has {dataset.rows} rows")
    types = Counter(column.type for column in dataset.columns or [])
    missing = sum(column.missing for column in dataset.columns or [])
    columns = ", ".join(f"{count} {type_}" for type_, count in types.items())
    print(f"{dataset.id}: {columns} columns, {missing} cells missing")

    step(f"Train a net: {'classification' if table.is_classification else 'regression'}, target {table.target}")
    spec = {"dataset_id": dataset.id, "target": table.target, "model_name": name, "epochs": table.epochs}
    curl("-d", json.dumps(spec), "-H", "Content-Type: application/json", f"{client.url}/v1/jobs")
    started = time.monotonic()
    job = client.jobs.create(dataset=dataset, target=table.target, model_name=name, epochs=table.epochs)
    curl("-N", f"{client.url}/v1/jobs/{job.id}/events")
    watch_training(job)
    expect(job.status == "succeeded", f"the job {job.status}: {job.error.detail if job.error else ''}")
    nets = [net.epoch for net in job.answer.nets or []] or [job.progress.epoch]
    epochs = [epoch.epoch for epoch in job.epochs()]
    expect(epochs == list(range(1, nets[0] + 1)), "epochs are missing from the record")
    duration = time.monotonic() - started
    what = f"{len(nets)} nets, {sum(nets)} epochs" if len(nets) > 1 else f"{nets[0]} epochs"
    print(f"{what} in {duration:.1f} s: model {job.model.name}:{job.model.version}")

    step(f"Predict the {len(unseen)} held-out rows")
    rows = [{column: value for column, value in row.items() if column != table.target} for row in unseen]
    held_out = folder / f"{name}-unseen.csv"
    write(held_out, rows)
    curl("--data-binary", f"@{held_out}", "-H", "Content-Type: text/csv", f"{client.url}/v1/models/{name}/predict")
    response = client.models.predict(name, held_out)
    expect(len(response.predictions) == len(unseen), f"there are {len(response.predictions)} predictions")
    evaluate(response, [row[table.target] for row in unseen], [row[table.target] for row in seen], table)


def evaluate(response: PredictionResponse, actual: list[str], training: list[str], table: Table) -> None:
    """Print accuracy or RMSE beside the baseline: the most common class, or the mean, of the training rows."""
    if table.is_classification:
        common = Counter(training).most_common(1)[0][0]
        labels = [prediction.label for prediction in response.predictions if isinstance(prediction, PredictedClass)]
        error = sum(a != b for a, b in zip(labels, actual, strict=True)) / len(actual)
        baseline = sum(common != b for b in actual) / len(actual)
        measured, naive = f"accuracy: {1 - error:.1%}", f"always guessing {common}: {1 - baseline:.1%}"
    else:
        mean = sum(map(float, training)) / len(training)
        values = [prediction.value for prediction in response.predictions if isinstance(prediction, PredictedValue)]
        numbers = [float(value) for value in actual]
        error = math.dist(values, numbers) / math.sqrt(len(numbers))
        baseline = math.dist([mean] * len(numbers), numbers) / math.sqrt(len(numbers))
        measured, naive = f"typical error (RMSE): {error:.2f}", f"always guessing the mean, {mean:.2f}: {baseline:.2f}"
    print(f"{measured} on {len(actual)} held-out rows; baseline, {naive}")
    expect(error <= table.max_error_share * baseline, "the net is hardly better than its baseline")


def split(table: Table) -> tuple[list[Row], list[Row]]:
    """The rows to upload, and a fifth to hold out, none of which has a duplicate."""
    with (HERE / table.file).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    copies = Counter(tuple(row.values()) for row in rows)
    single = [row for row in rows if copies[tuple(row.values())] == 1]
    unseen = random.Random(0).sample(single, int(HELD_OUT * len(rows)))
    return [row for row in rows if row not in unseen], unseen


def write(path: Path, rows: list[Row]) -> None:
    """Write rows as a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def stop(launcher: subprocess.Popen[str]) -> None:
    """Stop the server as Ctrl-C does, and check that all its processes end."""
    family = descendants(launcher.pid)
    expect(len(family) >= 3, f"there should be a broker, a service and a worker, not {len(family)} processes")
    started = time.monotonic()
    launcher.send_signal(signal.SIGINT)
    try:
        status = launcher.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        raise DemoFailed(f"the server did not stop within {STOP_SECONDS:.0f} s") from None
    left = sorted(running().keys() & set(family))
    print(f"1 launcher and {len(family)} processes under it ended within {time.monotonic() - started:.1f} s")
    expect(status == 0, f"the server ended with status {status}")
    expect(not left, f"processes are left behind: {left}")


def descendants(ancestor: int) -> list[int]:
    """The ids of all processes that a process started, directly or not."""
    parents = running()
    family = [ancestor]
    for elder in family:
        family += [pid for pid, parent in parents.items() if parent == elder]
    return family[1:]


def running() -> dict[int, int]:
    """The id of each running process and of its parent; zombies do not count."""
    if Path("/proc/self/stat").exists():
        lines: list[list[str]] = []
        for path in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                about = path.read_text(errors="replace").rpartition(")")[2].split()
                lines.append([path.parent.name, about[1], about[0]])
    else:
        listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,state="], capture_output=True, text=True, check=True)  # noqa: S607
        lines = [line.split() for line in listed.stdout.splitlines()]
    return {int(pid): int(parent) for pid, parent, state in lines if not state.startswith("Z")}


def step(title: str) -> None:
    """Print a heading."""
    print(f"\n== {title}")


def curl(*arguments: str) -> None:
    """Print the next request as a line of curl."""
    print(f"$ curl {shlex.join(arguments)}")


def expect(condition: bool, otherwise: str) -> None:
    """Fail the demo unless the condition holds."""
    if not condition:
        raise DemoFailed(otherwise)


if __name__ == "__main__":
    sys.exit(main())
