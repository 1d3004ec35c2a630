"""Permutation importance: how much the loss of a net grows when the values of a column are shuffled."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.encoding.table import TableEncoder
from learning.insight.eval_sample import EvalSample, reference_loss
from learning.nn.input_shifts import InputShifts
from learning.nn.net import NeuralNet
from learning.seeding import rng_for
from learning.tasks.task import Capability

NEEDS: Final[frozenset[Capability]] = frozenset({"table_rows"})

REPEATS: Final = 5
MIN_ROWS: Final = 100


@dataclass(frozen=True)
class ColumnImportance:
    """The growth of the mean loss when a column is shuffled: mean and standard deviation over the shuffles."""

    column: str
    importance: float
    std: float


@dataclass(frozen=True)
class PermutationImportance:
    """The importance of each column, the most important first, and the rows it was measured on."""

    rows: int
    columns: tuple[ColumnImportance, ...]


def compute_importance(
    net: NeuralNet, inputs: TableEncoder, sample: EvalSample, *, max_multiplications: float, seed: int
) -> PermutationImportance:
    """Permutation importance (Breiman 2001; Fisher, Rudin & Dominici 2019) in the reference loss, with row weights.

    Rows and shuffles are fewer where all would take more than about `max_multiplications`.
    """
    slots = inputs.output_columns(net.inputs)
    rows = max_multiplications / (max(len(slots), 1) * net.layer_parameter_count)
    repeats = min(REPEATS, max(1, int(rows / MIN_ROWS)))
    sample = sample.subsample(max(MIN_ROWS, int(rows / repeats)))
    x, weights = net.join(*sample.data.arrays), sample.data.weights
    shifts = InputShifts(net, x)
    before = float(np.average(sample.losses, weights=weights))
    loss = reference_loss(sample.data)
    targets = loss.targets(sample.data.y, net.dtype)
    columns: list[ColumnImportance] = []
    for number, (name, places) in enumerate(slots.items()):
        own = x[:, places]
        growth: NDArray[np.float64] = np.empty(repeats)
        random = rng_for(seed, "importance", number)
        for repeat in range(repeats):
            logits = shifts.forward(places, own[random.permutation(len(x))])
            values = loss.values(logits, targets).astype(np.float64)
            growth[repeat] = np.average(values, weights=weights) - before
        columns.append(ColumnImportance(name, float(growth.mean()), float(growth.std())))
    return PermutationImportance(len(sample), tuple(sorted(columns, key=lambda column: -column.importance)))
