"""The diagnosis of a training: the findings of all rules, the most severe first."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from learning.insight.baselines import Baseline
from learning.insight.diagnosis import (
    data,
    generalization,
    gradient_flow,
    learning_rate,
    patches,
    relations,
)
from learning.insight.diagnosis.findings import SEVERITIES, Finding, Patch
from learning.insight.diagnosis.record import TrainingRecord
from learning.insight.formatting import format_number, format_percent
from learning.insight.significance import has_larger_errors, is_wrong_more_often
from learning.insight.verdict import EQUAL_TOLERANCE, describe_baseline

MIN_WORSE_FACTOR: Final = 1.1
"""A net whose error is not this many times that of a linear model is as good, however many rows tell them apart."""

MIN_TESTED_ROWS: Final = 20
"""Fewer rows cannot show that a net is no better than guessing."""

Metrics = Mapping[str, float | None]

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
        unfit = SELECTION_RULES if record.selection_metric is not None else ()
        unfit += TABLE_RULES if record.is_rowless else ()
        rules = [rule for rule in RULES if rule not in unfit]
        findings = [finding for rule in rules for finding in rule(record)]
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
    main = record.main_metric
    metrics = record.best_epoch.metrics if record.model_metrics is None else record.model_metrics
    net, naive_error, linear_error = (main.read_error(each) for each in (metrics, naive.metrics, linear.metrics))
    if net is None or naive_error is None or linear_error is None:
        return
    rows = record.baselines.rows
    is_useless = net >= naive_error * (1 - EQUAL_TOLERANCE)
    is_worse = net > MIN_WORSE_FACTOR * linear_error + 0.005 * naive_error and _is_beyond_chance(
        metrics,
        linear,
        main.name,
        (net, linear_error),
        _count_tested_rows(record, balanced=record.spec.class_weights is not None),
    )
    if not (is_useless or is_worse) or not naive_error:
        return
    patch: Patch | None = next((cause.suggested_patch for cause in findings if cause.code in CAUSES), None)
    linear_helps = linear_error < naive_error * (1 - EQUAL_TOLERANCE)
    is_net = linear.name != "five_gram"
    if patch is None and linear_helps and is_net:
        patch = patches.replace_layers(record, ())
    show, simple = format_percent if main.has_error_share else format_number, describe_baseline(linear.name)
    yield Finding(
        code="no_better_than_baseline",
        severity="error" if is_useless and (rows is None or rows >= MIN_TESTED_ROWS) else "warning",
        title="No better than guessing" if is_useless else "A simpler model does better",
        detail=f"{main.error} of the net: {show(net)}; {describe_baseline(naive.name)}: {show(naive_error)}; "
        f"{simple}: {show(linear_error)}; on {_describe_rows(record)}.",
        advice="Fix the other problem that was found first."
        if patch is not None and patch != patches.replace_layers(record, ())
        else "Start from a net without hidden layers, which is such a model, and add layers only where they help."
        if linear_helps and is_net
        else "Train for longer, or on more text; mixed with the 5-gram, it expects a text better than either alone."
        if linear_helps
        else f"{simple.capitalize()} finds nothing either: the columns may not predict the target. Look for better "
        "ones.",
        epochs=(record.best_epoch.epoch,),
        numbers={"net": net, naive.name: naive_error, linear.name: linear_error},
        suggested_patch=patch,
    )


def _count_tested_rows(record: TrainingRecord, *, balanced: bool) -> int | None:
    """About how many rows the metrics rest on; balanced: as if every class were as rare as the rarest."""
    rows, stats = record.baselines.rows if record.baselines else None, record.dataset_stats
    if rows is None or not balanced or stats is None or not stats.classes or not stats.train:
        return rows
    return round(rows * len(stats.classes) * min(stats.classes.values()) / stats.train)


def _describe_rows(record: TrainingRecord) -> str:
    """The rows that the metrics were measured on, and whether they are too few."""
    rows = record.baselines.rows if record.baselines else None
    held_out = "held-out" if record.spec.split.validation > 0 else "training"
    if rows is None:
        return f"{held_out} rows"
    too_few = ", too few to be sure" if rows < MIN_TESTED_ROWS else ""
    return f"{rows:,} {held_out} row{'' if rows == 1 else 's'}{too_few}"


def _is_beyond_chance(
    net: Metrics, linear: Baseline, metric: str, errors: tuple[float, float], rows: int | None
) -> bool:
    """Whether a net's errors (its own, the linear model's) on so many rows are larger by more than chance.

    Once the training has ended, the difference has an interval; before, it is not known which rows each gets wrong.
    """
    if (comparison := linear.comparisons.get(metric)) is not None:
        return comparison.result == "worse"
    if rows is None:
        return True
    other = linear.metrics
    rmse, mae, other_rmse, other_mae = net.get("rmse"), net.get("mae"), other.get("rmse"), other.get("mae")
    if rmse is None or other_rmse is None:
        return is_wrong_more_often(round(errors[0] * rows), round(errors[1] * rows))
    if mae is None or other_mae is None:
        return True
    return has_larger_errors(rmse, mae, other_rmse, other_mae, rows)
