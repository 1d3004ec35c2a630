"""Seconds per epoch of training in Gradus, scikit-learn and PyTorch, side by side: `make bench`.

The contestants are processes of their own that take turns, so that what else the machine does strikes all of them;
ratios are the medians over the turns. Every rival runs with the number of threads that is fastest for it in a first
turn. The bars are those that any processor can be asked for: a share of its own roofline, which is the time of the bare
matrix products, and a ratio to PyTorch on the same cores. The exit status is 0 only if all hold and the losses agree.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent / "training"
sys.path.insert(0, str(HERE))

from cases import CASES, RIVALS, Case  # noqa: E402 - the contestants import it in the same way
from serving.quiet import QuietMeasurer  # noqa: E402

SCRIPTS = {
    "Gradus": ["by_gradus.py"],
    "scikit-learn": ["by_scikit_learn.py"],
    "PyTorch, by hand": ["by_torch.py", "by-hand"],
    "PyTorch, DataLoader": ["by_torch.py", "with-loader"],
    "products alone": ["products.py"],
}
TORCH = "PyTorch, by hand"
SAME_FIRST, SAME_LATER = 1e-3, 1e-2
"""The largest relative difference of the first epoch's loss, and of later ones, from PyTorch's on the same rows in
the same order: after hundreds of steps, rounding alone makes the weights differ."""


ENVIRONMENT = {**os.environ, "PYTHONPATH": str(HERE.parent.parent)}


class Contestant:
    """A process that trains when it is its turn."""

    def __init__(self, name: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, HERE / SCRIPTS[name][0], *SCRIPTS[name][1:]],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=ENVIRONMENT,
        )

    def turn(self, case: Case, threads: int) -> dict:
        """Train a case; return the seconds per epoch and each epoch's loss."""
        self.begin(case, threads)
        return self.end(case)

    def begin(self, case: Case, threads: int) -> None:
        """Begin to train a case."""
        self.process.stdin.write(json.dumps({"case": case.name, "threads": threads}) + "\n")
        self.process.stdin.flush()

    def end(self, case: Case) -> dict:
        """Wait until it is trained; return the seconds per epoch and each epoch's loss."""
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f"{self.process.args[1]} ended in the case {case.name}.")
        return json.loads(answer)

    def close(self) -> None:
        """Let it end."""
        self.process.stdin.close()
        self.process.wait()


def second_core() -> float:
    """Return how many times as much two processes multiply at once as one does alone: 2 if each has a core of its own.

    Virtual machines are often given two threads of one core, and told that these were two cores.
    """
    case, pair = CASES["small-256"], [Contestant("products alone") for _ in range(2)]
    alone, both = [], []
    for _ in range(7):
        alone.append(pair[0].turn(case, 1)["seconds"])
        for contestant in pair:
            contestant.begin(case, 1)
        both.append(statistics.mean(contestant.end(case)["seconds"] for contestant in pair))
    for contestant in pair:
        contestant.close()
    return 2 * statistics.median(alone) / statistics.median(both)


def race(case: Case, turns: int, cores: int, quiet: QuietMeasurer) -> dict:
    """Let all contestants train a case in turn, each turn on a quiet host; return the seconds, ratios and losses."""
    contestants = {name: Contestant(name) for name in SCRIPTS}
    threads: dict[str, int] = {}
    for name, contestant in contestants.items():
        choices = [cores] if name == "Gradus" else range(1, cores + 1)
        first = {count: contestant.turn(case, count)["seconds"] for count in choices}
        threads[name] = min(first, key=first.__getitem__)

    def turn() -> dict[str, dict]:
        return {name: contestant.turn(case, threads[name]) for name, contestant in contestants.items()}

    taken = [quiet.measure(turn) for _ in range(turns)]
    for contestant in contestants.values():
        contestant.close()
    seconds = {name: [turn[name]["seconds"] for turn in taken] for name in SCRIPTS}
    ours = seconds["Gradus"]
    return {
        "case": case.name,
        "threads": threads,
        "seconds": seconds,
        "ratios": {
            rival: statistics.median(theirs / mine for theirs, mine in zip(seconds[rival], ours, strict=True))
            for rival in RIVALS
        },
        "bars": {"roofline": case.min_roofline, TORCH: case.min_torch_ratio},
        "roofline": statistics.median(
            least / mine for least, mine in zip(seconds["products alone"], ours, strict=True)
        ),
        "losses": {name: taken[-1][name]["losses"] for name in ("Gradus", *RIVALS)},
    }


def faults(found: dict) -> list[str]:
    """Return the bars that are missed, and whether the loss curve differs from PyTorch's."""
    missed, bars = [], found["bars"]
    if found["roofline"] < bars["roofline"]:
        missed.append(f"{found['case']}: {found['roofline']:.0%} of the roofline, not {bars['roofline']:.0%}")
    if found["ratios"][TORCH] < bars[TORCH]:
        missed.append(f"{found['case']}: {found['ratios'][TORCH]:.2f} times as fast as {TORCH}, not {bars[TORCH]}")
    ours, theirs = (np.array(found["losses"][name]) for name in ("Gradus", TORCH))
    apart = np.abs(ours / theirs - 1)
    if not (apart[0] <= SAME_FIRST and (apart <= SAME_LATER).all()):
        missed.append(f"{found['case']}: the losses are not PyTorch's")
    return missed


def show(found: dict) -> None:
    """Print the row of the table for a case."""
    median = {name: statistics.median(values) for name, values in found["seconds"].items()}
    bars = {TORCH: f", bar {found['bars'][TORCH]}"}
    cells = [f"{median[rival]:.3f} ({found['ratios'][rival]:.1f} times{bars.get(rival, '')})" for rival in RIVALS]
    roofline = f"{found['roofline']:.0%}, bar {found['bars']['roofline']:.0%}"
    print(f"| {found['case']} | {median['Gradus']:.4f} | {' | '.join(cells)} | {roofline} |", flush=True)
    for name, losses in found["losses"].items():
        print(f"    losses of {name}: {' '.join(f'{loss:.5f}' for loss in losses)}", file=sys.stderr)


def processor() -> str:
    """Return the name of this machine's processor."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def main() -> int:
    """Race, print, keep, judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--json", type=Path, default=Path("benchmarks/results/training.json"))
    options = parser.parse_args()
    cores = min(len(os.sched_getaffinity(0)), 2)
    machine = f"{processor()}, {cores} cores"
    print(f"Seconds per epoch, medians of {options.turns} turns, on {machine}; in brackets the ratio to Gradus.\n")
    print(f"| case | Gradus | {' | '.join(RIVALS)} | share of the roofline |\n|{' --- |' * 6}")
    found, quiet = [], QuietMeasurer()
    for name in options.cases:
        found.append(race(CASES[name], options.turns, cores, quiet))
        show(found[-1])
    worth = second_core()
    print(f"\nTwo processes that multiply at once get {worth:.2f} times as much done as one alone.")
    print(f"Of the host: {quiet.describe()}.")
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps({"machine": machine, "second_core": worth, "cases": found}, indent=1) + "\n")
    wrong = [fault for case in found for fault in faults(case)]
    print("\n" + ("\n".join(wrong) if wrong else "Every bar holds."))
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
