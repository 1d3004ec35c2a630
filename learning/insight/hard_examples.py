"""The rows that a net gets most wrong, those that it is least sure of, and those whose label may itself be the mistake.

Whoever looks at twenty of them learns more of the data than from any curve: a typing error, two words for one thing, a
column that is missing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from learning.data.arrays import ArrayDataset
from learning.encoding.targets import ClassTarget, Target
from learning.insight.eval_sample import EvalSample, SplitName, evenly_spaced
from learning.insight.label_errors import normalized_margins, score_class_labels, score_numeric_targets, top_two_margins
from learning.insight.neighbours import find_nearest

Kind = Literal["worst", "uncertain", "suspect_label"]
KINDS: Final[tuple[Kind, ...]] = ("worst", "uncertain", "suspect_label")

MAX_HARD_EXAMPLES: Final = 100
COMPARED_NEIGHBOURS: Final = 10
SHOWN_NEIGHBOURS: Final = 3
MAX_PROBABILITIES: Final = 20

MAX_REFERENCE_ROWS: Final = 50_000
MIN_REFERENCE_ROWS: Final = 1000
MAX_REFERENCE_CELLS: Final = 2**23
PAIR_MULTIPLICATIONS: Final = 100
"""To find the nearest costs for each pair of rows about as much as so many multiplications, besides those of the
distance."""


@dataclass(frozen=True)
class Neighbour:
    """A training row that is like another row: its place among the training rows, and how far it is."""

    index: int
    distance: float


@dataclass(frozen=True)
class RowPrediction:
    """What a net says of a row; all but the prediction are None for a number.

    Attributes:
        predicted: The class, or the number in the target's units.
        confidence: The probability of the class.
        probabilities: Of the most probable classes, at most twenty, the most probable first.
    """

    predicted: str | float
    confidence: float | None = None
    probabilities: dict[str, float] | None = None


@dataclass(frozen=True)
class HardExample:
    """A row to look at.

    Attributes:
        kind: Why it is one to look at.
        part: Which part it is of.
        place: Its place there.
        score: How much it is one; the largest are the first of their kind.
        loss: See `sample.plain_loss`.
        said: What the net says of it.
        nearest: The training rows that are most like it.
    """

    kind: Kind
    split: SplitName
    index: int
    score: float
    loss: float
    prediction: RowPrediction
    nearest: tuple[Neighbour, ...]


def find_hard_examples(
    samples: Sequence[EvalSample],
    train: ArrayDataset,
    target: Target,
    *,
    max_multiplications: float,
    max_rows: int = MAX_HARD_EXAMPLES,
) -> list[HardExample]:
    """The rows to look at, at most `max_rows` of each kind and part, the first of each first.

    - worst: those with the largest loss.
    - uncertain: where the two most probable classes are nearest to each other (margin sampling, Scheffer et al. 2001);
      for a number, where the targets of the nearest training rows differ most.
    - suspect_label: where the net and the nearest training rows speak against the target (`suspicion`).

    Args:
        samples: The parts' rows that were looked at.
        train: All training rows; the nearest are found among at most 50,000 of them.
        target: How the target is encoded.
        max_multiplications: How many multiplications the search for the nearest may take, about.
        max_rows: How many of each kind and part.
    """
    samples = [sample for sample in samples if len(sample)]
    pairs = max_multiplications / (train.width + PAIR_MULTIPLICATIONS)
    to_show = len(KINDS) * max_rows * len(samples)
    affordable = max(MIN_REFERENCE_ROWS, int(pairs / max(to_show, 1)))
    chosen = evenly_spaced(len(train), min(affordable, MAX_REFERENCE_ROWS, MAX_REFERENCE_CELLS // max(train.width, 1)))
    known = _ReferenceRows(chosen, train.x[chosen], train.y[chosen])
    asked = pairs / max(len(chosen), 1) / max(sum(map(len, samples)), 1)  # the share of rows that can be asked about
    return [
        mistake
        for sample in samples
        for mistake in _find_in_sample(sample, known, target, max(max_rows, int(asked * len(sample))), max_rows)
    ]


@dataclass(frozen=True)
class _ReferenceRows:
    """The training rows among which the nearest are looked for: their places, inputs and answers."""

    indices: NDArray[np.intp]
    x: NDArray[np.floating]
    y: NDArray[np.floating] | NDArray[np.int64]

    def find_own(self, sample: EvalSample, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        """Which of the known rows each of these rows of a sample is itself; -1: none (rows,)."""
        if sample.split != "train":
            return np.full(len(rows), -1)
        places = sample.indices[rows]
        at = np.minimum(np.searchsorted(self.indices, places), len(self.indices) - 1)
        return np.where(self.indices[at] == places, at, -1)


def _find_in_sample(
    sample: EvalSample, known: _ReferenceRows, output: Target, asked: int, most: int
) -> list[HardExample]:
    """The rows of one part; labels are suspected among the `asked` rows of which the net itself doubts the target."""
    classes = output.classes if isinstance(output, ClassTarget) else None
    doubt = sample.losses if classes is None else -normalized_margins(sample)
    unsure = doubt if classes is None else -top_two_margins(sample)
    rows = np.unique(np.concatenate([_top_rows(doubt, asked), _top_rows(sample.losses, most), _top_rows(unsure, most)]))
    close, distances = find_nearest(sample.data.x[rows], known.x, COMPARED_NEIGHBOURS, known.find_own(sample, rows))
    if not close.size:
        return []
    if classes is None:
        answers = known.y[close, 0].astype(np.float64)
        unsure, suspicion = answers.std(axis=1), score_numeric_targets(sample, rows, answers)
    else:
        unsure, suspicion = unsure[rows], score_class_labels(sample, rows, known.y[close])
    scores: dict[Kind, NDArray[np.float64]] = {
        "worst": sample.losses[rows],
        "uncertain": unsure,
        "suspect_label": suspicion,
    }
    orders: dict[Kind, list[int]] = {
        kind: [at for at in _top_rows(score, most).tolist() if kind != "suspect_label" or score[at] > 0]
        for kind, score in scores.items()
    }
    shown = sorted({at for order in orders.values() for at in order})
    said = dict(zip(shown, _describe_predictions(sample, rows[shown], output), strict=True))
    return [
        HardExample(
            kind=kind,
            split=sample.split,
            index=int(sample.indices[rows[at]]),
            score=float(scores[kind][at]),
            loss=float(sample.losses[rows[at]]),
            prediction=said[at],
            nearest=tuple(map(Neighbour, known.indices[close[at, :SHOWN_NEIGHBOURS]].tolist(), distances[at].tolist())),
        )
        for kind, order in orders.items()
        for at in order
    ]


def _top_rows(scores: NDArray[np.float64], count: int) -> NDArray[np.intp]:
    """The rows with the highest scores, the highest first; of equal ones the first of the table."""
    if not 0 < count < len(scores) or np.isnan(scores).any():
        return np.argsort(-scores, kind="stable")[: max(count, 0)]
    least = -np.partition(-scores, count - 1)[count - 1]
    high = np.flatnonzero(scores >= least)
    return high[np.argsort(-scores[high], kind="stable")][:count]


def _describe_predictions(sample: EvalSample, rows: NDArray[np.intp], output: Target) -> list[RowPrediction]:
    if not isinstance(output, ClassTarget):
        return [RowPrediction(value) for value in output.decode(sample.logits[rows]).tolist()]
    shares = sample.probabilities[rows]
    order = np.argsort(-shares, axis=1, kind="stable")[:, :MAX_PROBABILITIES]
    ordered: list[list[float]] = np.take_along_axis(shares, order, axis=1).tolist()
    numbers: list[list[int]] = order.tolist()
    return [
        RowPrediction(
            predicted=output.classes[likeliest[0]],
            confidence=likely[0],
            probabilities=dict(zip([output.classes[number] for number in likeliest], likely, strict=True)),
        )
        for likeliest, likely in zip(numbers, ordered, strict=True)
    ]
