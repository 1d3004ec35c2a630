"""The rule about baselines: whether guessing, a linear model or boosted trees do as well as the net, or better.

It also says what to do: mend the cause that another rule found, train by the recipe, or use the other model.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from learning.insight.baselines import Baseline
from learning.insight.diagnosis import learning_rate, patches
from learning.insight.diagnosis.findings import Finding, Patch
from learning.insight.diagnosis.record import TrainingRecord
from learning.insight.formatting import format_number, format_percent
from learning.insight.significance import has_larger_errors, is_wrong_more_often
from learning.insight.verdict import EQUAL_TOLERANCE, describe_baseline

MIN_WORSE_FACTOR: Final = 1.1
"""A net whose error is not this many times that of another model is as good, however many rows tell them apart."""

MIN_TESTED_ROWS: Final = 20
"""Fewer rows cannot show that a net is no better than guessing."""

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

Metrics = Mapping[str, float | None]


class Remedy(NamedTuple):
    """What to do about a net that is no better than a baseline."""

    advice: str
    patch: Patch | None


def no_better_than_baseline(record: TrainingRecord, findings: Sequence[Finding] = ()) -> Iterator[Finding]:
    """The net is no better than a baseline; the patch is that of the cause, if one is among the findings."""
    baselines, best, main = record.baselines, record.best_epoch, record.main_metric
    if baselines is None or best is None:
        return
    if len(record.epochs) < (1 if record.has_ended else learning_rate.MIN_EPOCHS):
        return
    naive, models = baselines.naive, baselines.models
    metrics = best.metrics if record.model_metrics is None else record.model_metrics
    metrics = metrics if baselines.net is None else baselines.net.metrics
    net, guess = main.read_error(metrics), main.read_error(naive.metrics)
    errors = {model.name: main.read_error(model.metrics) for model in models}
    known = {name: error for name, error in errors.items() if error is not None}
    if net is None or not guess or len(known) < len(errors):
        return
    rows = _count_tested_rows(record, baselines.rows)
    better = [
        model
        for model in models
        if net > MIN_WORSE_FACTOR * known[model.name] + 0.005 * guess
        and _is_beyond_chance(metrics, model, main.name, (net, known[model.name]), rows)
    ]
    is_useless = net >= guess * (1 - EQUAL_TOLERANCE)
    are_enough = baselines.rows is None or baselines.rows >= MIN_TESTED_ROWS
    if not is_useless and not better:
        return
    helpful = [model for model in models if known[model.name] < guess * (1 - EQUAL_TOLERANCE)]
    remedy = _find_remedy(record, findings, (better or helpful or models)[0], bool(helpful))
    show = format_percent if main.has_error_share else format_number
    measured_on = _describe_rows(record, baselines.rows)
    beside = [f"{describe_baseline(name)}: {show(error)}" for name, error in ((naive.name, guess), *known.items())]
    yield Finding(
        code="no_better_than_baseline",
        severity="error" if is_useless and are_enough else "warning",
        title="No better than guessing" if is_useless else _name_better(better[0]),
        detail=f"{main.error} of the net: {show(net)}; {'; '.join(beside)}; on {measured_on}.",
        advice=remedy.advice,
        epochs=(best.epoch,) if record.model_metrics is None else (),
        numbers={"net": net, naive.name: guess, **known},
        suggested_patch=remedy.patch,
    )


def _name_better(model: Baseline) -> str:
    return "Boosted trees do better" if model.name == "boosted_trees" else "A simpler model does better"


def _find_remedy(record: TrainingRecord, findings: Sequence[Finding], model: Baseline, helps: bool) -> Remedy:
    """What to do; `model` is the simplest that does better, and `helps` whether any is better than guessing."""
    patch: Patch | None = next((cause.suggested_patch for cause in findings if cause.code in CAUSES), None)
    if patch is not None:
        return Remedy("Fix the other problem that was found first.", patch)
    name = describe_baseline(model.name)
    if not helps:
        columns = "the columns may not predict the target. Look for better ones."
        return Remedy(f"{name.capitalize()} finds nothing either: {columns}", None)
    if model.name == "five_gram":
        mixed = "mixed with the 5-gram, it expects a text better than either alone."
        return Remedy(f"Train for longer, or on more text; {mixed}", None)
    if recipe := patches.use_recipe(record):
        advice = "Train by the preset balanced: several nets, bins of numbers, and batches that fit the rows."
        return Remedy(advice, recipe)
    if model.name != "boosted_trees":
        linear = "Start from a net without hidden layers, which is such a model, and add layers only where they help."
        return Remedy(linear, patches.replace_layers(record, ()))
    trees = "Sharp thresholds and interactions of columns decide here, which trees find sooner. Use such a model for it"
    return Remedy(f"{trees}, for example scikit-learn's HistGradientBoosting; or try a sweep, or more rows.", None)


def _count_tested_rows(record: TrainingRecord, rows: int | None) -> int | None:
    """About how many rows the metrics rest on; with class weights as if every class were as rare as the rarest."""
    stats = record.dataset_stats
    if rows is None or record.spec.class_weights is None or stats is None or not stats.classes or not stats.train:
        return rows
    return round(rows * len(stats.classes) * min(stats.classes.values()) / stats.train)


def _describe_rows(record: TrainingRecord, rows: int | None) -> str:
    """The rows that the metrics were measured on, and whether they are too few."""
    held_out = "held-out" if record.spec.split.validation > 0 else "training"
    if rows is None:
        return f"{held_out} rows"
    text = f"{rows:,} {held_out} row{'' if rows == 1 else 's'}"
    if record.model_metrics is not None:
        return f"{text}, each predicted by one net alone; the mean of all, which is the model, errs less"
    return f"{text}, too few to be sure" if rows < MIN_TESTED_ROWS else text


def _is_beyond_chance(
    net: Metrics, model: Baseline, metric: str, errors: tuple[float, float], rows: int | None
) -> bool:
    """Whether a net's errors (its own, the other model's) on so many rows are larger by more than chance.

    Once the training has ended, the difference has an interval; before, it is not known which rows each gets wrong.
    """
    if (comparison := model.comparisons.get(metric)) is not None:
        return comparison.result == "worse"
    if rows is None:
        return True
    other = model.metrics
    rmse, mae, other_rmse, other_mae = net.get("rmse"), net.get("mae"), other.get("rmse"), other.get("mae")
    if rmse is None or other_rmse is None:
        return is_wrong_more_often(round(errors[0] * rows), round(errors[1] * rows))
    if mae is None or other_mae is None:
        return True
    return has_larger_errors(rmse, mae, other_rmse, other_mae, rows)
