"""Filters: which items may be recommended, by the columns that say the same of an item in all its rows."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from learning.errors import UnusableColumn
from learning.recommendation.catalogue import Catalogue
from learning.spelling import cut_name, list_names, suggest_name


@dataclass(frozen=True, kw_only=True)
class ItemFilter:
    """What a column of an item has to be: one of some values, and within some bounds if they are numbers."""

    values: tuple[str | float, ...] | None = None
    minimum: float | None = None
    maximum: float | None = None


def match_items(catalogue: Catalogue, filters: Mapping[str, ItemFilter]) -> NDArray[np.bool_]:
    """Which items match all filters (items,); one whose cell is missing does not.

    Raises:
        UnusableColumn: an item has no such column, or the bounds are of a column that has no numbers.
    """
    matches: NDArray[np.bool_] = np.ones(len(catalogue), np.bool_)
    for name, wanted in filters.items():
        column = catalogue.find_property(name)
        if column is None:
            names = [each.name for each in catalogue.properties]
            near = suggest_name(name, names)
            raise UnusableColumn(
                f"The items have no column '{cut_name(name)}' to filter by.",
                f"Did you mean '{cut_name(near)}'?" if near else f"There are: {list_names(names) or 'none'}.",
            )
        values, categories = column
        if categories:
            if wanted.minimum is not None or wanted.maximum is not None:
                raise UnusableColumn(
                    f"The column '{cut_name(name)}' holds no numbers, so that it has no bounds.", "Name its values."
                )
            is_chosen: NDArray[np.bool_] = np.zeros(len(categories) + 1, np.bool_)  # the last is of missing cells
            is_chosen[[categories[value] for each in wanted.values or () if (value := str(each)) in categories]] = True
            matches &= is_chosen[values.astype(np.intp)]
            continue
        matches[np.isnan(values)] = False
        if wanted.values is not None:
            matches[~np.isin(values, [float(value) for value in wanted.values if is_number(value)])] = False
        low = -np.inf if wanted.minimum is None else wanted.minimum
        high = np.inf if wanted.maximum is None else wanted.maximum
        matches[(values < low) | (values > high)] = False
    return matches


def is_number(value: str | float) -> bool:
    """Whether a value of a filter can be compared with numbers."""
    try:
        float(value)
    except ValueError:
        return False
    return True
