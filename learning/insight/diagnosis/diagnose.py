"""The diagnosis of a training: the findings of all rules, the most severe first."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import numpy as np

from learning.insight.diagnosis import data, generalization, gradient_flow, learning_rate, patches
from learning.insight.diagnosis.findings import SEVERITIES, Finding, Patch
from learning.insight.diagnosis.record import TrainingRecord
from learning.insight.formatting import format_number, format_percent
from learning.insight.verdict import EQUAL_TOLERANCE, describe_baseline, main_error

MIN_WORSE_FACTOR: Final = 1.1
"""A net whose error is more than this many times that of a linear model is worse than by chance."""

RULES: Final[tuple[Callable[[TrainingRecord], Iterator[Finding]], ...]] = (
    learning_rate.diverging,
    data.target_leakage,
    data.id_column,
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

CAUSES: Final = frozenset(
    {
        "learning_rate_too_high",
        "learning_rate_too_low",
        "exploding_gradients",
        "dying_relu",
        "saturated_units",
        "vanishing_gradients",
        "overfitting",
        "underfitting",
    }
)
"""Findings that explain why a net is no better than its baselines, so that their patch applies."""


def diagnose(record: TrainingRecord) -> list[Finding]:
    """Apply every rule to the record of a training; the most severe finding comes first."""
    with np.errstate(all="ignore"):  # losses may overflow
        findings = [finding for rule in RULES for finding in rule(record)]
        findings += no_better_than_baseline(record, findings)
    return sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))


def no_better_than_baseline(record: TrainingRecord, findings: Sequence[Finding] = ()) -> Iterator[Finding]:
    """The net is no better than a baseline; the patch is that of the cause, if one is among the findings."""
    if (
        record.baselines is None
        or record.best_epoch is None
        or len(record.epochs) < (1 if record.has_ended else learning_rate.MIN_EPOCHS)
    ):
        return
    naive, linear = record.baselines.naive, record.baselines.linear
    balanced = record.spec.class_weights is not None
    errors = [
        main_error(metrics, balanced=balanced) for metrics in (record.best_epoch.metrics, naive.metrics, linear.metrics)
    ]
    if (net := errors[0]) is None or (naive_error := errors[1]) is None or (linear_error := errors[2]) is None:
        return
    is_useless, is_worse = (
        net >= naive_error * (1 - EQUAL_TOLERANCE),
        net > MIN_WORSE_FACTOR * linear_error + 0.005 * naive_error,
    )
    if not (is_useless or is_worse) or not naive_error:
        return
    patch: Patch | None = next((cause.suggested_patch for cause in findings if cause.code in CAUSES), None)
    linear_helps = linear_error < naive_error * (1 - EQUAL_TOLERANCE)
    if patch is None and linear_helps:
        patch = patches.replace_layers(record, ())
    numeric = "rmse" in naive.metrics
    measured = "RMSE of the net:" if numeric else "1 - macro F1 of the net:" if balanced else "Error rate of the net:"
    show = format_number if numeric else format_percent
    yield Finding(
        code="no_better_than_baseline",
        severity="error" if is_useless else "warning",
        title="No better than guessing" if is_useless else "A simpler model does better",
        detail=f"{measured} {show(net)}; {describe_baseline(naive.name)}: {show(naive_error)}; "
        f"{describe_baseline(linear.name)}: {show(linear_error)}.",
        advice="Fix the problem above first."
        if patch is not None and patch != patches.replace_layers(record, ())
        else "Start from a net without hidden layers, which is such a model, and add layers only where they help."
        if linear_helps
        else "Linear regression finds nothing either: the columns may not predict the target. Look for better ones."
        if numeric
        else "Logistic regression finds nothing either: the columns may not predict the target. Look for better ones.",
        epochs=(record.best_epoch.epoch,),
        numbers={"net": net, naive.name: naive_error, linear.name: linear_error},
        suggested_patch=patch,
    )
