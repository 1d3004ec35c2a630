"""The main metric of a task: the one by which nets are compared with each other and with baselines."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal


@dataclass(frozen=True, kw_only=True)
class MainMetric:
    """A metric, and how it is told.

    Attributes:
        name: Its name among the metrics.
        claim: What it says of a net, with {} for its value.
        error: What its error is called.
        is_error: Whether it is an error itself; of others the error is 1 minus the metric.
        is_share, has_error_share: Whether the metric, and its error, are told in percent.
        unit: What it was measured on.
    """

    name: str
    claim: str
    error: str
    is_error: bool = False
    is_share: bool = False
    has_error_share: bool = False
    unit: Literal["row", "user", "window"] = "row"

    def read_error(self, metrics: Mapping[str, float | None]) -> float | None:
        """The error among metrics; None if it is not known."""
        value = metrics.get(self.name)
        return value if value is None or self.is_error else 1 - value


RMSE: Final = MainMetric(name="rmse", claim="Typical error (RMSE) {}", error="RMSE", is_error=True)
RATING_RMSE: Final = replace(RMSE, unit="user")
MEAN_R2: Final = MainMetric(name="r2", claim="R² {}, the mean of all targets,", error="1 - R²")
ACCURACY: Final = MainMetric(
    name="accuracy", claim="{} accurate", error="Error rate", is_share=True, has_error_share=True
)
MACRO_F1: Final = MainMetric(
    name="macro_f1",
    claim="Macro F1 {} of 1, every class counting the same,",
    error="1 - macro F1",
    has_error_share=True,
)
RECALL_AT_10: Final = MainMetric(
    name="recall_at_10",
    claim="The first ten recommended have {} of what was chosen",
    error="1 - recall",
    is_share=True,
    has_error_share=True,
    unit="user",
)
BITS_PER_CHARACTER: Final = MainMetric(
    name="bits_per_character",
    claim="{} bits per character",
    error="Bits per character",
    is_error=True,
    unit="window",
)
