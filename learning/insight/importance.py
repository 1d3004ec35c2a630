"""Which columns a net's answers depend on: how much worse it becomes when a column's values are dealt out anew.

A shuffled column is as often each value as before, and says nothing any more of its row.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.encoding.table import TableEncoder
from learning.insight.eval_sample import EvalSample, reference_loss
from learning.nn.net import NeuralNet
from learning.seeding import rng_for

REPEATS: Final = 5
MIN_ROWS: Final = 100


@dataclass(frozen=True)
class ColumnImportance:
    """How much a column matters.

    Attributes:
        importance: By how much the mean loss grows without it, on average over shuffles; about 0: it does not matter.
        std: How much that differs from shuffle to shuffle.
    """

    column: str
    importance: float
    std: float


@dataclass(frozen=True)
class PermutationImportance:
    """How much each column matters, the most important first, on so many rows."""

    rows: int
    columns: tuple[ColumnImportance, ...]


def compute_importance(
    net: NeuralNet, inputs: TableEncoder, sample: EvalSample, *, max_multiplications: float, seed: int
) -> PermutationImportance:
    """Permutation importance (Breiman 2001; Fisher, Rudin & Dominici 2019), counted in `sample.plain_loss`.

    Args:
        net: The net.
        inputs: How the columns are encoded.
        sample: One row or more; fewer of them are taken, and fewer shuffles, as far as the effort demands it.
        max_multiplications: How many multiplications that may take, about.
        seed: Decides the shuffles.
    """
    slots = inputs.output_columns()
    rows = max_multiplications / (max(len(slots), 1) * net.parameter_count)
    repeats = min(REPEATS, max(1, int(rows / MIN_ROWS)))
    sample = sample.subsample(max(MIN_ROWS, int(rows / repeats)))
    x, before = sample.data.x.copy(), float(sample.losses.mean())
    loss = reference_loss(sample.data)
    targets = loss.targets(sample.data.y, net.dtype)
    found: list[ColumnImportance] = []
    for number, (name, places) in enumerate(slots.items()):
        own = x[:, places]
        grown: NDArray[np.float64] = np.empty(repeats)
        random = rng_for(seed, "importance", number)
        for repeat in range(repeats):
            x[:, places] = own[random.permutation(len(x))]
            grown[repeat] = loss.values(net.forward(x), targets).mean(dtype=np.float64) - before
        x[:, places] = own
        found.append(ColumnImportance(name, float(grown.mean()), float(grown.std())))
    return PermutationImportance(len(sample), tuple(sorted(found, key=lambda column: -column.importance)))
