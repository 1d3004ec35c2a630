"""What can go wrong in learning, as a tree.

LearningError            the job cannot be done as asked
├── ImpossibleTarget     nothing can be learned of this column (one value only, all missing, wrong kind for the task)
├── NoFeatures           no column is left to learn from
├── TooFewRows           not enough rows with a target for the split that was asked for
├── UnusableColumn       a column has a type that cannot be encoded (an image), or is not there
├── Diverged             the loss or the weights became NaN or infinite; carries the epoch
├── TornModel            bytes that are not a whole model
└── TornSnapshot         bytes that are not a whole snapshot of this training
"""

from typing import ClassVar


class LearningError(Exception):
    """The job cannot be done as asked. `advice` says what to do; `slug` names the kind for machines."""

    slug: ClassVar[str] = "learning-failed"

    def __init__(self, detail: str, advice: str = "") -> None:
        super().__init__(f"{detail} {advice}".strip())
        self.detail = detail
        self.advice = advice


class ImpossibleTarget(LearningError):
    """Nothing can be learned of this target column."""

    slug = "impossible-target"


class NoFeatures(LearningError):
    """No column is left to learn from."""

    slug = "no-features"


class TooFewRows(LearningError):
    """Not enough rows with a target for the split that was asked for."""

    slug = "too-few-rows"


class UnusableColumn(LearningError):
    """A column cannot be encoded, or is not there."""

    slug = "unusable-column"


class Diverged(LearningError):
    """The loss or the weights became NaN or infinite in `epoch` (counted from 1)."""

    slug = "diverged"

    def __init__(self, epoch: int, detail: str, advice: str = "") -> None:
        super().__init__(detail, advice)
        self.epoch = epoch


class CorruptModel(LearningError):
    """The bytes are not those of a whole model."""

    slug = "torn-model"


class CorruptCheckpoint(LearningError):
    """The bytes are not those of a whole snapshot, or not of this training's."""

    slug = "torn-snapshot"
