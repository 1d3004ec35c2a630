"""Properties: columns that say the same of an item, or of a user, in all rows.

Filters compare those of items. By both, what training never saw is predicted: a linear map leads from properties to
what was learned of the others (Gantner et al. 2010, "Learning attribute-to-feature mappings for cold-start
recommendations").
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.errors import UnusableColumn
from learning.packing import unpack_array
from learning.spelling import cut_name, list_names, suggest_name

MAX_FEATURES: Final = 512
MAX_CELLS: Final = 2**24
"""The maximum features times items or users."""
MIN_ROWS_PER_CATEGORY: Final = 4
"""A column with fewer items or users a category, such as a title, tells nothing of others."""
PENALTY: Final = 1.0
"""L2 penalty of a map's weights but for the constant, in units of rows."""


@dataclass(frozen=True, kw_only=True)
class Property:
    """A column of the table that says the same of an item, or of a user, in all its rows.

    Attributes:
        categories: Its values, as texts; empty where they are numbers.
        values: Packed: for each item the number of its category, int32, -1 where missing; or its number, float64.
    """

    name: str
    categories: tuple[str, ...]
    values: str

    def read(self, count: int) -> NDArray[np.int32] | NDArray[np.float64]:
        """The category number, or the number, of each of so many items or users (count,).

        Raises:
            ValueError: there are not as many.
        """
        return unpack_array(self.values, np.int32 if self.categories else np.float64, count)


class Features:
    """Properties as numbers: one for each category, and standardised numbers; 0 where missing, and last a constant 1.

    Args:
        properties: The properties.
        count: The number of items or users.
        most: The maximum number of features; properties that are beyond it are not taken.

    Attributes:
        matrix: The features of each item or user, float64 (count, features + 1).
    """

    def __init__(self, properties: Sequence[Property], count: int, most: int = MAX_FEATURES) -> None:
        self.names = [each.name for each in properties]
        self._columns: dict[str, tuple[Property, float, float, int]] = {}
        parts: list[NDArray[np.float64]] = []
        width, most = 0, min(most, MAX_CELLS // max(count, 1))
        for each in properties:
            size = len(each.categories) or 1
            if width + size > most or (size > 1 and size * MIN_ROWS_PER_CATEGORY > count):
                continue
            values, mean, deviation = each.read(count), 0.0, 1.0
            if each.categories:
                part = (values[:, None] == np.arange(size)).astype(np.float64)
            else:
                present = values[np.isfinite(values)].astype(np.float64)
                if not len(present) or not (deviation := float(present.std())):
                    continue
                mean = float(present.mean())
                part = np.nan_to_num((values.astype(np.float64) - mean) / deviation, posinf=0.0, neginf=0.0)[:, None]
            self._columns[each.name] = each, mean, deviation, width
            parts.append(part)
            width += size
        self.matrix = np.concatenate([*parts, np.ones((count, 1))], axis=1)

    def __len__(self) -> int:
        return self.matrix.shape[1] - 1

    def encode(self, cells: Mapping[str, str | float]) -> NDArray[np.float64]:
        """The features of somebody, or of something, with these cells (features + 1,); unknown categories are missing.

        Raises:
            UnusableColumn: there is no such column, or its cell is no number where it has to be.
        """
        found = np.zeros(self.matrix.shape[1])
        found[-1] = 1.0
        for name, cell in cells.items():
            if name not in self.names:
                near = suggest_name(name, self.names)
                raise UnusableColumn(
                    f"There is no column '{cut_name(name)}' that says the same of a user in all rows.",
                    f"Did you mean '{cut_name(near)}'?" if near else f"There are: {list_names(self.names) or 'none'}.",
                )
            if name not in self._columns:
                continue
            column, mean, deviation, start = self._columns[name]
            if column.categories:
                if str(cell) in column.categories:
                    found[start + column.categories.index(str(cell))] = 1.0
                continue
            try:
                found[start] = (float(cell) - mean) / deviation
            except ValueError as fault:
                raise UnusableColumn(f"The column '{cut_name(name)}' holds numbers.", "Give one.") from fault
        return np.nan_to_num(found, posinf=0.0, neginf=0.0)


def fit_map(
    x: NDArray[np.float64], products: NDArray[np.floating], weights: NDArray[np.floating]
) -> NDArray[np.float64]:
    """The linear map (features + 1, values) of least squares with an L2 penalty.

    Args:
        x: The features of each row (rows, features + 1), the last of which is 1.
        products: The weighted sums of features times what they lead to, x^T diag(weights) y (features + 1, values).
        weights: How much each row counts (rows,).
    """
    gram: NDArray[np.float64] = (x * weights[:, None]).T @ x
    gram[np.diag_indices(len(gram) - 1)] += PENALTY
    gram[-1, -1] += 1e-9  # there may be no rows
    return np.asarray(np.linalg.solve(gram, products.astype(np.float64)), np.float64)


def predict_rows(
    features: Features, known: NDArray[np.bool_], weights: NDArray[np.floating], values: NDArray[np.floating]
) -> NDArray[np.float64]:
    """What the properties of those not `known` (rows,) lead to (unknown, n), by `values` of the others (rows, n)."""
    counted = np.where(known, weights, 0.0)
    found = fit_map(features.matrix, (features.matrix * counted[:, None]).T @ values, counted)
    return features.matrix[~known] @ found
