"""The reference of a model: the distributions of its inputs and predictions when it was trained.

Later rows are compared with it; it is kept with the model, and needs no row of the training table any more.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Final

import numpy as np
from annotated_types import MaxLen
from numpy.typing import NDArray

from learning.encoding.columns import InputColumn
from learning.frame import Frame
from learning.monitoring.distribution import (
    Distribution,
    count_bins,
    describe_column,
    describe_labels,
    describe_numbers,
    describe_typicality,
)
from learning.monitoring.drift import Drift, measure_drift
from learning.novelty.picture_novelty import PictureNovelty
from learning.tasks import Predictions

MAX_COLUMNS: Final = 1000
"""The most columns that are watched: the first ones."""


@dataclass(frozen=True, kw_only=True)
class Reference:
    """The distributions of what a model gets, and of what it predicts of rows that it did not learn from.

    Attributes:
        inputs: Those of the input columns that can be counted.
        outputs: That of each target.
    """

    inputs: Annotated[tuple[Distribution, ...], MaxLen(MAX_COLUMNS)]
    outputs: Annotated[tuple[Distribution, ...], MaxLen(MAX_COLUMNS)]

    @classmethod
    def fit(
        cls, inputs: Sequence[InputColumn], targets: Sequence[str], frame: Frame, predictions: Predictions
    ) -> "Reference":
        """The distributions of training rows, and of predictions of other rows; pictures are added `with_pictures`.

        Args:
            inputs: The input columns of the model.
            targets: The names of its targets.
            frame: Training rows, with those of these columns that can be read.
            predictions: What is predicted of rows that it did not learn from.
        """
        there = set(frame)
        known = [
            (column, describe_column(column.name, frame.column(column.name)))
            for column in inputs
            if column.name in there
        ]
        found = [each for column, each in known[:MAX_COLUMNS] if each is not None and each.type == column.type]
        return cls(inputs=tuple(found), outputs=_describe_outputs(targets, predictions))

    def with_pictures(self, inputs: Sequence[InputColumn], novelty: PictureNovelty | None) -> "Reference":
        """The same with the typicality of pictures, if the model tells it."""
        if novelty is None:
            return self
        pictures = [column.name for column in inputs if column.type == "image"]
        shown = [describe_typicality(name, novelty.held_out.shape[0]) for name in pictures]
        return replace(self, inputs=(*self.inputs, *shown))

    @property
    def distributions(self) -> tuple[Distribution, ...]:
        """All of them, the inputs first."""
        return (*self.inputs, *self.outputs)

    def assign(self, frame: Frame, predictions: Predictions) -> NDArray[np.uint8]:
        """The bin of each row in each distribution (rows, distributions)."""
        codes = np.empty((frame.rows, len(self.distributions)), np.uint8)
        for place, known in enumerate(self.inputs):
            if known.statistic != "typicality":
                codes[:, place] = known.assign(frame.column(known.name))
            elif predictions.typicality is not None:
                codes[:, place] = known.assign_numbers(predictions.typicality)
            else:
                codes[:, place] = known.missing_bin
        for place, known in enumerate(self.outputs):
            predicted = predictions.list_predicted(place)
            if known.labels is None:
                own = known.assign_numbers(np.array(predicted, np.float64))
            else:
                own = known.assign_labels([str(label) for label in predicted])
            codes[:, len(self.inputs) + place] = own
        return codes


def _describe_outputs(targets: Sequence[str], predictions: Predictions) -> tuple[Distribution, ...]:
    if predictions.labels:
        counts = np.bincount(predictions.choices, minlength=len(predictions.labels)).tolist()
        counted = dict(zip(predictions.labels, map(int, counts), strict=True))
        return (describe_labels(targets[0], "prediction", counted),)
    return tuple(
        [
            describe_numbers(name, "numeric", "prediction", np.array(predictions.list_predicted(place), np.float64))
            for place, name in enumerate(targets)
        ]
    )


def compare_bins(reference: Reference, codes: NDArray[np.uint8]) -> list[tuple[NDArray[np.int64], Drift | None]]:
    """The counts of all bins of recent rows (rows, distributions) in each distribution, and their drift."""
    found: list[tuple[NDArray[np.int64], Drift | None]] = []
    for place, known in enumerate(reference.distributions):
        recent = count_bins(codes[:, place], len(known.counts))
        found.append((recent, measure_drift(np.array(known.counts), recent, len(reference.distributions))))
    return found
