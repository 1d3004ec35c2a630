"""Errors of learning: what about a job, its data or its bytes cannot be."""

from typing import ClassVar


class LearningError(Exception):
    """The job cannot be done as specified. `advice` says what to do; `slug` names the kind for machines."""

    slug: ClassVar[str] = "learning-failed"

    def __init__(self, detail: str, advice: str = "") -> None:
        super().__init__(f"{detail} {advice}".strip())
        self.detail = detail
        self.advice = advice


class ImpossibleTarget(LearningError):
    """The target cannot be learned: one value only, all missing, or the wrong kind for the task."""

    slug = "impossible-target"


class NoFeatures(LearningError):
    """There are no features: no column that can be encoded tells rows apart."""

    slug = "no-features"


class TooFewRows(LearningError):
    """There are not enough rows with a target for the split."""

    slug = "too-few-rows"


class UnusableSplit(LearningError):
    """The rows cannot be split by the column that the split names."""

    slug = "unusable-split"


class UnusableColumn(LearningError):
    """A column cannot be encoded, or does not exist."""

    slug = "unusable-column"


class LayerMisfit(LearningError):
    """A layer cannot take what the one before it makes.

    Attributes:
        reason: What it does with what it gets, as the rest of a sentence that begins with the layer.
        remedy: What to do, as a part of a sentence.
        place: Where it is among the layers, such as `2` or `2/layers/0`.
    """

    slug = "layer-misfit"

    def __init__(self, reason: str, remedy: str, place: str = "") -> None:
        super().__init__(f"The layer layers/{place} {reason}.", f"{remedy[:1].upper()}{remedy[1:]}.")
        self.reason, self.remedy, self.place = reason, remedy, place


class Diverged(LearningError):
    """The loss or the weights became NaN or infinite in `epoch` (counted from 1)."""

    slug = "diverged"

    def __init__(self, epoch: int, detail: str, advice: str = "") -> None:
        super().__init__(detail, advice)
        self.epoch = epoch


class NotForTask(LearningError):
    """What was asked for does not apply to models of this task."""

    slug = "not-for-task"


class NotExportable(LearningError):
    """A model cannot be written in a format."""

    slug = "not-exportable"


class CorruptModel(LearningError):
    """The bytes are not a complete model."""

    slug = "torn-model"


class CorruptCheckpoint(LearningError):
    """The bytes are not a complete checkpoint of this training."""

    slug = "torn-snapshot"
