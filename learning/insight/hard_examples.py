"""Hard examples: rows with the largest loss, rows the net is least certain of, and suspected label errors.

Twenty of them often show more of the data than any curve: a typing error, two words for one thing, a missing column.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from learning.data.arrays import ArrayDataset
from learning.insight.eval_sample import EvalSample, SplitName, evenly_spaced, join_vectors
from learning.insight.neighbours import find_nearest
from learning.nn.net import NeuralNet
from learning.tasks.predictions import RowPrediction
from learning.tasks.task import Capability, Target

Kind = Literal["worst", "uncertain", "suspect_label"]
KINDS: Final[tuple[Kind, ...]] = ("worst", "uncertain", "suspect_label")

NEEDS: Final[frozenset[Capability]] = frozenset({"table_rows"})

MAX_HARD_EXAMPLES: Final = 100
COMPARED_NEIGHBOURS: Final = 10
SHOWN_NEIGHBOURS: Final = 3

MAX_REFERENCE_ROWS: Final = 50_000
MIN_REFERENCE_ROWS: Final = 1000
MAX_REFERENCE_CELLS: Final = 2**23
PAIR_MULTIPLICATIONS: Final = 100
"""The cost of a pair of rows in the neighbour search, beside the multiplications of its distance."""


@dataclass(frozen=True)
class Neighbour:
    """One of the nearest training rows: its index among them, and its distance."""

    index: int
    distance: float


@dataclass(frozen=True)
class HardExample:
    """A row to look at: its index in a split, its score among its kind, its reference loss, its nearest neighbours.

    `column` is the number of the target that the prediction is of: of several the one for which the row is here.
    """

    kind: Kind
    split: SplitName
    index: int
    score: float
    loss: float
    column: int
    prediction: RowPrediction
    nearest: tuple[Neighbour, ...]


def find_hard_examples(
    samples: Sequence[EvalSample],
    train: ArrayDataset,
    net: NeuralNet,
    *,
    max_multiplications: float,
    max_rows: int = MAX_HARD_EXAMPLES,
) -> list[HardExample]:
    """The rows to look at, at most `max_rows` of each kind and split, by falling score.

    - worst: those with the largest loss.
    - uncertain: where the margin of the two most probable classes is smallest (margin sampling, Scheffer et al. 2001);
      for numbers, where the targets of the nearest training rows differ most.
    - suspect_label: where the net and the nearest training rows contradict a target (`label_errors`).

    Args:
        samples: Rows of the splits.
        train: All training rows; neighbours are found among at most 50,000 of them.
        net: The net, whose joined values are compared.
        max_multiplications: About how many multiplications the search for neighbours may take.
        max_rows: How many of each kind and split.
    """
    samples = [sample for sample in samples if len(sample)]
    pairs = max_multiplications / (net.inputs + PAIR_MULTIPLICATIONS)
    affordable = max(MIN_REFERENCE_ROWS, int(pairs / max(len(KINDS) * max_rows * len(samples), 1)))
    rows = evenly_spaced(len(train), min(affordable, MAX_REFERENCE_ROWS, MAX_REFERENCE_CELLS // max(net.inputs, 1)))
    joined, target = join_vectors(net, train.take(rows)), train.target
    reference = _ReferenceRows(rows, joined.x, joined.y)
    share = pairs / max(len(rows), 1) / max(sum(map(len, samples)), 1)  # of rows whose neighbours can be found
    return [
        example
        for sample in samples
        for example in _find_in_sample(sample, reference, target, max(max_rows, int(share * len(sample))), max_rows)
    ]


@dataclass(frozen=True)
class _ReferenceRows:
    """The training rows among which neighbours are found: their indices, inputs and targets."""

    indices: NDArray[np.intp]
    x: NDArray[np.floating]
    y: NDArray[np.floating] | NDArray[np.int64]

    def find_own(self, sample: EvalSample, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        """The index of each sampled row among these rows; -1 if it is none of them (rows,)."""
        if not sample.are_trained:
            return np.full(len(rows), -1)
        indices = sample.indices[rows]
        own = np.minimum(np.searchsorted(self.indices, indices), len(self.indices) - 1)
        return np.where(self.indices[own] == indices, own, -1)


def _find_in_sample(
    sample: EvalSample, reference: _ReferenceRows, target: Target, max_suspects: int, max_rows: int
) -> list[HardExample]:
    """The hard examples of one split; label errors are searched among its `max_suspects` least probable targets."""
    improbability, uncertainty = target.find_doubts(sample.logits, sample.data.y, sample.losses)
    candidates = (
        _top_rows(improbability, max_suspects),
        _top_rows(sample.losses, max_rows),
        _top_rows(uncertainty, max_rows),
    )
    rows = np.unique(np.concatenate(candidates))
    own = reference.find_own(sample, rows)
    nearest, distances = find_nearest(sample.data.x[rows], reference.x, COMPARED_NEIGHBOURS, own)
    if not nearest.size:
        return []
    logits, y, losses = sample.logits[rows], sample.data.y[rows], sample.losses[rows]
    uncertainty, suspicions = target.score_beside_neighbours(
        logits, y, reference.y[nearest], are_trained=sample.split == "train"
    )
    suspicion, off = suspicions.max(axis=1), target.find_errors(logits, y).argmax(axis=1)
    columns: dict[Kind, NDArray[np.intp]] = {"worst": off, "uncertain": off, "suspect_label": suspicions.argmax(axis=1)}
    scores: dict[Kind, NDArray[np.float64]] = {"worst": losses, "uncertain": uncertainty, "suspect_label": suspicion}
    orders: dict[Kind, list[int]] = {
        kind: [i for i in _top_rows(score, max_rows).tolist() if kind != "suspect_label" or score[i] > 0]
        for kind, score in scores.items()
    }
    shown = sorted({(i, int(columns[kind][i])) for kind, order in orders.items() for i in order})
    described = target.describe_rows(logits[[i for i, _ in shown]], np.array([column for _, column in shown], np.intp))
    predictions = dict(zip(shown, described, strict=True))
    neighbours = reference.indices[nearest[:, :SHOWN_NEIGHBOURS]]
    return [
        HardExample(
            kind=kind,
            split=sample.split,
            index=int(sample.indices[rows[i]]),
            score=float(scores[kind][i]),
            loss=float(losses[i]),
            column=(column := int(columns[kind][i])),
            prediction=predictions[i, column],
            nearest=tuple(map(Neighbour, neighbours[i].tolist(), distances[i].tolist())),
        )
        for kind, order in orders.items()
        for i in order
    ]


def _top_rows(scores: NDArray[np.float64], count: int) -> NDArray[np.intp]:
    """The rows with the highest scores, the highest first; of equal ones the first of the table."""
    if not 0 < count < len(scores) or np.isnan(scores).any():
        return np.argsort(-scores, kind="stable")[: max(count, 0)]
    least = -np.partition(-scores, count - 1)[count - 1]
    high = np.flatnonzero(scores >= least)
    return high[np.argsort(-scores[high], kind="stable")][:count]
