"""Ensembles of trained nets: the one net that they become, and what each of them says of rows that it did not see.

These out-of-fold predictions are as honest as those of held-out rows, and where the nets validate on folds there is one
for each row that is no test row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from learning.data.arrays import ArrayDataset
from learning.data.prepare import PreparedData
from learning.encoding.table import TableEncoder
from learning.insight.eval_sample import EvalSample, choose_sample, join_vectors
from learning.nn.ensemble import merge_nets
from learning.nn.net import NeuralNet
from learning.tasks.classification import ClassTarget
from learning.tasks.temperature import fit_temperature


@dataclass(frozen=True)
class Ensemble:
    """Nets that became one.

    Attributes:
        net: The one net, whose logits are the mean of theirs, divided by the temperature.
        prepared: The data as it reads them. If the nets validate on folds, all rows that are no test rows are both
            training and validation rows.
        sample: Validation rows with the logits of nets that did not train on them, divided by the temperature.
        temperature: What makes probabilities as sure as they are right on these rows; 1 for numbers.
    """

    net: NeuralNet
    prepared: PreparedData
    sample: EvalSample
    temperature: float


def create_ensemble(nets: Mapping[int, NeuralNet], prepared: PreparedData) -> Ensemble:
    """Create an ensemble of trained nets.

    Args:
        nets: The nets by their numbers from 0, each of which validated on the fold of that number, or of the rest of
            its division by the number of folds; some may be missing. Without folds, numbers say nothing, as all nets
            validated on the same rows.
        prepared: The table, prepared with `shared_encoding` and `all_folds`.

    Raises:
        ValueError: if the nets differ in their inputs, layers or outputs, or there is no row that one did not see.
        LayerMisfit: if their layers cannot become one.
        TypeError: if they are not of a table.
    """
    if not isinstance(prepared.inputs, TableEncoder):
        raise TypeError("nets of tables alone become one")
    rows, data, folds = prepared.rows, prepared.validation, None
    if rows.folds is not None:
        data, folds = prepared.train, rows.folds[rows.train]
        rows = replace(rows, validation=rows.train)
    by_fold = {0: [*nets.values()]} if folds is None else _group_by_fold(nets, int(folds.max()) + 1)
    unseen = np.arange(len(data)) if folds is None else np.flatnonzero(np.isin(folds, [*by_fold]))
    if not len(unseen):
        raise ValueError("there is no row that a net did not see")
    net = merge_nets([*nets.values()])
    chosen = unseen[choose_sample(net, len(unseen))]
    drawn = data.take(chosen)
    logits = compute_out_of_fold(by_fold, drawn, np.zeros(len(chosen), np.int8) if folds is None else folds[chosen])
    temperature = 1.0
    if isinstance(drawn.target, ClassTarget):
        temperature = fit_temperature(logits, drawn.y, drawn.weights, len(drawn.target.classes))
    logits /= logits.dtype.type(temperature)
    sample = EvalSample("validation", chosen, join_vectors(net, drawn), logits, are_trained=folds is not None)
    inputs = prepared.inputs.repeat_vectors(len(nets))
    return Ensemble(
        net if temperature == 1 else merge_nets([*nets.values()], temperature=temperature),
        replace(prepared, inputs=inputs, validation=data, rows=rows, validation_sample=None),
        sample,
        temperature,
    )


def _group_by_fold(nets: Mapping[int, NeuralNet], folds: int) -> dict[int, list[NeuralNet]]:
    """The nets that validated on each of so many folds."""
    found: dict[int, list[NeuralNet]] = {}
    for number, net in nets.items():
        found.setdefault(number % folds, []).append(net)
    return found


def compute_out_of_fold(
    nets: Mapping[int, Sequence[NeuralNet]], data: ArrayDataset, folds: NDArray[np.integer]
) -> NDArray[np.floating]:
    """Compute the mean logits (rows, outputs) of rows by the nets of the fold of each (rows,), which did not see it."""
    first = next(iter(nets.values()))[0]
    logits: NDArray[np.floating] = np.empty((len(data), first.outputs), first.dtype)
    for fold, own_nets in nets.items():
        own = np.flatnonzero(folds == fold)
        arrays = data.take(own).arrays
        logits[own] = np.mean([net.forward(*arrays) for net in own_nets], axis=0)
    return logits
