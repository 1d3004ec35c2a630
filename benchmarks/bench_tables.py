"""Time to ingest a table of a million rows until it is ready for training, beside the table library's own reader.

    make bench-tables                                     # three rounds
    .venv/bin/python benchmarks/bench_tables.py --rounds 7

Every measurement is a fresh process, so that its memory is its own; rounds alternate, medians are compared. "Ready"
means: read, typed over the whole file, checked row by row, profiled with exact quantiles, and written as Parquet;
"encoded": that, and then divided, fitted, and made a matrix for a net. The exit status is 1 if the numeric table takes
more than twice the time of `polars.read_csv(infer_schema_length=None)` to be ready, which also looks at the whole file,
or a gigabyte of memory.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from statistics import median

import msgspec
import numpy as np
import polars as pl

from learning.data.prepare import PreparedData, prepare
from learning.encoding.columns import InputColumn
from tables import frame_from_csv, frame_from_rows, ingest, load_table

ROWS = 1_000_000
COLUMNS = 28
SEED = 20240131
MAX_TIMES = 2.0
MAX_BYTES = 1_000_000_000
FAULTS = 60


def encode(path: Path) -> PreparedData:
    """From CSV to what a net is trained on, by way of the Parquet file that is kept."""
    parquet = path.with_suffix(".parquet")
    profile = [asdict(column) for column in ingest(path, "csv", parquet).columns]
    return prepare(load_table(parquet, None, profile), target=profile[0]["name"])


READERS = {
    "polars, types of the whole file": lambda path: pl.read_csv(
        path, infer_schema_length=None, truncate_ragged_lines=True
    ),
    "polars, types of 100 rows": lambda path: pl.read_csv(path, truncate_ragged_lines=True, ignore_errors=True),
    "ready for training": lambda path: ingest(path, "csv", path.with_suffix(".parquet")),
    "encoded as float32": encode,
}
WHOLE, GUESSED, READY, ENCODED = READERS


def main() -> int:
    """Measure, print, and judge."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--one", nargs=2, metavar=("READER", "FILE"), help="measure one reader in this process")
    chosen = arguments.parse_args()
    if chosen.one:
        measure(chosen.one[0], Path(chosen.one[1]))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        numbers, mixed = Path(folder) / "numbers.csv", Path(folder) / "mixed.csv"
        write_numbers(numbers)
        write_mixed(mixed)
        fast_enough = compare(numbers, chosen.rounds)
        compare(mixed, chosen.rounds)
    measure_predict_rows()
    return 0 if fast_enough else 1


def measure(reader: str, path: Path) -> None:
    """Read a file once, and say how long that took and how much memory this program has ever had.

    `getrusage` would not do: it counts the program that started this one.
    """
    began = time.perf_counter()
    READERS[reader](path)
    seconds = time.perf_counter() - began
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    json.dump({"seconds": seconds, "bytes": int(peak[1]) * 1024 if peak else 0}, sys.stdout)


def compare(path: Path, rounds: int) -> bool:
    """Measure all readers in turn; whether ours keeps to the limits."""
    print(f"\n{path.name}: {ROWS:,} by {COLUMNS}, {path.stat().st_size / 1e6:.0f} MB, median of {rounds}")
    found: dict[str, list[dict[str, float]]] = {reader: [] for reader in READERS}
    for _ in range(rounds):
        for reader in READERS:
            found[reader].append(run_in_process(reader, path))
    seconds = {reader: median(run["seconds"] for run in runs) for reader, runs in found.items()}
    most = {reader: max(run["bytes"] for run in runs) for reader, runs in found.items()}
    for reader in READERS:
        ratio = seconds[READY] / seconds[reader]
        print(
            f"  {reader:32} {seconds[reader]:6.2f} s {most[reader] / 1e6:6.0f} MB   ready takes {ratio:.2f} times that"
        )
    return seconds[READY] <= MAX_TIMES * seconds[WHOLE] and most[READY] <= MAX_BYTES


def run_in_process(reader: str, path: Path) -> dict[str, float]:
    """The measurements of a process of its own."""
    command = [sys.executable, __file__, "--one", reader, str(path)]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def write_numbers(path: Path) -> None:
    """Floats of six and of all digits, and integers."""
    dice = np.random.default_rng(SEED)
    columns = {f"x{i}": dice.normal(size=ROWS).round(6) for i in range(20)}
    columns |= {f"n{i}": dice.integers(0, 10_000, ROWS) for i in range(6)}
    columns |= {f"e{i}": dice.exponential(size=ROWS) for i in range(2)}
    pl.DataFrame(columns).write_csv(path)


def write_mixed(path: Path) -> None:
    """Numbers with gaps, integers, categories, dates of two orders, truths, thousands, text, and a few faults."""
    dice = np.random.default_rng(SEED)
    day = pl.Series(dice.integers(0, 20_000, ROWS)).cast(pl.Date)
    columns = {f"x{i}": pl.Series(dice.normal(size=ROWS).round(4)).cast(pl.String) for i in range(14)}
    for name in list(columns)[:7]:
        columns[name] = columns[name].set(pl.Series(dice.random(ROWS) < 0.02), "NA")
    columns |= {f"n{i}": pl.Series(dice.integers(0, 500, ROWS)).cast(pl.String) for i in range(6)}
    columns |= {f"c{i}": pl.Series(dice.choice(["red", "green", "blue, or nearly", "n/a"], ROWS)) for i in range(3)}
    columns["iso"] = day.dt.to_string("%Y-%m-%d")
    columns["local"] = day.dt.to_string("%d/%m/%Y")
    columns["truth"] = pl.Series(dice.choice(["yes", "no"], ROWS))
    columns["price"] = pl.Series([f"{n:,}" for n in dice.integers(0, 10**6, ROWS).tolist()])
    columns["text"] = pl.Series([f'said "{n}" again' for n in dice.integers(0, 10**6, ROWS).tolist()])
    pl.DataFrame(columns).write_csv(path)
    lines = path.read_bytes().split(b"\n")
    for place, fault in zip(
        dice.integers(1, ROWS, FAULTS).tolist(), FAULTS // 3 * (b"oops", b"1.2.3", b""), strict=True
    ):
        lines[place] = lines[place].replace(lines[place].split(b",")[8], fault, 1) if fault else b"torn"
    path.write_bytes(b"\n".join(lines))


def measure_predict_rows() -> None:
    """Rows to predict from, as JSON values and as CSV."""
    inputs = [InputColumn(f"x{i}", "numeric") for i in range(COLUMNS)]
    cells = np.random.default_rng(SEED).normal(size=(100_000, COLUMNS)).round(6)
    table = pl.DataFrame(cells, schema=[column.name for column in inputs], orient="row")
    rows = msgspec.json.decode(msgspec.json.encode(table.head(10_000).to_dicts()))
    csv = table.write_csv().encode()
    print(f"\nrows to predict from, by {COLUMNS}, least of 20")
    one = least(lambda: [frame_from_rows(rows[:1], inputs) for _ in range(100)]) / 100
    print(f"  1 row of JSON values             {one * 1e6:8.1f} µs")
    print(f"  10,000 rows of JSON values       {least(lambda: frame_from_rows(rows, inputs)) * 1e3:8.1f} ms")
    print(f"  CSV                              {len(cells) / least(lambda: frame_from_csv(csv, inputs)):8,.0f} rows/s")


def least(action) -> float:
    """The least time of twenty."""
    found = []
    for _ in range(20):
        began = time.perf_counter()
        action()
        found.append(time.perf_counter() - began)
    return min(found)


if __name__ == "__main__":
    sys.exit(main())
