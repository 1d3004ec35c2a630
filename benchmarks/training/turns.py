"""Protocol of a training benchmark process: each turn is a line of JSON in and a line of JSON out.

Each contestant lives in a process of its own, so that no library's threads or memory stand in another's way.
"""

import json
import sys
import time
from collections.abc import Callable

import numpy as np
from cases import CASES, Case, rows

Train = Callable[[Case, np.ndarray, np.ndarray, int], Callable[[], list[float]]]
"""Makes ready to train on x and y with so many threads; what it returns trains, and returns each epoch's loss."""


def take_turns(train: Train) -> None:
    """Train whenever asked to: `{"case", "threads"}` is answered with `{"seconds", "losses"}`, seconds per epoch."""
    kept: tuple[str, np.ndarray, np.ndarray] | None = None
    for line in sys.stdin:
        asked = json.loads(line)
        case = CASES[asked["case"]]
        if kept is None or kept[0] != case.name:
            kept = (case.name, *rows(case))
        ready = train(case, kept[1], kept[2], asked["threads"])
        start = time.perf_counter()
        losses = ready()
        seconds = (time.perf_counter() - start) / case.epochs
        print(json.dumps({"seconds": seconds, "losses": losses}), flush=True)
