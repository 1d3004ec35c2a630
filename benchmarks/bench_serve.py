"""Predictions a second over HTTP: Gradus, `mlflow models serve` and FastAPI with scikit-learn's net, side by side.

    make bench-serve

Trains a net of two layers of 64 on 28 columns through Gradus, and one of the same size with scikit-learn for the peers,
which live in an environment of their own (.bench). Each server is one process; Gradus with keys, limits, metrics and
its log on, and an event stream open meanwhile; it is asked by its own protocol, by the Open Inference Protocol (/v2)
and by MLflow's (/invocations). All are asked by one program over eight connections, in turn; medians of the rounds are
printed and written to benchmarks/results/serve.json. What was measured while the host took more than a
twentieth of the cores' time away is measured again, whoever was asked. Exit status 0 only if every promise is kept.
"""

import csv
import io
import json
import os
import platform
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from serving import load
from serving.quiet import QuietMeasurer

from gradus import Client
from gradus.launcher.commands import MALLOC

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
PEERS = ROOT / ".bench" / "serve-venv"
PEER_FILES = ROOT / "benchmarks" / "serving"

COLUMNS = [f"x{place}" for place in range(28)]
TRAINED_ROWS = 5_000
CONNECTIONS = 8
ROUNDS, SECONDS, MAX_REQUESTS = 5, 3.0, 50_000
JSON_ROWS, CSV_ROWS, REPEATS = 10_000, 50_000, 9

MIN_TIMES_MLFLOW, MIN_TIMES_FASTAPI = 20.0, 2.0
MIN_TIMES_OWN, MIN_TIMES_MLFLOW_BY_ITS_PROTOCOL = 0.8, 15.0
MAX_P99_MILLISECONDS, MAX_JSON_MILLISECONDS, MIN_CSV_ROWS_PER_SECOND = 15.0, 80.0, 200_000


