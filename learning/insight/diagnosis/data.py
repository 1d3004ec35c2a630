"""Rules about what there is to learn from: rows that are too few, classes that are rare, columns that tell too much."""

from collections.abc import Iterator
from typing import Final

from learning.insight.diagnosis import patches
from learning.insight.diagnosis.findings import Finding
from learning.insight.diagnosis.record import TrainingRecord
from learning.insight.formatting import format_percent

MIN_CLASS_RATIO: Final = 8
"""Where the largest class has so many times the rows of the smallest, the small one is easily passed over."""

MIN_LEAKAGE_STRENGTH: Final = 0.98
"""A column that alone tells so much of the target is not a hint, it is the answer."""

MIN_TRAIN_ROWS: Final = 100
"""Fewer rows to learn from than these are few for any net."""

MAX_NAMED_COLUMNS: Final = 5
"""So many columns or classes are named in a sentence."""


def target_leakage(record: TrainingRecord) -> Iterator[Finding]:
    """A column alone tells the target, most likely because it was made from it."""
    facts = record.dataset_stats
    told = {name: share for name, share in facts.strengths.items() if share >= MIN_LEAKAGE_STRENGTH} if facts else {}
    if not told:
        return
    patch = patches.drop_columns(record, list(told))
    yield Finding(
        code="target_leakage",
        severity="warning",
        title="A column gives the answer away",
        detail=f"{_join_names(list(told))} alone {'tells' if len(told) == 1 else 'tell'} the target almost "
        f"without fail "
        f"({format_percent(max(told.values()))} of it). Often it is something that is known only after the "
        f"fact, and so not "
        "there when the model is asked.",
        advice="If it will not be known when predictions are wanted, leave it out; else there is little to learn."
        + ("" if patch else " No other column is left to learn from."),
        numbers=dict(told),
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
        detail=f"{_join_names(ids)} {'holds' if len(ids) == 1 else 'hold'} another whole number in every row, "
        f"one after "
        "the other. The net may learn in which order the rows were written, which says nothing of new rows.",
        advice="Leave it out.",
        numbers={"columns": float(len(ids))},
        suggested_patch=patches.drop_columns(record, ids),
    )


def class_imbalance(record: TrainingRecord) -> Iterator[Finding]:
    """Some class is so rare that ignoring it costs hardly anything."""
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
    hurts = accuracy is not None and f1 is not None and f1 < accuracy - 0.1
    numbers = {"rarest_class_rows": float(counts[rare]), "largest_class_rows": float(counts[common])}
    yield Finding(
        code="class_imbalance",
        severity="warning" if hurts else "info",
        title="A class is rare",
        detail=f"For every row of '{rare}' there are {round(counts[common] / counts[rare])} of '{common}'. A net that "
        f"never says '{rare}' is right nearly always"
        + (", and this one does badly on the rare classes: see macro_f1 beside accuracy." if hurts else "."),
        advice="Let an error on a rare class count more; and look at macro_f1, not only at accuracy.",
        epochs=(record.best_epoch.epoch,) if record.best_epoch else (),
        numbers={
            **numbers,
            **({"accuracy": accuracy, "macro_f1": f1} if accuracy is not None and f1 is not None else {}),
        },
        suggested_patch={"class_weights": "balanced"},
    )


def too_few_rows(record: TrainingRecord) -> Iterator[Finding]:
    """There are hardly any rows to learn from; no spec can change that."""
    if record.dataset_stats is None or record.dataset_stats.train >= MIN_TRAIN_ROWS:
        return
    facts = record.dataset_stats
    yield Finding(
        code="too_few_rows",
        severity="warning",
        title="There are few rows",
        detail=f"The net learns from {facts.train} rows, and has {facts.parameters:,} weights to find. What it finds "
        "depends much on which rows these are"
        + (f", and {facts.validation} rows are few to judge it by." if facts.validation else "."),
        advice="Collect more rows, some hundreds at least. Until then, do not trust small differences.",
        numbers={"training_rows": float(facts.train), "validation_rows": float(facts.validation)},
    )


def _join_names(names: list[str]) -> str:
    more = f" and {len(names) - MAX_NAMED_COLUMNS} more columns" if len(names) > MAX_NAMED_COLUMNS else ""
    return ", ".join(f"'{name}'" for name in names[:MAX_NAMED_COLUMNS]) + more
