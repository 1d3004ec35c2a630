"""What a training will take, before it begins: parameters, memory and time.

It tells a person who asks too much so at once, with numbers, instead of an hour later.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from learning.data.batches import choose_block_rows
from learning.nn.layers import Dense, Layer, count_parameters

BYTES_PER_PARAMETER = 11 * 4
"""A parameter in float32, and as much for its gradient, best value, decay, two moments of Adam, scratch, its value
before the last step, and its value and gradient where the net is watched."""

BYTES_PER_VALUE = 6 * 4
"""What flows between layers in float32: a neuron's output, its error, and the activation's and dropout's own memory."""

BYTES_PER_ROW = 96
"""The target, weight and place in the order of a row to learn from, and what its metrics are computed with."""

MAX_ROWS_MEMORY_SHARE = 0.25
"""How much of a trainer's memory encoded rows may take; if they need more, they lie in a file."""

BYTES_PER_ROW_IN_FILE = 8
BYTES_BESIDE_FILE = 2**28
"""What stays in memory of rows in a file: target and weight of each, and what is read, watched and shuffled at once."""

SECONDS_PER_BATCH = 20e-6
SECONDS_PER_BATCH_AND_LAYER = 8e-6
SECONDS_PER_BATCH_AND_PARAMETER = 2.5e-9
SECONDS_PER_MULTIPLICATION = 4e-11
SECONDS_PER_VALUE = 1.5e-9
"""Measured on one core of a common server of 2023; another machine may be twice as fast or half."""


@dataclass(frozen=True)
class Estimate:
    """What a training will take.

    Attributes:
        parameters: How many weights and biases the net has.
        memory_bytes: How much memory training takes at most, with the rows that lie in it, beside the program itself.
        seconds_per_epoch: How long one pass over the training rows takes, roughly.
    """

    parameters: int
    memory_bytes: int
    seconds_per_epoch: float


def estimate_training(  # noqa: PLR0917 - the shape of a training
    width: int, outputs: int, layers: Sequence[Layer], rows: int, batch_size: int, memory_bytes: float = math.inf
) -> Estimate:
    """Estimate the training of a net with `width` inputs, hidden `layers` and `outputs` on so many rows.

    With no more than `memory_bytes` of memory, rows may have to lie in a file.
    """
    units = [width, *(layer.units for layer in layers if isinstance(layer, Dense)), outputs]
    parameters = count_parameters(width, layers, outputs)
    batch, values = min(batch_size, rows), sum(units)
    block = min(choose_block_rows(width, parameters, batch), rows)
    memory = rows * (BYTES_PER_ROW + 4 * (width + 2 * outputs))
    if rows * 4 * width > MAX_ROWS_MEMORY_SHARE * memory_bytes:
        memory = min(memory, rows * BYTES_PER_ROW_IN_FILE + BYTES_BESIDE_FILE)
    memory += block * 4 * (2 * width + 3 * outputs)
    memory += BYTES_PER_PARAMETER * parameters + BYTES_PER_VALUE * batch * values
    seconds = -(-rows // batch) * (
        SECONDS_PER_BATCH + SECONDS_PER_BATCH_AND_LAYER * len(units) + SECONDS_PER_BATCH_AND_PARAMETER * parameters
    )
    seconds += rows * (SECONDS_PER_MULTIPLICATION * 3 * parameters + SECONDS_PER_VALUE * values)
    return Estimate(parameters, memory, seconds)
