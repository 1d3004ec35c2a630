"""The whole journey on two real tables: start a server, upload, train, predict unseen rows, stop. `make demo` runs it.

It is also a test: it ends with status 0 only if each step did what it says, the nets are far better than guessing, and
nothing was left behind.
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


class Unconvincing(Exception):
    """A step did not do what the demo promises."""


@dataclass(frozen=True)
class Table:
    """A table to learn, the column to predict, and how much of the guesser's error a good net may keep."""

    file: str
    target: str
    classes: bool
    keeps: float
    epochs: int


TABLES = (
    Table("penguins.csv", "species", classes=True, keeps=0.25, epochs=100),
    Table("concrete.csv", "compressive_strength", classes=False, keeps=0.5, epochs=200),
)


def main() -> int:
    """Run the demo; returns the exit status."""
    with tempfile.TemporaryDirectory(prefix="gradus-demo-") as folder:
        try:
            with server(Path(folder) / "data") as url, Client(url) as client:
                for table in TABLES:
                    show(client, table, Path(folder))
        except (Unconvincing, GradusError) as error:
            print(f"\nThe demo failed: {error}", file=sys.stderr)
            return 1
    print("\nEverything stopped, nothing is left behind. To go on by yourself:\n")
    print("  .venv/bin/gradus up")
    print("  .venv/bin/gradus train examples/houses.csv --target price")
    return 0


@contextmanager
def server(data_dir: Path) -> Generator[str]:
    """`gradus up` on a free port, with a data folder of its own; stopped, and checked to be gone, at the end."""
    step("Start a service and a worker")
    command = [str(Path(sys.executable).with_name("gradus")), "up", "--port", "0", "--data-dir", str(data_dir)]
    print(f"$ gradus {' '.join(command[1:])}")
    log = data_dir.parent / "server.log"
    with log.open("wb") as words:
        launcher = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=words, text=True)  # noqa: S603
    try:
        line = launcher.stdout.readline() if launcher.stdout else ""
        if not line.startswith("ready "):
            raise Unconvincing(f"the server did not start:\n{log.read_text()}")
        print(line.rstrip())
        yield line.split()[1]
        step("Stop")
        stop(launcher)
    finally:
        launcher.kill()  # when all went well it has ended long ago
        launcher.wait()


def show(client: Client, table: Table, folder: Path) -> None:
    """One table's journey from upload to predictions that are checked."""
    seen, unseen = split(table)
    path = folder / table.file
    write(path, seen)
    name = path.stem

    step(f"Upload {table.file}: {len(seen)} rows, {len(unseen)} more are held back")
    curl("--data-binary", f"@{path}", "-H", "Content-Type: text/csv", f"{client.url}/v1/datasets?name={table.file}")
    dataset = client.datasets.upload(path)
    expect(dataset.rows == len(seen), f"the dataset has {dataset.rows} rows")
    kinds = Counter(column.type for column in dataset.columns or [])
    missing = sum(column.missing for column in dataset.columns or [])
    columns = ", ".join(f"{many} {kind}" for kind, many in kinds.items())
    print(f"{dataset.id}: {columns} columns, {missing} cells missing")

    step(f"Train a net to predict {table.target}")
    spec = {"dataset_id": dataset.id, "target": table.target, "model_name": name, "epochs": table.epochs}
    curl("-d", json.dumps(spec), "-H", "Content-Type: application/json", f"{client.url}/v1/jobs")
    begun = time.monotonic()
    job = client.jobs.create(dataset=dataset, target=table.target, model_name=name, epochs=table.epochs)
    curl("-N", f"{client.url}/v1/jobs/{job.id}/events")
    watch_training(job)
    expect(job.status == "succeeded", f"the job {job.status}: {job.error.detail if job.error else ''}")
    recorded = [epoch.epoch for epoch in job.epochs()]
    expect(recorded == list(range(1, job.progress.epoch + 1)), "epochs are missing from the record")
    took = time.monotonic() - begun
    best = job.best.epoch if job.best else None
    print(f"{len(recorded)} epochs in {took:.1f} s, the best was {best}: model {job.model.name}:{job.model.version}")

    step(f"Predict the {len(unseen)} rows that it never saw")
    asked = [{column: value for column, value in row.items() if column != table.target} for row in unseen]
    held_out = folder / f"{name}-unseen.csv"
    write(held_out, asked)
    curl("--data-binary", f"@{held_out}", "-H", "Content-Type: text/csv", f"{client.url}/v1/models/{name}/predict")
    answer = client.models.predict(name, held_out)
    expect(len(answer.predictions) == len(unseen), f"there are {len(answer.predictions)} predictions")
    truth = [row[table.target] for row in unseen]
    known = [row[table.target] for row in seen]
    judge(answer, truth, known, table)