def main() -> int:
    """Start everything, measure, print, end everything."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that all that was started is ended
    python = install_peers()
    with tempfile.TemporaryDirectory(prefix="gradus-bench-") as folder, ExitStack() as running:
        scratch = Path(folder)
        table = scratch / "table.csv"
        table.write_bytes(make_labelled_csv(TRAINED_ROWS))
        key = train_model(scratch, table)
        subprocess.run(
            [python, PEER_FILES / "train_peer.py", table, scratch],
            check=True,
            env=clean_environment(),
            capture_output=True,
        )
        ports = {
            "gradus": running.enter_context(gradus(scratch, key)),
            "mlflow": running.enter_context(mlflow(scratch, python)),
            "fastapi": running.enter_context(fastapi(scratch, python)),
        }
        ports["fastapi async"] = ports["fastapi"]
        ports |= dict.fromkeys(["/v2", "/invocations"], ports["gradus"])
        asked = one_row_requests(key)
        for name, port in ports.items():
            predicted = probability(json.loads(load.send_once(port, asked[name])[1]))
            print(f"{name:13} says {predicted:.3f} of a row")
        running.enter_context(event_stream(ports["gradus"], key))
        rounds: dict[str, list[load.Round]] = {name: [] for name in ports}
        watch = QuietMeasurer()
        for name, port in ports.items():
            load.run_load(port, asked[name], CONNECTIONS, SECONDS, MAX_REQUESTS)  # to warm up
        for _ in range(ROUNDS):
            for name, port in ports.items():
                hammer = partial(load.run_load, port, asked[name], CONNECTIONS, SECONDS, MAX_REQUESTS)
                rounds[name].append(watch.measure(hammer))
        as_json = predict_request(key, make_json(JSON_ROWS), "application/json")
        many = watch.measure(partial(measure_large_request, ports["gradus"], as_json))
        as_csv = predict_request(key, make_csv(CSV_ROWS), "text/csv", Accept="text/csv")
        csv_seconds = watch.measure(partial(measure_large_request, ports["gradus"], as_csv))
    return report(rounds, many, CSV_ROWS / csv_seconds, watch)


def report(rounds: dict[str, list[load.Round]], many: float, csv_rows: float, watch: QuietMeasurer) -> int:
    """Print and keep the figures; 0 if they are as promised."""
    figures: dict[str, Any] = {}
    print(f"\n{'one row, 8 connections':24}{'requests/s':>12}{'p50 ms':>9}{'p99 ms':>9}")
    for name, asked in rounds.items():
        figures[name] = {
            "requests_per_second": statistics.median(round_.per_second for round_ in asked),
            "p50_ms": 1000 * statistics.median(round_.percentile(0.5) for round_ in asked),
            "p99_ms": 1000 * statistics.median(round_.percentile(0.99) for round_ in asked),
        }
        print("{:24}{:12.0f}{:9.2f}{:9.2f}".format(name, *figures[name].values()))

    def times(peer: str, ours: str = "gradus") -> float:
        pairs = zip(rounds[ours], rounds[peer], strict=True)
        return statistics.median(one.per_second / other.per_second for one, other in pairs)

    promises = [
        ("times mlflow models serve", times("mlflow"), ">=", MIN_TIMES_MLFLOW),
        ("times FastAPI, with def", times("fastapi"), ">=", MIN_TIMES_FASTAPI),
        ("times /v1, one row by /v2", times("gradus", "/v2"), ">=", MIN_TIMES_OWN),
        ("times /v1, one row by /invocations", times("gradus", "/invocations"), ">=", MIN_TIMES_OWN),
        ("times mlflow, by /invocations", times("mlflow", "/invocations"), ">=", MIN_TIMES_MLFLOW_BY_ITS_PROTOCOL),
        ("ms p99, an event stream open", figures["gradus"]["p99_ms"], "<", MAX_P99_MILLISECONDS),
        (f"ms for {JSON_ROWS:,} rows as JSON", many * 1000, "<", MAX_JSON_MILLISECONDS),
        ("rows/s as CSV, in and out", csv_rows, ">", MIN_CSV_ROWS_PER_SECOND),
    ]
    print()
    kept = True
    for what, found, how, wanted in promises:
        good = found < wanted if how == "<" else found >= wanted
        kept &= good
        print(f"{found:12,.1f} {what:36} promised {how} {wanted:<9,.10g} {'kept' if good else 'NOT KEPT'}")
    print(f"{times('fastapi async'):12,.1f} times FastAPI, with async def, which answers nobody else meanwhile")
    print(f"\n{watch.describe()}")
    machine = f"{os.cpu_count()} cores, {processor()}, Python {platform.python_version()}"
    print(machine)
    results = ROOT / "benchmarks" / "results"
    results.mkdir(exist_ok=True)
    found_all = {what: found for what, found, _, _ in promises}
    (results / "serve.json").write_text(
        json.dumps(
            {"machine": machine, "quiet": watch.describe(), "one_row": figures, "promised": found_all, "kept": kept},
            indent=2,
        )
    )
    return 0 if kept else 1


def install_peers() -> Path:
    """The Python of the peers' environment, which is made if it is not there or is another one's."""
    wanted, stamp = (PEER_FILES / "requirements.txt").read_text(), PEERS / "installed.txt"
    if not stamp.exists() or stamp.read_text() != wanted:
        print("installing mlflow, FastAPI and scikit-learn into .bench …", flush=True)
        subprocess.run([BIN / "uv", "venv", "--quiet", "--clear", "--python", sys.executable, PEERS], check=True)
        into = [BIN / "uv", "pip", "install", "--quiet", "--compile-bytecode", "--python", PEERS / "bin" / "python"]
        subprocess.run([*into, "-r", PEER_FILES / "requirements.txt"], check=True)
        stamp.write_text(wanted)
    return PEERS / "bin" / "python"


def make_rows(number: int) -> np.ndarray:
    """Rows of 28 numbers with four decimals."""
    return np.random.default_rng(number).standard_normal((number, len(COLUMNS))).round(4)


def make_labelled_csv(number: int) -> bytes:
    """A table to learn from: such rows, and which of two classes each is in."""
    x = make_rows(number)
    yes = np.sin(x[:, :4]).sum(axis=1) + x[:, 4] * x[:, 5] > 0
    text = io.StringIO()
    lines = ([*row, "up" if is_so else "down"] for row, is_so in zip(x.tolist(), yes, strict=True))
    csv.writer(text).writerows([[*COLUMNS, "label"], *lines])
    return text.getvalue().encode()


def make_json(number: int) -> bytes:
    """Rows as a request to Gradus or FastAPI has them."""
    return json.dumps({"rows": [dict(zip(COLUMNS, row, strict=True)) for row in make_rows(number).tolist()]}).encode()


def make_csv(number: int) -> bytes:
    """Rows as CSV."""
    lines = [",".join(map(str, row)) for row in make_rows(number).tolist()]
    return "\n".join([",".join(COLUMNS), *lines, ""]).encode()


def predict_request(key: str, body: bytes, kind: str, **headers: str) -> bytes:
    """A request to Gradus."""
    shown = {"Authorization": f"Bearer {key}", "Content_Type": kind, **headers}
    return load.encode_post("/v1/models/served/predict", body, **shown)


def one_row_requests(key: str) -> dict[str, bytes]:
    """The same row, as each server wants it."""
    split = json.dumps({"dataframe_split": {"columns": COLUMNS, "data": make_rows(1).tolist()}}).encode()
    cells = zip(COLUMNS, make_rows(1)[0].tolist(), strict=True)
    tensors = [{"name": name, "datatype": "FP64", "shape": [1], "data": [cell]} for name, cell in cells]
    shown = {"Authorization": f"Bearer {key}", "Content_Type": "application/json"}
    return {
        "/v2": load.encode_post("/v2/models/served/infer", json.dumps({"inputs": tensors}).encode(), **shown),
        "/invocations": load.encode_post("/endpoints/served/invocations", split, **shown),
        "gradus": predict_request(key, make_json(1), "application/json"),
        "mlflow": load.encode_post("/invocations", split, Content_Type="application/json"),
        "fastapi": load.encode_post("/predict", make_json(1), Content_Type="application/json"),
        "fastapi async": load.encode_post("/predict-async", make_json(1), Content_Type="application/json"),
    }


def probability(answer: dict[str, Any]) -> float:
    """The probability of "up" in the first prediction of an answer, in the words of whichever server."""
    if "outputs" in answer:
        return answer["outputs"][1]["data"][1]
    first = answer["predictions"][0]
    if "probability_up" in first:
        return first["probability_up"]
    return first[1] if isinstance(first, list) else first.get("probabilities", first)["up"]


def measure_large_request(port: int, asked: bytes) -> float:
    """The median of the seconds that one large request takes."""
    load.send_once(port, asked)
    return statistics.median(load.send_once(port, asked)[0] for _ in range(REPEATS))


def train_model(scratch: Path, table: Path) -> str:
    """Train the net in the data folder that will be served; an admin key of it."""
    up = [BIN / "gradus", "up", "--port", "0", "--data-dir", scratch / "data"]
    with run_program(up, scratch / "train.log", stdout=subprocess.PIPE) as launcher:
        assert launcher.stdout
        words = launcher.stdout.readline().split()
        if words[:1] != [b"ready"]:
            raise SystemExit(f"gradus up did not start: {(scratch / 'train.log').read_text()}")
        with Client(words[1].decode()) as client:
            dataset = client.datasets.upload(str(table))
            net = [{"type": "dense", "units": 64, "activation": "relu"}] * 2
            asked = {"target": "label", "model_name": "served", "preset": "fast", "layers": net, "epochs": 20}
            client.jobs.create(dataset_id=dataset.id, **asked).wait()
            return client.keys.create("benchmark", ["admin"]).key


@contextmanager
def gradus(scratch: Path, key: str) -> Iterator[int]:
    """The service alone, as it runs in production."""
    port = free_port()
    settings = {"GRADUS_DATA_DIR": str(scratch / "data"), "GRADUS_PORT": str(port), "GRADUS_MAX_BODY_BYTES": str(2**28)}
    # the limits are on, and wider than the question
    settings["GRADUS_REQUESTS_PER_MINUTE"] = str(10**9)
    settings |= MALLOC
    with run_program([sys.executable, "-m", "service"], scratch / "service.log", **settings):
        wait_until(lambda: is_answering(f"http://127.0.0.1:{port}/readyz", key), scratch / "service.log")
        yield port


@contextmanager
def mlflow(scratch: Path, python: Path) -> Iterator[int]:
    """MLflow's server, as its documentation starts it, in the environment that is there."""
    port = free_port()
    serve = [python.with_name("mlflow"), "models", "serve", "-m", scratch / "mlflow", "--env-manager", "local"]
    path = f"{python.parent}:{os.environ['PATH']}"
    with run_program([*serve, "-p", str(port)], scratch / "mlflow.log", PATH=path):
        wait_until(lambda: is_answering(f"http://127.0.0.1:{port}/ping"), scratch / "mlflow.log")
        yield port


