"""Estimates of a training's parameters, memory and time before it begins, so that too large jobs fail at once."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from learning.data.batches import choose_block_rows
from learning.nn.image_plan import choose_slice_rows, split_evenly
from learning.nn.layers import Layer, place_net
from learning.nn.layers.inputs import NetInputs, to_net_inputs
from learning.nn.token_plan import choose_window_rows, count_scores

BYTES_PER_PARAMETER = 11 * 4
"""float32 for a parameter, its gradient, best value, decay, two moments of Adam, scratch, value before the last step,
and value and gradient in the layer monitor."""

BYTES_PER_TABLE_PARAMETER = 5 * 4
"""float32 for a number of an embedding's table, its best value, two moments of Adam, and a copy to be stored."""

BYTES_PER_VALUE = 6 * 4
"""float32 for each neuron's output, its gradient, and the memory of activation and dropout."""

BYTES_PER_IMAGE_VALUE = 9 * 4
"""float32 for each value of a picture before, between and behind its layers: the value, its gradient, and the memory of
patches, products, pooling, norms and activations."""

BYTES_PER_ROW = 96
"""The target, weight and index of a training row, and the memory of its metrics."""

MAX_ROWS_MEMORY_SHARE = 0.25
"""Maximum share of a trainer's memory for encoded rows; if they need more, they are in a file."""

BYTES_PER_ROW_IN_FILE = 8
BYTES_BESIDE_FILE = 2**28
"""Memory of rows in a file: target and weight of each, and what is read, evaluated and shuffled at once."""

SECONDS_PER_BATCH = 20e-6
SECONDS_PER_BATCH_AND_LAYER = 8e-6
SECONDS_PER_BATCH_AND_PARAMETER = 2.5e-9
SECONDS_PER_MULTIPLICATION = 4e-11
SECONDS_PER_VALUE = 1.5e-9
"""Measured on one core of a common server of 2023; another machine may be twice as fast or half."""


@dataclass(frozen=True)
class Estimate:
    """The estimated cost of a training.

    Attributes:
        parameters: Weights and biases.
        memory_bytes: Maximum memory, without that of the program itself.
        seconds_per_epoch: Time of one pass over the training rows, roughly.
    """

    parameters: int
    memory_bytes: int
    seconds_per_epoch: float


def estimate_training(
    inputs: int | NetInputs,
    outputs: int,
    layers: Sequence[Layer],
    rows: int,
    batch_size: int,
    *,
    memory_bytes: float = math.inf,
) -> Estimate:
    """Estimate the training of a net with `inputs`, hidden `layers` and `outputs` on this number of rows.

    With `memory_bytes` of memory, rows may have to be in a file.

    Raises:
        LayerMisfit: if a layer does not fit what comes before it.
    """
    placed_net = place_net(inputs, layers, outputs)
    placed = [leaf for layer in placed_net.layers for leaf in layer.leaves()]
    learners = [layer for layer in placed if layer.stretch.stop > layer.stretch.start]
    parameters, products, net_inputs = placed_net.parameters, placed_net.products, to_net_inputs(inputs)
    width = sum(spec.words for spec in net_inputs.list_specs(np.float32))
    batch, values = min(batch_size, rows), net_inputs.width + sum(math.prod(layer.output_shape) for layer in learners)
    seen = [leaf for layer in placed_net.image for leaf in layer.leaves()]
    image_values = sum(math.prod(leaf.output_shape) for leaf in seen if leaf in learners)
    passed_values = sum(math.prod(leaf.output_shape) for leaf in seen)
    if net_inputs.image is not None:
        passed_values += math.prod(net_inputs.image.shape)
    window_rows, window_values, row_outputs, tokens = 0, 0, outputs, net_inputs.tokens
    if tokens is not None:
        widest = max(math.prod(leaf.output_shape) for leaf in placed)
        window_rows, window_values = choose_window_rows(tokens, widest), values
        row_outputs = count_scores(tokens)
    block = min(choose_block_rows(width, products, batch), rows)
    memory = rows * (BYTES_PER_ROW + 4 * (width + 2 * row_outputs))
    if rows * 4 * width > MAX_ROWS_MEMORY_SHARE * memory_bytes:
        memory = min(memory, rows * BYTES_PER_ROW_IN_FILE + BYTES_BESIDE_FILE)
    memory += block * 4 * (2 * width + 3 * row_outputs)
    memory += BYTES_PER_TABLE_PARAMETER * net_inputs.table_parameters + BYTES_PER_PARAMETER * parameters
    memory += BYTES_PER_VALUE * batch * (values - image_values - window_values)
    memory += BYTES_PER_VALUE * min(batch, window_rows) * window_values
    # slices of each size have memory of their own, also those of the last batch
    batches = [split_evenly(each, choose_slice_rows(placed_net.image)) for each in (batch, rows % batch)]
    slice_rows = sum(sum({stop - start for start, stop in bounds}) for bounds in batches)
    memory += BYTES_PER_IMAGE_VALUE * slice_rows * passed_values
    seconds = -(-rows // batch) * (
        SECONDS_PER_BATCH
        + SECONDS_PER_BATCH_AND_LAYER * (len(learners) + 1)
        + SECONDS_PER_BATCH_AND_PARAMETER * parameters
    )
    seconds += rows * (SECONDS_PER_MULTIPLICATION * 3 * products + SECONDS_PER_VALUE * values)
    return Estimate(parameters + net_inputs.table_parameters, memory, seconds)