def judge(answer: PredictionResponse, truth: list[str], known: list[str], table: Table) -> None:
    """Compare the net with whoever knows only how often each class occurs, or the mean."""
    if table.classes:
        guess = Counter(known).most_common(1)[0][0]
        labels = [prediction.label for prediction in answer.predictions if isinstance(prediction, PredictedClass)]
        error = sum(a != b for a, b in zip(labels, truth, strict=True)) / len(truth)
        naive = sum(guess != b for b in truth) / len(truth)
        print(f"right: {1 - error:.1%}; always saying {guess}: {1 - naive:.1%}")
    else:
        mean = sum(map(float, known)) / len(known)
        values = [prediction.value for prediction in answer.predictions if isinstance(prediction, PredictedValue)]
        error = rmse([value - float(b) for value, b in zip(values, truth, strict=True)])
        naive = rmse([mean - float(b) for b in truth])
        print(f"off by {error:.2f} (root mean square); always saying the mean, {mean:.2f}: {naive:.2f}")
    expect(error <= table.keeps * naive, "the net is hardly better than guessing")


def split(table: Table) -> tuple[list[Row], list[Row]]:
    """The rows to upload, and a fifth to keep back: none of these has a twin among the others."""
    with (HERE / table.file).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    copies = Counter(tuple(row.values()) for row in rows)
    single = [row for row in rows if copies[tuple(row.values())] == 1]
    unseen = random.Random(0).sample(single, int(HELD_OUT * len(rows)))
    return [row for row in rows if row not in unseen], unseen


def write(path: Path, rows: list[Row]) -> None:
    """Rows as a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def stop(launcher: subprocess.Popen[str]) -> None:
    """Ctrl-C the server as a person does, and see that all its processes go."""
    family = descendants(launcher.pid)
    expect(len(family) >= 3, f"there should be a broker, a service and a worker, not {len(family)} processes")
    begun = time.monotonic()
    launcher.send_signal(signal.SIGINT)
    try:
        status = launcher.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        raise Unconvincing(f"the server did not stop within {STOP_SECONDS:.0f} s") from None
    left = sorted(running().keys() & set(family))
    print(f"1 launcher and {len(family)} processes under it ended within {time.monotonic() - begun:.1f} s")
    expect(status == 0, f"the server ended with status {status}")
    expect(not left, f"processes are left behind: {left}")


def descendants(ancestor: int) -> list[int]:
    """The ids of all processes that it started, and that those started."""
    parents = running()
    found = [ancestor]
    for elder in found:
        found += [pid for pid, parent in parents.items() if parent == elder]
    return found[1:]


def running() -> dict[int, int]:
    """The id of each running process, and of the one that started it; the dead that nobody buried do not count."""
    if Path("/proc/self/stat").exists():
        lines: list[list[str]] = []
        for path in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                about = path.read_text(errors="replace").rpartition(")")[2].split()
                lines.append([path.parent.name, about[1], about[0]])
    else:
        told = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,state="], capture_output=True, text=True, check=True)  # noqa: S607
        lines = [line.split() for line in told.stdout.splitlines()]
    return {int(pid): int(parent) for pid, parent, state in lines if not state.startswith("Z")}


def rmse(errors: list[float]) -> float:
    """The root of the mean square."""
    return math.sqrt(sum(error * error for error in errors) / len(errors))


def step(title: str) -> None:
    """A heading."""
    print(f"\n== {title}")


def curl(*arguments: str) -> None:
    """The next request as one would type it."""
    print(f"$ curl {shlex.join(arguments)}")


def expect(condition: bool, otherwise: str) -> None:
    """What the demo stands and falls with."""
    if not condition:
        raise Unconvincing(otherwise)


if __name__ == "__main__":
    sys.exit(main())
