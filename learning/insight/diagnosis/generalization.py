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
from learning.nn.layers import Dense, Dropout, flatten_layers, list_inference_layers
from learning.optim.schedules import Cosine
from learning.training.image_defaults import find_usual_regularization

MIN_RISE_FACTOR: Final = 1.15
"""A validation loss this many times its lowest has risen, and does not only fluctuate."""

MAX_GENERALIZATION_RATIO: Final = 1.5
"""Above this ratio of validation to training loss the problem is not a lack of capacity; above 1 where training
pictures are varied, which raises their own loss."""

MIN_UNEXPLAINED_SHARE: Final = 0.3
"""From this share of the loss of guessing on, a training loss leaves much unexplained."""

MIN_HIDDEN_UNITS: Final = 16
"""Fewer hidden neurons can fit only simple functions."""

HIGH_WEIGHT_DECAY: Final = 0.03
HIGH_DROPOUT_RATE: Final = 0.5
"""From these on, regularization may hold a net back; of pictures only beyond what their defaults have."""

MIN_PLATEAU_EPOCHS: Final = 20
"""This many epochs without improvement are a plateau, if they are also a third of all."""

MIN_VALIDATION_ROWS: Final = 200


def overfitting(record: TrainingRecord) -> Iterator[Finding]:
    """The validation loss rises while the training loss falls: rows are memorised."""
    train, validation, best = record.train_losses, record.validation_losses, record.best_epoch
    if len(validation) < MIN_EPOCHS or best is None or any(diverging(record)):
        return
    smoothed = np.convolve(
        validation, np.full(FINAL_EPOCHS, 1 / FINAL_EPOCHS), "valid"
    )  # a single lowest_loss epoch does not count
    lowest = int(np.argmin(smoothed))
    lowest_loss, final_loss = float(smoothed[lowest]), final_level(validation)
    if (
        len(smoothed) - lowest <= FINAL_EPOCHS
        or final_loss < MIN_RISE_FACTOR * lowest_loss
        or final_loss - lowest_loss < 0.02
        or final_level(train) >= 0.95 * train[lowest]
    ):
        return
    before, nets = record.spec.early_stopping, patches.add_nets(record)
    patch: Patch = {
        **nets,
        **patches.cap_learning_rate(record),
        "weight_decay": max(0.01, min(3 * record.spec.weight_decay, 10.0)),
        "early_stopping": {"patience": min(5, before.patience if before else 5)},
    }
    yield Finding(
        code="overfitting",
        severity="warning",
        title="Overfitting",
        detail=f"Since epoch {best.epoch} the validation loss has risen by "
        f"{format_percent(final_loss / max(lowest_loss, 1e-9) - 1)} while the training loss kept falling: from then "
        f"on the net only memorised the training rows. The weights of epoch {best.epoch} are the ones kept.",
        advice="Stop earlier (early stopping) and add weight decay; a smaller net helps too, and more rows help most."
        + " Several nets each memorise other rows, and their mean errs less than one." * bool(nets),
        epochs=(best.epoch, record.epoch_numbers[-1]),
        numbers={
            "lowest_validation_loss": lowest_loss * record.constant_loss,
            "last_validation_loss": final_loss * record.constant_loss,
            "last_train_loss": final_level(train) * record.constant_loss,
        },
        suggested_patch=patch,
    )


