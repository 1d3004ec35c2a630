"""Rules about generalization: overfitting, underfitting, plateaus, a noisy validation loss."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from learning.insight.diagnosis import patches
from learning.insight.diagnosis.findings import Finding, Patch
from learning.insight.diagnosis.learning_rate import (
    MIN_EPOCHS,
    diverging,
    learning_rate_too_high,
    learning_rate_too_low,
)
from learning.insight.diagnosis.record import FINAL_EPOCHS, TrainingRecord, final_level, late_changes
from learning.insight.formatting import format_number, format_percent
from learning.nn.layers import Dense, Dropout

MIN_RISE_FACTOR: Final = 1.15
"""A validation loss this many times its lowest has risen, and does not only fluctuate."""

MAX_GENERALIZATION_RATIO: Final = 1.5
"""Where the validation loss is this many times the training loss, the problem is not a lack of capacity."""

MIN_UNEXPLAINED_SHARE: Final = 0.3
"""A training loss of this share of the loss of guessing leaves much unexplained."""

MIN_HIDDEN_UNITS: Final = 16
"""Fewer hidden neurons than these can fit only simple functions."""

HIGH_WEIGHT_DECAY: Final = 0.03
HIGH_DROPOUT_RATE: Final = 0.5

MIN_PLATEAU_EPOCHS: Final = 20
"""This many epochs without progress are a plateau, if they are also a third of all."""

MIN_VALIDATION_ROWS: Final = 200


def overfitting(record: TrainingRecord) -> Iterator[Finding]:
    """The validation loss rises while the training loss falls: rows are memorised."""
    train, validation, best = record.train_losses, record.validation_losses, record.best_epoch
    if len(validation) < MIN_EPOCHS or best is None or any(diverging(record)):
        return
    calm = np.convolve(validation, np.full(FINAL_EPOCHS, 1 / FINAL_EPOCHS), "valid")  # one lucky epoch is no sign
    place = int(np.argmin(calm))
    low, now = float(calm[place]), final_level(validation)
    if (
        len(calm) - place <= FINAL_EPOCHS
        or now < MIN_RISE_FACTOR * low
        or now - low < 0.02
        or final_level(train) >= 0.95 * train[place]
    ):
        return
    before = record.spec.early_stopping
    patch: Patch = {
        **patches.cap_learning_rate(record),
        "weight_decay": max(0.01, min(3 * record.spec.weight_decay, 10.0)),
        "early_stopping": {"patience": min(5, before.patience if before else 5)},
    }
    yield Finding(
        code="overfitting",
        severity="warning",
        title="Overfitting",
        detail=f"Since epoch {best.epoch} the validation loss has risen by "
        f"{format_percent(now / max(low, 1e-9) - 1)} while the training loss kept falling: from then on the net only "
        f"memorised the training rows. The weights of epoch {best.epoch} are the ones kept.",
        advice="Stop earlier (early stopping) and add weight decay; a smaller net helps too, and more rows help most.",
        epochs=(best.epoch, record.epoch_numbers[-1]),
        numbers={
            "lowest_validation_loss": low * record.constant_loss,
            "last_validation_loss": now * record.constant_loss,
            "last_train_loss": final_level(train) * record.constant_loss,
        },
        suggested_patch=patch,
    )


def underfitting(record: TrainingRecord) -> Iterator[Finding]:
    """The training loss is still high, and the net is too small or too strongly regularized to do better."""
    train, validation, spec = record.train_losses, record.validation_losses, record.spec
    if len(train) < MIN_EPOCHS or final_level(train) < MIN_UNEXPLAINED_SHARE:
        return
    if (len(validation) and final_level(validation) > MAX_GENERALIZATION_RATIO * final_level(train)) or any(
        learning_rate_too_low(record)
    ):
        return
    units = sum(layer.units for layer in record.dense_layers)
    patch: Patch = {}
    why: list[str] = []
    heavy = any(isinstance(layer, Dropout) and layer.rate >= HIGH_DROPOUT_RATE for layer in spec.layers)
    if units < MIN_HIDDEN_UNITS:
        why.append(f"it has only {units} hidden neurons" if units else "it has no hidden layer")
        patch |= patches.replace_layers(record, [Dense(units=64), Dense(units=64)])
    elif heavy:
        why.append("much of it is switched off by dropout")
        patch |= patches.replace_layers(record, record.dense_layers)
    if spec.weight_decay >= HIGH_WEIGHT_DECAY:
        why.append(f"weight_decay of {format_number(spec.weight_decay)} holds its weights near zero")
        patch["weight_decay"] = 0.0
    if not patch:
        return
    yield Finding(
        code="underfitting",
        severity="warning",
        title="Underfitting: the net is too small" if units < MIN_HIDDEN_UNITS else "Underfitting",
        detail=f"Even on the training rows the loss is still {format_percent(final_level(train))} of the loss of "
        f"guessing, and validation rows are no worse. The net may be too limited: {' and '.join(why)}. Or the columns "
        "hold no more information.",
        advice="Use more neurons and less regularization; if that changes nothing, look for better columns.",
        epochs=record.epoch_numbers[-3:],
        numbers={
            "share_of_guess_loss": final_level(train),
            "hidden_units": float(units),
            "weight_decay": spec.weight_decay,
        },
        suggested_patch=patch,
    )


def plateau(record: TrainingRecord) -> Iterator[Finding]:
    """The loss has not improved for many epochs."""
    watched, numbers = record.monitored_losses, record.epoch_numbers
    if len(watched) < MIN_PLATEAU_EPOCHS or not np.isfinite(watched).all():
        return
    lowest = np.minimum.accumulate(watched)
    least = 0.001 * max(min(float(watched[0]), 1.0) - float(lowest[-1]), 1e-3)
    since = numbers[int(np.flatnonzero(lowest > lowest[-1] + least)[-1]) + 1] if lowest[0] > lowest[-1] + least else 1
    flat = numbers[-1] - since
    if flat < max(MIN_PLATEAU_EPOCHS, numbers[-1] / 3) or final_level(watched) > 1.05 * float(lowest[-1]) + 0.01:
        return
    delta = float(f"{2 * least * record.constant_loss:.2g}")
    yield Finding(
        code="plateau",
        severity="info",
        title="Plateau: the loss has stopped falling",
        detail=f"The loss has not improved since epoch {since}, for {flat} epochs.",
        advice="Lower the learning rate when the loss stalls (plateau schedule), and stop early if that does not help.",
        epochs=(since, numbers[-1]),
        numbers={"epochs_without_progress": float(flat), "lowest_loss": float(lowest[-1]) * record.constant_loss},
        suggested_patch={
            **patches.add_plateau_schedule(record, patience=5),
            "early_stopping": {"patience": 15, "min_delta": delta},
        },
    )


def noisy_validation(record: TrainingRecord) -> Iterator[Finding]:
    """The validation loss fluctuates while the training loss is smooth, so that it judges epochs badly."""
    train, validation = record.train_losses, record.validation_losses
    if len(validation) < 2 * MIN_EPOCHS or any(learning_rate_too_high(record)) or any(diverging(record)):
        return
    found = late_changes(validation)
    noise = float(np.abs(found - found.mean()).mean()) / max(float(validation[len(validation) // 2 :].mean()), 1e-9)
    calm = float(np.abs(late_changes(train)).mean())
    size, up = float(np.abs(found).mean()), float((found > 0).mean())
    if noise < 0.1 or size < 0.02 or size < 3 * calm or not 0.25 <= up <= 0.75:
        return
    patch: Patch = {
        **patches.lower_learning_rate(record, 3.0),
        "batch_size": min(2 * record.spec.batch_size, 1_000_000),
        "epochs": min(2 * record.spec.epochs, 1_000_000),
    }
    rows = record.dataset_stats.validation if record.dataset_stats else None
    few = rows is not None and rows < MIN_VALIDATION_ROWS
    if few and record.spec.split.validation < 0.3 and record.spec.split.test <= 0.3:
        patch["split"] = {"validation": 0.3}
    yield Finding(
        code="noisy_validation",
        severity="info",
        title="Noisy validation loss",
        detail=f"The validation loss changes by {format_percent(noise)} from epoch to epoch while the training loss is "
        "smooth, so which epoch is best is partly luck."
        + (f" It is measured on only {rows} validation rows." if few else ""),
        advice="Use more validation rows, a lower learning rate and larger batches.",
        epochs=record.epoch_numbers[len(validation) // 2 :][-10:],
        numbers={"mean_change": noise, **({"validation_rows": float(rows)} if rows is not None else {})},
        suggested_patch=patch,
    )
