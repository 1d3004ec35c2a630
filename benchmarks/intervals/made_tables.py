"""Tables of numbers and of classes made by formulas, with errors of many kinds, as many rows as one likes.

Friedman's three functions are those of his MARS (1991). The others have one difficulty each: errors that grow, that
are rare and large, skewed or in steps; few rows; categories; cells that are missing; classes that overlap, are rare,
many, or wrongly labelled.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning.frame import CategoricalColumn, Frame, NumericColumn

Draw = np.random.Generator
Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class MadeTable:
    """A table: how many rows are learned from, and what draws rows: columns, integers as categories, and the target."""

    name: str
    rows: int
    draw: Callable[[Draw, int], tuple[Columns, NDArray[Any]]]
    classes: int = 0

    def read(self, seed: int, test_rows: int) -> tuple[Frame, Frame]:
        """Rows to learn from, and others like them."""
        random = np.random.default_rng([seed, *self.name.encode()])
        columns, target = self.draw(random, self.rows + test_rows)
        frame = Frame(
            {**{name: _create_column(values) for name, values in columns.items()}, "y": self._create_target(target)},
            self.rows + test_rows,
        )
        return frame.slice(0, self.rows), frame.slice(self.rows, frame.rows)

    def _create_target(self, target: NDArray[Any]) -> NumericColumn | CategoricalColumn:
        if not self.classes:
            return NumericColumn(target.astype(np.float64))
        return CategoricalColumn(target.astype(np.int32), tuple([f"class {number}" for number in range(self.classes)]))


def _create_column(values: NDArray[Any]) -> NumericColumn | CategoricalColumn:
    if values.dtype.kind == "f":
        return NumericColumn(values)
    return CategoricalColumn(values.astype(np.int32), tuple([f"level {number}" for number in range(values.max() + 1)]))


def _uniform(random: Draw, rows: int, count: int, low: float = 0.0, high: float = 1.0) -> tuple[Columns, NDArray[Any]]:
    x = random.uniform(low, high, (rows, count))
    return {f"x{place}": x[:, place].copy() for place in range(count)}, x


def _friedman1(random: Draw, rows: int) -> tuple[Columns, NDArray[Any]]:
    columns, x = _uniform(random, rows, 10)
    y = 10 * np.sin(np.pi * x[:, 0] * x[:, 1]) + 20 * (x[:, 2] - 0.5) ** 2 + 10 * x[:, 3] + 5 * x[:, 4]
    return columns, y + 2 * random.normal(size=rows)


def _friedman_parts(random: Draw, rows: int) -> tuple[Columns, NDArray[Any], NDArray[Any]]:
    columns, u = _uniform(random, rows, 4)
    low, high = np.array([0, 40 * np.pi, 0, 1]), np.array([100, 560 * np.pi, 1, 11])
    x = low + u * (high - low)
    inner = x[:, 1] * x[:, 2] - 1 / (x[:, 1] * x[:, 3])
    return {name: x[:, place].copy() for place, name in enumerate(columns)}, x[:, 0], inner


def _friedman2(random: Draw, rows: int) -> tuple[Columns, NDArray[Any]]:
    columns, first, inner = _friedman_parts(random, rows)
    return columns, np.hypot(first, inner) + 125 * random.normal(size=rows)


def _friedman3(random: Draw, rows: int) -> tuple[Columns, NDArray[Any]]:
    columns, first, inner = _friedman_parts(random, rows)
    return columns, np.arctan(inner / first) + 0.1 * random.normal(size=rows)


def _growing_errors(random: Draw, rows: int) -> tuple[Columns, NDArray[Any]]:
    columns, x = _uniform(random, rows, 4)
    return columns, 5 * x[:, 0] + np.sin(6 * x[:, 1]) + (0.1 + 2 * x[:, 2]) * random.normal(size=rows)


def _heavy(random: Draw, rows: int) -> tuple[Columns, NDArray[Any]]:
    columns, x = _uniform(random, rows, 5, -1.0, 1.0)
    return columns, x @ np.arange(1.0, 6.0) + random.standard_t(2.5, rows)


def _prices(random: Draw, rows: int) -> tuple[Columns, NDArray[Any]]:
    columns, x = _uniform(random, rows, 5)
    return columns, np.exp(10 + 1.5 * x[:, 0] + x[:, 1] * x[:, 2] + 0.3 * random.normal(size=rows))


def _counts(random: Draw, rows: int) -> tuple[Columns, NDArray[Any]]:
    columns, x = _uniform(random, rows, 4)
    return columns, random.poisson(np.exp(2.5 * x[:, 0] + x[:, 1])).astype(np.float64)


def _small(random: Draw, rows: int) -> tuple[Columns, NDArray[Any]]:
    x = random.normal(size=(rows, 10))
    return {f"x{place}": x[:, place].copy() for place in range(10)}, x @ np.linspace(2, 0, 10) + random.normal(
        size=rows
    )


def _levels(random: Draw, rows: int) -> tuple[Columns, NDArray[Any]]:
    codes, numbers = random.integers(0, 40, rows), random.uniform(size=rows)
    effects = np.random.default_rng(1).normal(size=40)
    return {"level": codes, "x": numbers}, 2 * effects[codes] * (1 + numbers) + random.normal(size=rows)


def _gaps(random: Draw, rows: int) -> tuple[Columns, NDArray[Any]]:
    columns, x = _uniform(random, rows, 6, -1.0, 1.0)
    y = x[:, 0] + 2 * x[:, 1] * x[:, 2] + np.abs(x[:, 3]) + 0.3 * random.normal(size=rows)
    for values in columns.values():
        values[random.random(rows) < 0.15] = np.nan
    return columns, y


def _steps(random: Draw, rows: int) -> tuple[Columns, NDArray[Any]]:
    columns, x = _uniform(random, rows, 3)
    return columns, np.floor(4 * x[:, 0]) * np.where(x[:, 1] > 0.6, 3, -1) + random.laplace(size=rows)


def _whole_numbers(random: Draw, rows: int) -> tuple[Columns, NDArray[Any]]:
    columns, x = _uniform(random, rows, 4)
    return columns, np.round(3 * x[:, 0] + 2 * x[:, 1] ** 2 + 0.8 * random.normal(size=rows))


def _sample(random: Draw, scores: NDArray[Any]) -> NDArray[np.intp]:
    """A class of each row, by the softmax of its scores (rows, classes)."""
    return (scores + random.gumbel(size=scores.shape)).argmax(axis=1)


def _moons(random: Draw, rows: int) -> tuple[Columns, NDArray[Any]]:
    side, angle = random.integers(0, 2, rows), random.uniform(0, np.pi, rows)
    x = np.where(side, 1 - np.cos(angle), np.cos(angle)) + 0.45 * random.normal(size=rows)
    y = np.where(side, 0.5 - np.sin(angle), np.sin(angle)) + 0.45 * random.normal(size=rows)
    return {"a": x, "b": y}, side


def _logits(random: Draw, rows: int) -> tuple[Columns, NDArray[Any]]:
    columns, x = _uniform(random, rows, 8, -1.0, 1.0)
    score = x @ np.linspace(2, -1, 8)
    return columns, _sample(random, np.stack([np.zeros(rows), score], axis=1))


def _rare(random: Draw, rows: int) -> tuple[Columns, NDArray[Any]]:
    columns, x = _uniform(random, rows, 5, -1.0, 1.0)
    return columns, _sample(random, np.stack([np.full(rows, 1.6), 2 * x[:, 0] + 2 * x[:, 1] * x[:, 2]], axis=1))


def _clouds(count: int, spread: float) -> Callable[[Draw, int], tuple[Columns, NDArray[Any]]]:
    def draw(random: Draw, rows: int) -> tuple[Columns, NDArray[Any]]:
        centres = np.random.default_rng(count).normal(size=(count, 6))
        own = random.integers(0, count, rows)
        x = centres[own] + spread * random.normal(size=(rows, 6))
        return {f"x{place}": x[:, place].copy() for place in range(6)}, own

    return draw


def _wrong_labels(random: Draw, rows: int) -> tuple[Columns, NDArray[Any]]:
    columns, own = _clouds(4, 0.7)(random, rows)
    return columns, np.where(random.random(rows) < 0.2, random.integers(0, 4, rows), own)


def _words(random: Draw, rows: int) -> tuple[Columns, NDArray[Any]]:
    first, second = random.integers(0, 12, rows), random.integers(0, 6, rows)
    table = 1.5 * np.random.default_rng(2).normal(size=(12, 6, 4))
    return {"first": first, "second": second}, _sample(random, table[first, second])


TABLES: tuple[MadeTable, ...] = (
    MadeTable("friedman 1", 500, _friedman1),
    MadeTable("friedman 2", 800, _friedman2),
    MadeTable("friedman 3", 800, _friedman3),
    MadeTable("errors that grow", 1000, _growing_errors),
    MadeTable("rare large errors", 600, _heavy),
    MadeTable("prices", 1000, _prices),
    MadeTable("counts", 700, _counts),
    MadeTable("few rows", 150, _small),
    MadeTable("forty levels", 1200, _levels),
    MadeTable("missing cells", 900, _gaps),
    MadeTable("steps", 3000, _steps),
    MadeTable("whole numbers", 400, _whole_numbers),
    MadeTable("two moons", 400, _moons, 2),
    MadeTable("two classes", 1000, _logits, 2),
    MadeTable("a rare class", 1000, _rare, 2),
    MadeTable("five clouds", 800, _clouds(5, 0.9), 5),
    MadeTable("ten clouds", 2000, _clouds(10, 0.8), 10),
    MadeTable("wrong labels", 1000, _wrong_labels, 4),
    MadeTable("few rows, 3 classes", 150, _clouds(3, 1.2), 3),
    MadeTable("words only", 1500, _words, 4),
)
