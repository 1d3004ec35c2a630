"""Rules about the learning rate: divergence, too high, too low."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from learning.insight.diagnosis import patches
from learning.insight.diagnosis.findings import Finding
from learning.insight.diagnosis.record import TrainingRecord, as_float, final_level, late_changes
from learning.insight.formatting import format_number, format_percent

MIN_EPOCHS: Final = 6
"""Fewer epochs do not show the trend of a loss."""

MIN_DIVERGED_FACTOR: Final = 1.5
"""A loss this many times the loss of guessing, and three times its own lowest, diverges."""

MIN_OSCILLATION: Final = 0.05
"""From this change between epochs on, as a share of the loss of guessing, a loss oscillates."""

MIN_STALLED_LEVEL: Final = 0.95
MIN_PEAK_FACTOR: Final = 10.0
"""At a high learning rate, a loss that ends near that of guessing, or once was this many times it, shows that steps are
too large."""

MIN_LATE_FALL_SHARE: Final = 0.4
"""A loss that falls in the second half of the epochs by this share of its fall in the first has not levelled off."""


def diverging(record: TrainingRecord) -> Iterator[Finding]:
    """The loss grows without bound."""
    train, numbers = record.train_losses, record.epoch_numbers
    runs_away = len(train) >= MIN_EPOCHS and final_level(train) > max(MIN_DIVERGED_FACTOR, 3 * float(np.nanmin(train)))
    if not record.has_diverged and not runs_away:
        return
    last = numbers[-1] if numbers else 0
    evidence = {"learning_rate": record.learning_rate}
    if len(train) and np.isfinite(train[-1]):
        evidence["last_train_loss"] = as_float(train[-1]) * record.constant_loss
    description = (
        f"In epoch {last + 1} the loss or the weights became infinite or not a number, and the training had to end."
        if record.has_diverged
        else f"After epoch {last} the training loss is {format_number(final_level(train))} times that of "
        "always guessing the same."
    )
    yield Finding(
        code="diverging",
        severity="error",
        title="Training diverged",
        detail=f"{description} Each step overshot by more than the one before, which happens when steps are too large.",
        advice="Use a lower learning rate, and clip gradients to a norm of 1 (gradient_clip_norm).",
        epochs=(last + 1,) if record.has_diverged else numbers[-3:],
        numbers=evidence,
        suggested_patch={**patches.lower_learning_rate(record), "gradient_clip_norm": 1.0},
    )


def learning_rate_too_high(record: TrainingRecord) -> Iterator[Finding]:
    """The training loss oscillates instead of falling, or a high rate has left it at that of guessing."""
    train = record.train_losses
    if len(train) < MIN_EPOCHS or any(diverging(record)):
        return
    loss_changes = late_changes(train)
    rising_share, change_size = float((loss_changes > 0).mean()), float(np.abs(loss_changes).mean())
    is_high = record.learning_rate >= 10 * record.typical_learning_rate
    oscillates = rising_share >= 0.25 and change_size > (MIN_OSCILLATION / 2 if is_high else MIN_OSCILLATION)
    is_stalled = is_high and (final_level(train) > MIN_STALLED_LEVEL or float(np.nanmax(train)) > MIN_PEAK_FACTOR)
    if not oscillates and not is_stalled:
        return
    description = (
        f"From one epoch to the next the training loss changes by {format_percent(change_size)} of the loss of "
        f"guessing, and it rose "
        f"in {format_percent(rising_share)} of the later epochs."
        if oscillates
        else f"The training loss was up to {format_number(float(np.nanmax(train)))} times that of guessing, "
        f"and has come to "
        f"{format_percent(final_level(train))} of it."
    )
    yield Finding(
        code="learning_rate_too_high",
        severity="warning",
        title="Learning rate too high",
        detail=f"{description} Steps at a learning rate of {format_number(record.learning_rate)} overshoot again "
        "and again.",
        advice=f"Lower the learning rate; {format_number(record.typical_learning_rate)} is a good start for "
        f"{record.spec.optimizer.type}.",
        epochs=record.epoch_numbers[len(train) // 2 :][-10:],
        numbers={"learning_rate": record.learning_rate, "mean_change": change_size, "share_rising": rising_share},
        suggested_patch=patches.lower_learning_rate(record),
    )


def learning_rate_too_low(record: TrainingRecord) -> Iterator[Finding]:
    """The training loss falls as evenly at the end as at the beginning, and is still high."""
    train = record.train_losses
    if len(train) < MIN_EPOCHS or record.learning_rate > record.typical_learning_rate / 3:
        return
    middle = len(train) // 2
    first_fall, second_fall = as_float(train[0] - train[middle]), as_float(train[middle] - train[-1])
    falling_share = float((np.diff(train) < 0).mean())
    if (
        falling_share < 0.7
        or second_fall < MIN_LATE_FALL_SHARE * first_fall
        or second_fall <= 0
        or final_level(train) < 0.1
    ):
        return
    yield Finding(
        code="learning_rate_too_low",
        severity="warning",
        title="Learning rate too low",
        detail=f"The training loss fell in {format_percent(falling_share)} of the epochs, but slowly, and as fast at "
        f"the end as at the beginning: it is still {format_percent(final_level(train))} of the loss of guessing. The "
        f"steps at a learning rate of {format_number(record.learning_rate)} are too small.",
        advice=f"Raise the learning rate; {format_number(record.typical_learning_rate)} is a good start for "
        f"{record.spec.optimizer.type}. More epochs would also work, but take longer.",
        epochs=(record.epoch_numbers[0], record.epoch_numbers[middle], record.epoch_numbers[-1]),
        numbers={"learning_rate": record.learning_rate, "fell_at_first": first_fall, "fell_then": second_fall},
        suggested_patch=patches.raise_learning_rate(record),
    )
