"""A finding: one problem of a training, with its evidence, advice, and a patch of the spec that can be run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Severity = Literal["error", "warning", "info"]
SEVERITIES: Final[tuple[Severity, ...]] = ("error", "warning", "info")
"""The most severe first."""

FindingCode = Literal[
    "diverging",
    "learning_rate_too_high",
    "learning_rate_too_low",
    "vanishing_gradients",
    "exploding_gradients",
    "dying_relu",
    "saturated_units",
    "overfitting",
    "underfitting",
    "plateau",
    "noisy_validation",
    "class_imbalance",
    "target_leakage",
    "id_column",
    "copied_rows",
    "repeated_groups",
    "time_order",
    "target_outlier",
    "too_few_rows",
    "no_better_than_baseline",
]

Patch = dict[str, Any]
"""A JSON merge patch (RFC 7396) of a job's spec: null removes a field, which then has its default."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One problem of a training.

    Attributes:
        epochs: The epochs that show it.
        numbers: The figures that show it, by name.
        suggested_patch: The change of the spec; None where no spec can help.
    """

    code: FindingCode
    severity: Severity
    title: str
    detail: str
    advice: str
    epochs: Sequence[int] = ()
    numbers: Mapping[str, float] = field(default_factory=dict[str, float])
    suggested_patch: Patch | None = None
