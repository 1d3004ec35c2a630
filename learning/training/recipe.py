"""Recipes for tables: hyperparameters by the number of rows and columns, each with its reason in a sentence.

They were chosen by experiment on some twenty tables; docs/quality.md has the figures, by halves of the tables.
"""

import math
from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple

from learning.encoding.embedding_spec import EmbeddingSpec
from learning.encoding.numeric_spec import MIN_BINS, ROWS_PER_BIN, NumericSpec
from learning.nn.layers import Dense
from learning.optim import Adam

Preset = Literal["fast", "balanced", "best"]

PRESETS: Final[Mapping[Preset, str]] = {
    "fast": "One small net on standardised numbers: the least time.",
    "balanced": "Ten nets, or five where rows are many, each validated on a fold of its own, become one model. Numbers "
    "and dates get bins, the nets smooth activations, and batches fit the rows: more accurate on most tables, in "
    "several times the time.",
    "best": "As balanced, of twice as many nets, in twice its time: on average no worse, and seldom much better.",
}
"""Each preset in a sentence or two; each takes more time than those before it."""

DEFAULT_PRESET: Final[Preset] = "balanced"

MAX_BIN_CELLS: Final = 2**27
"""The most cells that bins of all columns have in all training rows: half a GiB."""

BINS_PER_ROW: Final = 4
"""The most bins of all columns for each training row: of thousands of columns they take long, and gain nothing."""

ROWS_PER_DIMENSION: Final = 10
"""Training rows that a value has on average for each number of its vector: of fewer, a net learns it by heart."""

MIN_BATCH: Final = 32
MAX_BATCH: Final = 256
BATCHES_PER_EPOCH: Final = 64
"""Batches are doubled as long as an epoch has at least so many of them."""

UNITS: Final = 64

NETS: Final = 5
"""Of more than three nets each adds little; five folds keep as many rows for validation as one split."""

NETS_OF_FEW_ROWS: Final = 10
"""Nets of few rows differ more, so that more of them add something; each learns from nine tenths of the rows."""

MAX_ROWS_OF_MANY_NETS: Final = 20_000
"""Of more training rows, each net takes long."""

MAX_PARAMETERS_OF_NETS: Final = 2**20
"""The most weights of all nets of a table together: each is moved in every step, and each net encodes all columns."""

MIN_ROWS_OF_NETS: Final = 50
"""Fewer training rows are too few for folds."""

TIMES_OF_BEST: Final = 2
"""The preset best trains so many times the nets of balanced."""

RECIPE_FIELDS: Final = ("nets", "numeric", "embedding", "layers", "batch_size", "optimizer")
"""The fields of a `TrainingSpec` that a preset chooses."""


NO_NUMBERS: Final = "No bins: there is no column of numbers or dates."


class Choice(NamedTuple):
    """A hyperparameter that was chosen, and why."""

    value: Any
    reason: str


def choose_recipe(preset: Preset, rows: int, numbers: int, most_values: int = 0) -> dict[str, Choice]:
    """The fields of a `TrainingSpec` that a preset chooses.

    Args:
        preset: The preset.
        rows: The training rows.
        numbers: The columns that may get bins.
        most_values: The values of the column with the most of those with embeddings; 0: their length stays as it is.
    """
    if preset == "fast":
        return {}
    batch = choose_batch_size(rows)
    rate = float(f"{Adam().learning_rate * math.sqrt(batch / MIN_BATCH):.3g}")
    return {
        "nets": choose_nets(rows, preset),
        "numeric": choose_bins(rows, numbers),
        **({"embedding": choose_dimensions(rows, most_values)} if most_values else {}),
        "layers": Choice(
            [Dense(units=UNITS, activation="silu")] * 2, f"Twice {UNITS} neurons with silu, which bends smoothly."
        ),
        "batch_size": Choice(batch, f"{batch} for {rows:,} training rows, so that an epoch has steps enough."),
        "optimizer": Choice(Adam(learning_rate=rate), f"{rate:g}, which goes with batches of {batch}."),
    }


def choose_nets(rows: int, preset: Preset = DEFAULT_PRESET) -> Choice:
    """How many nets become one model."""
    if rows < MIN_ROWS_OF_NETS:
        return Choice(1, f"1 for {rows:,} training rows: folds of so few rows would tell little.")
    is_few = rows <= MAX_ROWS_OF_MANY_NETS
    nets = count_times(preset) * (NETS_OF_FEW_ROWS if is_few else NETS)
    why = "nets of few rows differ, and their mean is right more often" if is_few else "more would take long"
    return Choice(nets, f"{nets} for {rows:,} training rows, each validated on one fold: {why}.")


def limit_nets(nets: Choice, parameters: int, preset: Preset = DEFAULT_PRESET) -> Choice:
    """So many nets, or fewer where each has many parameters, as of thousands of columns."""
    most = max(count_times(preset) * MAX_PARAMETERS_OF_NETS // max(parameters, 1), 1)
    if nets.value <= most:
        return nets
    return Choice(most, f"{most} of {parameters:,} weights each: more would take long.")


def count_times(preset: Preset) -> int:
    """How many times the nets of balanced a preset of several nets trains."""
    return TIMES_OF_BEST if preset == "best" else 1


def choose_bins(rows: int, numbers: int) -> Choice:
    """How many bins each of so many columns of numbers or dates gets."""
    wanted = NumericSpec(bins="auto").count_bins(rows)
    fitting, useful = MAX_BIN_CELLS // max(rows * numbers, 1), BINS_PER_ROW * rows // max(numbers, 1)
    bins = min(wanted, fitting, useful) if numbers else 0
    columns = f"{numbers:,} columns of numbers or dates" if numbers > 1 else "the column of numbers or dates"
    why = "would not fit into memory" if fitting <= useful else f"gain nothing of {rows:,} training rows"
    if bins < 2:
        return Choice(NumericSpec(bins=0), f"No bins for {columns}: they {why}." if numbers else NO_NUMBERS)
    if bins < wanted:
        reason = f"{bins} bins for {columns}: more {why}."
    elif bins == MIN_BINS:
        reason = f"{bins} bins for {columns}, the fewest: there are {rows:,} training rows."
    else:
        reason = f"{bins} bins for {columns}: one for every {ROWS_PER_BIN} training rows, up to 64."
    return Choice(NumericSpec(bins=bins), reason)


def choose_dimensions(rows: int, most_values: int) -> Choice:
    """How many numbers the vector of each value has where a column has so many values."""
    most = EmbeddingSpec().dimensions
    dimensions = min(max(rows // (most_values * ROWS_PER_DIMENSION), 1), most)
    reason = (
        f"{dimensions} for each value of columns with up to {most_values:,}: one for every {ROWS_PER_DIMENSION} "
        f"training rows of a value, between 1 and {most}."
    )
    return Choice(EmbeddingSpec(dimensions=dimensions), reason)


def choose_batch_size(rows: int) -> int:
    """The rows of a batch for so many training rows: a power of two."""
    batch = MIN_BATCH
    while batch < MAX_BATCH and 2 * batch * BATCHES_PER_EPOCH <= rows:
        batch *= 2
    return batch
