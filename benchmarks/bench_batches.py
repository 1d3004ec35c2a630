"""Batches of predictions: rows a second of one worker's process, from the table's file to the output's, and its memory.

    make bench-batches

Two million rows of 28 numbers are written as the Parquet that an upload becomes, and predicted block by block by the
functions that workers call, with a net of 64 and 64 neurons; each block's file is flushed to the disk. One process a
format, with one thread of BLAS and of polars; rows a second count its processor time, user and system, so that other
programs change them little. The exit status is 0 only if 400,000 are reached, in less than 500 MB, for each format.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final, cast

FORMATS: Final = ("csv", "ndjson", "parquet")
COLUMNS: Final = 28
NEEDED_ROWS_PER_SECOND: Final = 400_000
MAX_MEMORY_BYTES: Final = 500 * 10**6
ONE_THREAD: Final = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "POLARS_MAX_THREADS"), "1")


def main() -> int:
    """Measure each format in a process of its own and print; returns the exit status."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--format", choices=FORMATS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.folder:
        print(json.dumps(predict_all(options.folder, options.rows, options.format)))
        return 0
    is_good = True
    with tempfile.TemporaryDirectory() as folder:
        run(folder, options.rows)
        for file_format in FORMATS:
            found = run(folder, options.rows, "--format", file_format)
            rate = options.rows / found["cpu"]
            print(
                f"{file_format:8} {rate:11,.0f} rows a second of processor time, {options.rows / found['wall']:11,.0f} "
                f"of the clock, {found['memory'] / 1e6:5.0f} MB at most; "
                + ", ".join(f"{name} {100 * share:.0f} %" for name, share in found["shares"].items())
            )
            is_good &= rate >= NEEDED_ROWS_PER_SECOND and found["memory"] < MAX_MEMORY_BYTES
    return 0 if is_good else 1


def run(folder: str, rows: int, *more: str) -> dict[str, Any]:
    """What a process of this program prints, which predicts, or writes the table."""
    command = [sys.executable, __file__, "--folder", folder, "--rows", str(rows), *more]
    done = subprocess.run(command, env={**os.environ, **ONE_THREAD}, stdout=subprocess.PIPE, check=True)
    return cast("dict[str, Any]", json.loads(done.stdout))


def predict_all(folder: Path, rows: int, file_format: str | None) -> dict[str, Any]:
    """The seconds and the memory of predicting the table; without a format it and the model are made."""
    import numpy as np  # noqa: PLC0415 - after the threads were chosen
    import polars as pl  # noqa: PLC0415 - likewise

    from learning.data.prepare import prepare  # noqa: PLC0415 - likewise
    from learning.frame import Frame, NumericColumn  # noqa: PLC0415 - likewise
    from learning.model import Model, create_model  # noqa: PLC0415 - likewise
    from learning.nn.layers import Dense  # noqa: PLC0415 - likewise
    from learning.nn.net import NeuralNet  # noqa: PLC0415 - likewise
    from store.files.files import FolderFileStore  # noqa: PLC0415 - likewise
    from tables import join_blocks, read_block, read_block_cells, write_block  # noqa: PLC0415 - likewise
    from tables.column_types import LINE_COLUMN, row_group_size  # noqa: PLC0415 - likewise

    names = [f"x{number}" for number in range(COLUMNS)]
    table, size = folder / "table.parquet", row_group_size(COLUMNS + 1)
    if file_format is None:
        rng = np.random.default_rng(0)
        sample = {name: NumericColumn(rng.normal(size=2000)) for name in names}
        sample["y"] = NumericColumn(sum(column.values for column in sample.values()))
        prepared = prepare(Frame(sample, 2000), target="y", features=names, seed=0)
        net = NeuralNet(prepared.inputs.net_inputs, [Dense(units=64), Dense(units=64)], 1, seed=0)
        (folder / "model").write_bytes(create_model(prepared, net).to_bytes())
        base = pl.DataFrame({name: rng.normal(size=size) for name in (*names, "y")})

        def make_block(first: int) -> pl.DataFrame:
            count = min(size, rows - first)
            lines = pl.Series(LINE_COLUMN, np.arange(first + 2, first + 2 + count))
            return base.head(count).with_columns(lines)

        pl.concat([make_block(first).lazy() for first in range(0, rows, size)]).sink_parquet(
            table, compression="zstd", compression_level=1, row_group_size=size
        )
        return {}
    model = Model.from_bytes((folder / "model").read_bytes())
    profile = [{"name": name, "type": "numeric"} for name in (*names, "y")]
    files = FolderFileStore(folder / "files")
    times = dict.fromkeys(("reading", "predicting", "writing", "joining"), 0.0)
    cpu, wall = time.process_time(), time.perf_counter()
    keys = [f"batches/b/{number}_1" for number in range(-(-rows // size))]

    def count(name: str, since: float) -> float:
        times[name] += time.process_time() - since
        return time.process_time()

    for number, key in enumerate(keys):
        since = time.process_time()
        frame = read_block(table, model.inputs, profile, number * size, size)
        since = count("reading", since)
        predictions, _ = model.predict(frame, 0)
        since = count("predicting", since)
        cells = read_block_cells(table, [], number * size, size)
        with files.create(key) as out:
            write_block(cells, predictions, out, cast("Any", file_format), is_first=number == 0)
        count("writing", since)
    if file_format == "parquet":
        since = time.process_time()
        with files.create("batches/b/joined") as out:
            join_blocks([folder / "files" / key for key in keys], out)
        count("joining", since)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    shares = {name: seconds / cpu for name, seconds in times.items() if seconds}
    return {"cpu": cpu, "wall": wall, "memory": memory, "shares": shares}


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    sys.exit(main())
