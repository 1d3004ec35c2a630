"""`NumericSpec`: into how many bins a column of numbers is divided, beside its standardised value."""

from dataclasses import dataclass, field
from typing import Annotated, Final, Literal

from annotated_types import Ge, Le

from learning.descriptions import describe

ROWS_PER_BIN: Final = 200
"""Training rows for each bin, where the spec leaves their number open."""

MIN_BINS: Final = 8
MAX_BINS: Final = 64
"""The fewest and the most bins of a column, where the spec leaves their number open."""

FEW_VALUES: Final = 33
"""A column of at most so many different values, such as days of a month or grades, has an edge at each."""

Bins = Literal["auto"] | Annotated[int, Ge(0), Le(256)]


@dataclass(frozen=True, kw_only=True)
class NumericSpec:
    """Numbers: besides its standardised value, one may be encoded by its place among bins of its column."""

    bins: Bins = field(
        default=0,
        metadata=describe(
            "Bins of the piecewise-linear encoding of each column of numbers or dates: a net then learns thresholds "
            "and bends more easily. Their edges are quantiles of the training rows, or, with 8 bins or more, all "
            "values of a column that has at most 33. 0: none; `auto`: one for every 200 "
            "training rows, between 8 and 64."
        ),
    )

    def count_bins(self, rows: int) -> int:
        """The number of bins of each column where there are so many training rows."""
        return min(max(rows // ROWS_PER_BIN, MIN_BINS), MAX_BINS) if self.bins == "auto" else self.bins


def limit_edges(bins: int) -> int:
    """The most different values of a column that are all edges, where other columns get so many bins."""
    return max(bins + 1, FEW_VALUES) if bins >= MIN_BINS else bins + 1


DEFAULT_NUMERIC = NumericSpec()
