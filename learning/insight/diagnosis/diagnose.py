"""The diagnosis of a training: the findings of all rules, the most severe first."""

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np

from learning.insight.diagnosis import (
    comparison,
    data,
    generalization,
    gradient_flow,
    learning_rate,
    relations,
)
from learning.insight.diagnosis.findings import SEVERITIES, Finding
from learning.insight.diagnosis.record import TrainingRecord

RULES: Final[tuple[Callable[[TrainingRecord], Iterator[Finding]], ...]] = (
    learning_rate.diverging,
    relations.copied_rows,
    relations.repeated_groups,
    relations.time_order,
    data.target_leakage,
    data.id_column,
    data.target_outlier,
    learning_rate.learning_rate_too_high,
    learning_rate.learning_rate_too_low,
    gradient_flow.exploding_gradients,
    gradient_flow.dying_relu,
    gradient_flow.saturated_units,
    gradient_flow.vanishing_gradients,
    generalization.overfitting,
    generalization.underfitting,
    data.class_imbalance,
    data.too_few_rows,
    generalization.noisy_validation,
    generalization.plateau,
)
"""Causes before their effects."""

SELECTION_RULES: Final = (generalization.overfitting, generalization.noisy_validation, generalization.plateau)
"""Rules about the loss by which epochs are chosen: where a metric chooses them, it may rise while rankings improve."""

TABLE_RULES: Final = (generalization.underfitting, data.too_few_rows)
"""Rules that count rows of a table, or know how low a loss can be: not where a row is a user."""


def diagnose(record: TrainingRecord) -> list[Finding]:
    """Apply every rule to the record of a training; the most severe finding comes first."""
    with np.errstate(all="ignore"):  # losses may overflow
        unfit = SELECTION_RULES if record.selection_metric is not None else ()
        unfit += TABLE_RULES if record.is_rowless else ()
        rules = [rule for rule in RULES if rule not in unfit]
        findings = [finding for rule in rules for finding in rule(record)]
        findings += comparison.no_better_than_baseline(record, findings)
    return sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))
