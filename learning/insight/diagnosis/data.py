"""Rules about the data: target leakage, id columns, class imbalance, too few rows."""

from collections.abc import Iterator, Sequence
from typing import Final

from learning.insight.diagnosis import patches
from learning.insight.diagnosis.findings import Finding
from learning.insight.diagnosis.record import TrainingRecord
from learning.insight.formatting import format_number, format_percent

MIN_CLASS_RATIO: Final = 8
"""From this ratio of the largest to the smallest class on, the small one is easily ignored."""

MIN_LEAKAGE_STRENGTH: Final = 0.98
"""A column that alone explains this share of the target leaks it."""

MIN_TRAIN_ROWS: Final = 100
"""Fewer training rows are too few for any net."""

MAX_NAMED_COLUMNS: Final = 5
"""The number of columns named in a sentence."""


def target_leakage(record: TrainingRecord) -> Iterator[Finding]:
    """A column alone predicts the target, most likely because it was derived from it."""
    stats = record.dataset_stats
    leaks = {name: share for name, share in stats.strengths.items() if share >= MIN_LEAKAGE_STRENGTH} if stats else {}
    if not leaks:
        return
    patch = patches.drop_columns(record, list(leaks))
    yield Finding(
        code="target_leakage",
        severity="warning",
        title="Data leakage: a column gives the answer away",
        detail=f"{join_names(list(leaks))} alone {'predicts' if len(leaks) == 1 else 'predict'} the target almost "
        f"perfectly ({format_percent(max(leaks.values()))} of it). Such a column is often only known after the fact, "
        "and so missing when predictions are needed.",
        advice="If it is not known at prediction time, leave it out of the features."
        + ("" if patch else " No other column is left to learn from."),
        numbers=dict(leaks),
        suggested_patch=patch,
    )


def id_column(record: TrainingRecord) -> Iterator[Finding]:
    """A column only numbers the rows."""
    ids = list(record.dataset_stats.ids) if record.dataset_stats else []
    if not ids:
        return
    yield Finding(
        code="id_column",
        severity="warning",
        title="A column only numbers the rows",
        detail=f"{join_names(ids)} {'has' if len(ids) == 1 else 'have'} a different whole number in every row. The "
        "net may learn the order of the rows, which does not carry over to new ones.",
        advice="Leave it out of the features.",
        numbers={"columns": float(len(ids))},
        suggested_patch=patches.drop_columns(record, ids),
    )


def target_outlier(record: TrainingRecord) -> Iterator[Finding]:
    """One value of the target makes up most of its variance, so the net learns to tell it from all others."""
    found = record.dataset_stats.target_outlier if record.dataset_stats else None
    if found is None or record.spec.loss in {"mae", "huber"}:
        return
    yield Finding(
        code="target_outlier",
        severity="warning",
        title="A far outlier among the targets",
        detail=f"One value of the target is {format_number(found['value'])}, and 98% of all are from "
        f"{format_number(found['low'])} to {format_number(found['high'])}. It alone makes up "
        f"{format_percent(found['variance_share'])} of the variance, so next to it all other values look the same.",
        advice="Correct that value or leave its row out; if it is right, a loss on which it weighs less helps (huber), "
        "or the logarithm of the target.",
        numbers=dict(found),
        suggested_patch={"loss": "huber"},
    )


def class_imbalance(record: TrainingRecord) -> Iterator[Finding]:
    """A class is so rare that ignoring it costs almost nothing."""
    counts = (
        {label: rows for label, rows in record.dataset_stats.classes.items() if rows} if record.dataset_stats else {}
    )
    if len(counts) < 2 or record.spec.class_weights is not None:
        return
    rare, common = min(counts, key=counts.__getitem__), max(counts, key=counts.__getitem__)
    if counts[common] < MIN_CLASS_RATIO * counts[rare]:
        return
    accuracy, f1 = (
        record.best_epoch.metrics.get(name) if record.best_epoch else None for name in ("accuracy", "macro_f1")
    )
    is_harmful = accuracy is not None and f1 is not None and f1 < accuracy - 0.1
    numbers = {"rarest_class_rows": float(counts[rare]), "largest_class_rows": float(counts[common])}
    yield Finding(
        code="class_imbalance",
        severity="warning" if is_harmful else "info",
        title="Class imbalance: a class is rare",
        detail=f"There are {round(counts[common] / counts[rare])} rows of '{common}' for every row of '{rare}'. A net "
        f"that never predicts '{rare}' still gets a high accuracy"
        + (", and this one does badly on the rare classes: compare macro F1 with accuracy." if is_harmful else "."),
        advice="Weight errors on rare classes higher (class_weights: balanced); judge by macro F1, not by accuracy.",
        epochs=(record.best_epoch.epoch,) if record.best_epoch else (),
        numbers={
            **numbers,
            **({"accuracy": accuracy, "macro_f1": f1} if accuracy is not None and f1 is not None else {}),
        },
        suggested_patch={"class_weights": "balanced"},
    )


def too_few_rows(record: TrainingRecord) -> Iterator[Finding]:
    """There are too few training rows; no spec can change that."""
    if record.dataset_stats is None or record.dataset_stats.train >= MIN_TRAIN_ROWS:
        return
    stats = record.dataset_stats
    yield Finding(
        code="too_few_rows",
        severity="warning",
        title="Too few training rows",
        detail=f"The net learns {stats.parameters:,} parameters from {stats.train} training rows. The result depends "
        "much on which rows these are"
        + (f", and {stats.validation} validation rows are too few to measure it well." if stats.validation else "."),
        advice="Collect more rows, some hundreds at least. Until then, do not trust small differences.",
        numbers={"training_rows": float(stats.train), "validation_rows": float(stats.validation)},
    )


def join_names(names: Sequence[str]) -> str:
    """Some names as part of a sentence."""
    more = f" and {len(names) - MAX_NAMED_COLUMNS} more columns" if len(names) > MAX_NAMED_COLUMNS else ""
    return ", ".join(f"'{name}'" for name in names[:MAX_NAMED_COLUMNS]) + more
