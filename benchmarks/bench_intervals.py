"""How often intervals and sets hold what comes true: 20 tables made by formulas, five models of each and of each kind.

Each model is asked with `coverage` for 2,000 rows like those it learned from. Over all tables 90 % intervals must hold
88 to 93 %, and no single model less than chance allows: given n rows to rest on, the coverage of the best possible
calibration is a draw of a beta distribution, of which 2,000 rows are a binomial sample; with so many models none
may have a chance below 1 % divided by their number.
"""

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
from intervals.made_tables import TABLES, MadeTable
from numpy.typing import NDArray
from preset_model import train_by_preset

from learning.frame import Frame
from learning.tasks.conformal import NoCoverage
from learning.tasks.conformal_rank import find_rank
from learning.training.recipe import Preset

TEST_ROWS: Final = 2000
LEVEL: Final = 0.9
BARS: Final = (0.88, 0.93)
CHANCE: Final = 0.01
DRAWS: Final = 200_000


@dataclass(frozen=True)
class Subject:
    """What is measured: a preset, and a share of test rows."""

    name: str
    preset: Preset
    test: float = 0.0


SUBJECTS: Final = (
    Subject("five nets, out of fold", "balanced"),
    Subject("one net, validation rows", "fast"),
    Subject("one net, test rows", "fast", 0.2),
)


@dataclass(frozen=True)
class Measure:
    """One model: the coverage of its test rows, the mean width or size, and the rows that its promise rests on."""

    table: str
    seed: int
    subject: str
    rows: int
    covered: float
    size: float
    chance: float
    """How probable it is that the best possible calibration covers no more of these test rows."""


def main() -> None:
    """Print the figures, and fail where a bar is missed."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--seeds", type=int, default=5, help="how many models of each table")
    arguments.add_argument("--tables", help="these tables, between commas")
    arguments.add_argument("--json", type=Path, help="the file for all results")
    given = arguments.parse_args()
    names = given.tables.split(",") if given.tables else [table.name for table in TABLES]
    tables = [table for table in TABLES if table.name in names]
    found: list[Measure] = []
    print(f"{'table':22}" + "".join(f"{subject.name:>28}" for subject in SUBJECTS))
    for table in tables:
        line = f"{table.name:22}"
        for subject in SUBJECTS:
            own = [each for seed in range(given.seeds) if (each := measure(table, subject, seed)) is not None]
            found += own
            told = f"{np.mean([each.covered for each in own]):.1%} by {own[0].rows} rows" if own else "refused"
            line += f"{told:>28}"
        print(line, flush=True)
    held = [_judge(subject, [each for each in found if each.subject == subject.name]) for subject in SUBJECTS]
    if given.json is not None:
        given.json.write_text(json.dumps([vars(each) for each in found], indent=1) + "\n")
    sys.exit(not all(held))


def measure(table: MadeTable, subject: Subject, seed: int) -> Measure | None:
    """Learn a table, and measure the intervals or sets of other rows; None if the model refuses them."""
    learned, test = table.read(seed, TEST_ROWS)
    task = "classification" if table.classes else "regression"
    model = train_by_preset(learned, "y", subject.preset, seed=seed, task=task, test=subject.test)
    try:
        predictions, _ = model.predict(test, coverage=LEVEL)
    except NoCoverage:
        return None
    bounds = predictions.bounds
    if bounds is None:
        raise RuntimeError("a model without intervals")
    covered, size = _judge_rows(bounds, predictions.labels, test)
    rows = model.header.calibration.rows
    share = float(covered.mean())
    return Measure(table.name, seed, subject.name, rows, share, size, find_chance(rows, int(covered.sum())))


def _judge_rows(bounds: NDArray[Any], labels: tuple[str, ...], test: Frame) -> tuple[NDArray[np.bool_], float]:
    """Whether each row's interval or set holds its target, and their mean width in deviations of it, or size."""
    cells = [test.column("y").cell(row) for row in range(test.rows)]
    if labels:
        numbers = np.array([labels.index(str(cell)) for cell in cells])
        return bounds[np.arange(test.rows), numbers], float(bounds.sum(axis=1).mean())
    targets = np.array(cells, np.float64)
    covered = (bounds[:, 0] <= targets) & (targets <= bounds[:, 1])
    return covered, float((bounds[:, 1] - bounds[:, 0]).mean() / targets.std())


def find_chance(rows: int, covered: int) -> float:
    """The probability that, calibrated by so many rows, no more test rows are covered, by a beta-binomial sample."""
    random, rank = np.random.default_rng(0), find_rank(rows, LEVEL)
    counts = random.binomial(TEST_ROWS, random.beta(rank, rows + 1 - rank, DRAWS))
    return float((counts <= covered).mean())


def _judge(subject: Subject, found: list[Measure]) -> bool:
    """Print what came of a subject; whether its bars hold."""
    shares = np.array([each.covered for each in found])
    least = min(found, key=lambda each: each.chance)
    too_few = [each for each in found if each.chance < CHANCE / len(found)]
    holds = BARS[0] <= shares.mean() <= BARS[1] and not too_few
    print(
        f"\n{subject.name}: {shares.mean():.1%} of {LEVEL:.0%} covered (bar {BARS[0]:.0%} to {BARS[1]:.0%}), single "
        f"models {shares.min():.1%} to {shares.max():.1%}; {len(too_few)} of {len(found)} below chance (bar 0), the "
        f"least probable {least.covered:.1%} of '{least.table}', seed {least.seed}, by {least.rows} rows: "
        f"{least.chance:.2%}: {'holds' if holds else 'MISSED'}"
    )
    return bool(holds)


if __name__ == "__main__":
    main()
