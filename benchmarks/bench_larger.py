"""Training on a table more than twice as large as the memory limit of training, sorted by its target.

    .venv/bin/python benchmarks/bench_larger.py

Writes 15 million rows of 28 numbers as Parquet, all rows of one class before those of the other, which is the worst
order to learn from. Trains on them twice, each time in a process of its own: as a worker does whose trainer may take
800 MB (GRADUS_TRAINER_MEMORY_BYTES), and with all memory and every epoch shuffled as a whole. Prints time, memory, and
what was learned. Memory is what belongs to the process alone (RssAnon), without pages of files, which the system keeps
or takes back as it likes. The limit counts what was asked for (VmData), touched or not: some 200 MB more,
for the stacks of the table library's threads. Exit status 0 only if the first kept to its limit, and learned as much.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
import polars as pl

from learning.data import shuffle
from learning.data.prepare import prepare
from learning.nn.layers import Dense
from learning.nn.net import NeuralNet
from learning.training.estimate import MAX_ROWS_MEMORY_SHARE
from learning.training.spec import TrainingSpec
from learning.training.trainer import Epoch, Trainer
from process import memory
from tables import load_table
from worker.training.row_storage import ArrayAllocator

ROWS = 15_000_000
COLUMNS = 28
AT_ONCE = 2**17
LIMIT = 800_000_000
EPOCHS = 2
RESULT = Path("benchmarks/results/larger.json")
MAX_METRIC_LOSS = 0.002
"""The largest loss of accuracy by the shuffle in windows: on a million validation rows, chance alone makes 0.0004."""


def main() -> int:
    """Measure, print, and judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--folder", type=Path, help="where there is room for the table; by default, the system's own")
    parser.add_argument("--limit", type=int, help="train in this process, with so many bytes of memory; 0: with all")
    options = parser.parse_args()
    if options.limit is not None:
        json.dump(train(options.folder, options.limit), sys.stdout)
        return 0
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        write(folder / "table.parquet", options.rows)
        file = (folder / "table.parquet").stat().st_size
        print(f"{options.rows:,} by {COLUMNS}: {file / 1e6:,.0f} MB of Parquet, ", end="")
        print(f"{options.rows * COLUMNS * 4 / 1e6:,.0f} MB encoded, sorted by target, {EPOCHS} epochs")
        within, whole = (run_in_process(folder, limit) for limit in (LIMIT, 0))
    for what, found in ((f"within {LIMIT / 1e6:.0f} MB", within), ("all in memory", whole)):
        print(
            f"  {what}: {found['most'] / 1e6:6,.0f} MB of {found['asked'] / 1e6:,.0f} MB asked for; "
            f"prepared in {found['prepare']:5.1f} s, an epoch in {found['epoch']:5.1f} s; validation loss "
            f"{found['loss']:.4f}, accuracy {found['accuracy']:.4f} of {found['validation']:,} rows"
        )
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps({"within": within, "whole": whole}, indent=1) + "\n")
    return 0 if within["most"] <= LIMIT and within["accuracy"] >= whole["accuracy"] - MAX_METRIC_LOSS else 1


def run_in_process(folder: Path, limit: int) -> dict[str, float]:
    """The measurements of a process of its own."""
    command = [sys.executable, __file__, "--folder", str(folder), "--limit", str(limit)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def train(folder: Path, limit: int) -> dict[str, float]:
    """Prepare and train as a worker does."""
    if limit:
        memory.limit_memory(limit)
    else:
        shuffle.MAX_WINDOW_BYTES = shuffle.MAX_WINDOW_ROWS = 2**62
    watch = Watch()
    path = folder / "table.parquet"
    names = pl.scan_parquet(path).collect_schema().names()
    profile = [{"name": name, "type": "boolean" if name == "y" else "numeric"} for name in names]
    began = time.perf_counter()
    space = ArrayAllocator(folder, int(MAX_ROWS_MEMORY_SHARE * (limit or 2**62)))
    prepared = prepare(load_table(path, None, profile), target="y", allocate=space)
    ready = time.perf_counter()
    net = NeuralNet(prepared.inputs.net_inputs, [Dense(units=64), Dense(units=64)], 1, seed=0)
    spec = TrainingSpec(epochs=EPOCHS, batch_size=1024, early_stopping=None)
    trainer = Trainer(net, prepared.train, prepared.validation, spec)
    last = [moment for moment in trainer.run() if isinstance(moment, Epoch)][-1]
    return {
        "prepare": ready - began,
        "epoch": (time.perf_counter() - ready) / EPOCHS,
        "loss": last.validation_loss or 0.0,
        "accuracy": last.metrics["accuracy"],
        "validation": len(prepared.validation),
        "most": watch.most["RssAnon"],
        "asked": watch.most["VmData"],
    }


class Watch:
    """Looks a hundred times a second how much memory belongs to this process alone, and how much it asked for."""

    def __init__(self) -> None:
        self.most = {"RssAnon": 0, "VmData": 0}
        threading.Thread(target=self._look, daemon=True).start()

    def _look(self) -> None:
        while True:
            status = Path("/proc/self/status").read_text()
            for name, kb in re.findall(r"(RssAnon|VmData):\s+(\d+) kB", status):
                self.most[name] = max(self.most[name], int(kb) * 1024)
            time.sleep(0.01)


def write(path: Path, rows: int) -> None:
    """Write the table a piece at a time."""
    names = [f"x{i}" for i in range(COLUMNS)]

    def pieces(*_: object) -> Iterator[pl.DataFrame]:
        random = np.random.default_rng(0)
        for start in range(0, rows, AT_ONCE):
            many = min(AT_ONCE, rows - start)
            x = random.integers(-1024, 1024, (3 * many, COLUMNS), np.int16) / 512
            score = np.sin(2 * x[:, :4]).sum(axis=1) + x[:, 4] * x[:, 5] + 0.5 * random.standard_normal(len(x))
            second = start >= rows // 2
            frame = pl.DataFrame(x[(score > 0) == second][:many], schema=names, orient="row")
            yield frame.with_columns(y=np.full(many, second))

    schema = dict.fromkeys(names, pl.Float64()) | {"y": pl.Boolean()}
    source = pl.io.plugins.register_io_source(pieces, schema=schema)
    source.sink_parquet(path, compression="zstd", compression_level=1, row_group_size=AT_ONCE)


if __name__ == "__main__":
    sys.exit(main())