@contextmanager
def fastapi(scratch: Path, python: Path) -> Iterator[int]:
    """FastAPI behind uvicorn, as its documentation starts it."""
    port = free_port()
    serve = [python, "-m", "uvicorn", "--app-dir", PEER_FILES, "fastapi_peer:app", "--port", str(port)]
    with run_program(serve, scratch / "fastapi.log", MODEL=str(scratch / "mlp.pickle")):
        wait_until(lambda: is_answering(f"http://127.0.0.1:{port}/openapi.json"), scratch / "fastapi.log")
        yield port


@contextmanager
def event_stream(port: int, key: str) -> Iterator[None]:
    """Somebody who watches a job meanwhile: one that waits in the queue, so that nothing is trained beside."""
    with Client(f"http://127.0.0.1:{port}", api_key=key) as client:
        dataset = next(iter(client.datasets.list()))
        job = client.jobs.create(dataset_id=dataset.id, target="label", model_name="waiting")
    watching = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/jobs/{job.id}/events", headers={"Authorization": f"Bearer {key}"}
    )
    with urllib.request.urlopen(watching, timeout=60) as events:
        if not events.readline():
            raise SystemExit("the event stream is silent")
        yield


@contextmanager
def run_program(
    command: list[Any], log: Path, stdout: int | None = None, **settings: str
) -> Iterator[subprocess.Popen[bytes]]:
    """A program in a process group of its own, which is ended with all that it started."""
    with log.open("wb") as output:
        program = subprocess.Popen(
            list(map(str, command)),
            stdout=stdout or output,
            stderr=output,
            env={**clean_environment(), **settings},
            start_new_session=True,
        )
    try:
        yield program
    finally:
        os.killpg(program.pid, signal.SIGTERM)
        try:
            program.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(program.pid, signal.SIGKILL)
            program.wait()


def clean_environment() -> dict[str, str]:
    """The environment without settings of anybody's own."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("GRADUS_", "MLFLOW_"))}


def is_answering(url: str, key: str = "") -> bool:
    """Whether a server answers there."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers={"Authorization": f"Bearer {key}"}), timeout=5):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def wait_until(ready: Callable[[], bool], log: Path) -> None:
    """Wait for a server."""
    end = time.monotonic() + 120
    while not ready():
        if time.monotonic() > end:
            raise SystemExit(f"a server did not start:\n{log.read_text()[-2000:]}")
        time.sleep(0.2)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def processor() -> str:
    """The name of the machine's processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


if __name__ == "__main__":
    sys.exit(main())
