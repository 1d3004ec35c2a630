"""Rules about how well the net fits: the rows that it learns from too well, or hardly, or no better for a long time."""

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
"""A validation loss so many times its lowest has risen, and is not only moving a little."""

MAX_GENERALIZATION_RATIO: Final = 1.5
"""Where validation rows cost so many times as much as training rows, the trouble is not that the net can say little."""

MIN_UNEXPLAINED_SHARE: Final = 0.3
"""A training loss of so much of that of guessing leaves much unexplained."""

MIN_HIDDEN_UNITS: Final = 16
"""Hidden layers with fewer neurons than these can bend in few places only."""

HIGH_WEIGHT_DECAY: Final = 0.03
HIGH_DROPOUT_RATE: Final = 0.5

MIN_PLATEAU_EPOCHS: Final = 20
"""So many epochs without progress are a plateau, if they are also a third of all."""

MIN_VALIDATION_ROWS: Final = 200


def overfitting(record: TrainingRecord) -> Iterator[Finding]:
    """The validation loss rises while the training loss falls: rows are learned by heart."""
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
        title="The net learns its rows by heart",
        detail=f"Since epoch {best.epoch} the loss of the validation rows has risen by "
        f"{format_percent(now / max(low, 1e-9) - 1)}, while that of the training rows went on falling: what "
        f"was learned since "
        f"is true of these rows only. The model that is kept is that of epoch {best.epoch}.",
        advice="Stop earlier, and pull the weights towards zero a little; a smaller net helps too, and more rows most.",
        epochs=(best.epoch, record.epoch_numbers[-1]),
        numbers={
            "lowest_validation_loss": low * record.constant_loss,
            "last_validation_loss": now * record.constant_loss,
            "last_train_loss": final_level(train) * record.constant_loss,
        },
        suggested_patch=patch,
    )


def underfitting(record: TrainingRecord) -> Iterator[Finding]:
    """Not even the training rows are explained, and the net is too small, or held back, to do better."""
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
        why.append(f"it has {units} hidden neurons" if units else "it has no hidden layer")
        patch |= patches.replace_layers(record, [Dense(units=64), Dense(units=64)])
    elif heavy:
        why.append("much of it is silenced by dropout")
        patch |= patches.replace_layers(record, record.dense_layers)
    if spec.weight_decay >= HIGH_WEIGHT_DECAY:
        why.append(f"weight_decay of {format_number(spec.weight_decay)} pulls its weights to zero")
        patch["weight_decay"] = 0.0
    if not patch:
        return
    yield Finding(
        code="underfitting",
        severity="warning",
        title="The net cannot say what it should",
        detail=f"Even on the rows that it learns from, {format_percent(final_level(train))} of the loss of "
        f"guessing is left, and "
        f"new rows fare alike. The net may be too limited: {' and '.join(why)}. Or the columns tell no more.",
        advice="Give it more neurons, and less that holds it back; if that changes nothing, look for better columns.",
        epochs=record.epoch_numbers[-3:],
        numbers={
            "share_of_guess_loss": final_level(train),
            "hidden_units": float(units),
            "weight_decay": spec.weight_decay,
        },
        suggested_patch=patch,
    )


def plateau(record: TrainingRecord) -> Iterator[Finding]:
    """Epoch after epoch nothing gets better."""
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
        title="Nothing gets better any more",
        detail=f"Since epoch {since} the loss has stayed where it is, for {flat} epochs.",
        advice="Let the learning rate fall where the loss stays, and stop when that does not help either.",
        epochs=(since, numbers[-1]),
        numbers={"epochs_without_progress": float(flat), "lowest_loss": float(lowest[-1]) * record.constant_loss},
        suggested_patch={
            **patches.add_plateau_schedule(record, patience=5),
            "early_stopping": {"patience": 15, "min_delta": delta},
        },
    )


def noisy_validation(record: TrainingRecord) -> Iterator[Finding]:
    """The validation loss jumps about while the training loss falls smoothly: it is no good judge of the best epoch."""
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
        title="The validation loss jumps about",
        detail=f"From epoch to epoch it changes by {format_percent(noise)}, while the training loss moves "
        f"smoothly. Which "
        "epoch is the best is then partly luck."
        + (f" It is measured on {rows} rows only, of which each weighs much." if few else ""),
        advice="Keep back more rows, and take calmer steps: larger batches at a lower learning rate.",
        epochs=record.epoch_numbers[len(validation) // 2 :][-10:],
        numbers={"mean_change": noise, **({"validation_rows": float(rows)} if rows is not None else {})},
        suggested_patch=patch,
    )