def underfitting(record: TrainingRecord) -> Iterator[Finding]:
    """The training loss is still high, and the net is too small or too strongly regularized to do better."""
    train, validation, spec = record.train_losses, record.validation_losses, record.spec
    if len(train) < MIN_EPOCHS or final_level(train) < MIN_UNEXPLAINED_SHARE:
        return
    ratio = 1.0 if spec.image.augment and spec.image.augment.is_active else MAX_GENERALIZATION_RATIO
    if (len(validation) and final_level(validation) > ratio * final_level(train)) or any(learning_rate_too_low(record)):
        return
    units = sum(layer.units for layer in record.dense_layers)
    patch: Patch = {}
    reasons: list[str] = []
    usual_dropout, usual_decay = find_usual_regularization(spec.image)
    dropout = max((layer.rate for layer in flatten_layers(spec.layers) if isinstance(layer, Dropout)), default=0.0)
    has_heavy_dropout = dropout >= HIGH_DROPOUT_RATE and dropout > usual_dropout
    if units < MIN_HIDDEN_UNITS:
        reasons.append(f"it has only {units} hidden neurons" if units else "it has no hidden layer")
        patch |= patches.replace_layers(record, [Dense(units=64), Dense(units=64)])
    elif has_heavy_dropout:
        reasons.append("much of it is switched off by dropout")
        patch |= patches.replace_layers(record, list_inference_layers(spec.layers))
    if spec.weight_decay >= HIGH_WEIGHT_DECAY and spec.weight_decay > usual_decay:
        reasons.append(f"weight_decay of {format_number(spec.weight_decay)} holds its weights near zero")
        patch["weight_decay"] = 0.0
    if not patch:
        return
    yield Finding(
        code="underfitting",
        severity="warning",
        title="Underfitting: the net is too small" if units < MIN_HIDDEN_UNITS else "Underfitting",
        detail=f"Even on the training rows the loss is still {format_percent(final_level(train))} of the loss of "
        f"guessing, and validation rows are no worse. The net may be too limited: {' and '.join(reasons)}. Or the "
        "columns hold no more information.",
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
    losses, numbers = record.monitored_losses, record.epoch_numbers
    if len(losses) < MIN_PLATEAU_EPOCHS or not np.isfinite(losses).all() or isinstance(record.spec.schedule, Cosine):
        return  # along a cosine the rate falls anyway, so that the loss comes to rest
    lowest = np.minimum.accumulate(losses)
    min_improvement = 0.001 * max(min(float(losses[0]), 1.0) - float(lowest[-1]), 1e-3)
    since = (
        numbers[int(np.flatnonzero(lowest > lowest[-1] + min_improvement)[-1]) + 1]
        if lowest[0] > lowest[-1] + min_improvement
        else 1
    )
    stalled_epochs = numbers[-1] - since
    if (
        stalled_epochs < max(MIN_PLATEAU_EPOCHS, numbers[-1] / 3)
        or final_level(losses) > 1.05 * float(lowest[-1]) + 0.01
    ):
        return
    delta = float(f"{2 * min_improvement * record.constant_loss:.2g}")
    yield Finding(
        code="plateau",
        severity="info",
        title="Plateau: the loss has stopped falling",
        detail=f"The loss has not improved since epoch {since}, for {stalled_epochs} epochs.",
        advice="Lower the learning rate when the loss stalls (plateau schedule), and stop early if that does not help.",
        epochs=(since, numbers[-1]),
        numbers={
            "epochs_without_progress": float(stalled_epochs),
            "lowest_loss": float(lowest[-1]) * record.constant_loss,
        },
        suggested_patch={
            **patches.add_plateau_schedule(record, patience=5),
            "early_stopping": {"patience": 15, "min_delta": delta},
        },
    )


def noisy_validation(record: TrainingRecord) -> Iterator[Finding]:
    """The validation loss fluctuates while the training loss is smooth, so that it ranks epochs badly.

    Of several nets that is no problem, as the luck of each evens out in their mean.
    """
    train, validation = record.train_losses, record.validation_losses
    if len(validation) < 2 * MIN_EPOCHS or record.is_of_ensemble:
        return
    if any(learning_rate_too_high(record)) or any(diverging(record)):
        return
    loss_changes = late_changes(validation)
    noise = float(np.abs(loss_changes - loss_changes.mean()).mean()) / max(
        float(validation[len(validation) // 2 :].mean()), 1e-9
    )
    train_change = float(np.abs(late_changes(train)).mean())
    change_size, rising_share = float(np.abs(loss_changes).mean()), float((loss_changes > 0).mean())
    if noise < 0.1 or change_size < 0.02 or change_size < 3 * train_change or not 0.25 <= rising_share <= 0.75:
        return
    nets = patches.add_nets(record)
    patch: Patch = {
        **nets,
        **patches.lower_learning_rate(record, 3.0),
        "batch_size": min(2 * record.spec.batch_size, 1_000_000),
        "epochs": min(2 * record.spec.epochs, 1_000_000),
    }
    rows = record.dataset_stats.validation if record.dataset_stats else None
    has_few_rows = rows is not None and rows < MIN_VALIDATION_ROWS
    split = record.spec.split
    if nets and not (split.column or split.order_by):
        patch["split"] = {"validation": None}  # then each net validates on a fold of its own
    elif (
        has_few_rows and not nets and split.validation < 0.3 and split.test <= 0.3 and not (split.column or split.folds)
    ):
        patch["split"] = {"validation": 0.3}
    yield Finding(
        code="noisy_validation",
        severity="info",
        title="Noisy validation loss",
        detail=f"The validation loss changes by {format_percent(noise)} from epoch to epoch while the training loss is "
        "smooth, so which epoch is best is partly luck."
        + (f" It is measured on only {rows} validation rows." if has_few_rows else ""),
        advice="Use a lower learning rate and larger batches, and "
        + ("several nets, whose mean depends less on luck." if nets else "more validation rows."),
        epochs=record.epoch_numbers[len(validation) // 2 :][-10:],
        numbers={"mean_change": noise, **({"validation_rows": float(rows)} if rows is not None else {})},
        suggested_patch=patch,
    )
