"""Profile of a training step: matrix products, other operations, weight updates and overhead.

    .bench/bin/python benchmarks/training/step.py small-256

Trains a case by one hand and times every operation of its plan. Of each, the fastest tenth of the times counts, so that
what else the machine did is left out. What timing itself takes is timed with an operation that does nothing.
"""

import argparse
import os
import sys
import time
from collections import defaultdict
from functools import partial
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as a worker has it, before NumPy loads
sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np
from by_gradus import trainer_for
from cases import CASES, rows

from learning.nn.plan import Operation
from learning.optim import optimizer
from learning.training import train_step
from learning.training.parallel import start_steps
from learning.training.trainer import Trainer

BLOCKS = 30


class Stopwatch:
    """Runs operations as a step does, and keeps how long each of them took."""

    def __init__(self) -> None:
        self.seconds: dict[tuple[int, str], list[float]] = defaultdict(list)

    def run(self, operations: list[Operation]) -> None:
        """Make the calls, one after the other."""
        for number, operation in enumerate(operations):
            began = time.perf_counter()
            operation()
            took = time.perf_counter() - began
            self.seconds[number, getattr(getattr(operation, "func", operation), "__name__", "?")].append(took)

    def microseconds(self) -> dict[tuple[int, str], float]:
        """The seconds of each operation, undisturbed."""
        return {key: 1e6 * float(np.quantile(times, 0.1)) for key, times in self.seconds.items()}


def blocks(trainer: Trainer) -> float:
    """Train some blocks; the microseconds of a step in the fastest of them."""
    work, steps, fastest = trainer.state, trainer.block_rows // trainer.state.batch_size, float("inf")
    starts = range(0, len(work.rows) - trainer.block_rows + 1, trainer.block_rows)
    with start_steps(work, 1) as step:
        for number in range(BLOCKS):
            began = time.perf_counter()
            step.run_block(1 + number // len(starts), starts[number % len(starts)], 0.001)
            fastest = min(fastest, time.perf_counter() - began)
    return 1e6 * fastest / steps


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("case", choices=CASES)
    case = CASES[parser.parse_args().case]
    whole = blocks(trainer_for(case, *rows(case), cores=1))
    step, move, nothing = Stopwatch(), Stopwatch(), Stopwatch()
    train_step.execute, optimizer.execute = step.run, move.run
    blocks(trainer_for(case, *rows(case), cores=1))
    nothing.run([partial(max, 1, 2)] * 10_000)
    overhead = 1e6 * float(np.quantile([times[0] for times in nothing.seconds.values()], 0.1))
    operations = {key: took - overhead for key, took in step.microseconds().items()}
    products = sum(took for (_, name), took in operations.items() if name == "dot")
    moving = sum(took - overhead for took in move.microseconds().values())
    others = sum(operations.values()) - products
    print(f"{case.name}: a step takes {whole:.1f} us by one hand, in the fastest of {BLOCKS} blocks")
    print(f"  {products:8.1f} us  matrix products")
    print(f"  {others:8.1f} us  other operations, forward and back")
    print(f"  {moving:8.1f} us  Adam")
    print(f"  {whole - products - others - moving:8.1f} us  rows fetched, losses, and calls around them")


if __name__ == "__main__":
    main()
