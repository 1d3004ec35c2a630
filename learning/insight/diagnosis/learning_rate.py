"""Rules about the size of steps: too long and the net jumps over the valley, too short and it never gets there."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from learning.insight.diagnosis import patches
from learning.insight.diagnosis.findings import Finding
from learning.insight.diagnosis.record import Record, end_of, jumps, plain
from learning.insight.formatting import figure, percent

ENOUGH: Final = 6
"""Fewer epochs tell nothing of how a loss moves."""

LOST: Final = 1.5
"""A loss so many times that of guessing, and three times its own lowest, is one that runs away."""

JUMPY: Final = 0.05
"""A loss that changes from epoch to epoch by so much of what guessing costs does not settle."""

ALIKE: Final = 0.95
FAR_OFF: Final = 10.0
"""At a high rate, a loss that ends like that of guessing, or was once so many times it, tells of steps too long."""

STILL_FALLING: Final = 0.4
"""A loss that falls in the later half of the epochs by so much of what it fell in the first has not bent yet."""


def diverging(record: Record) -> Iterator[Finding]:
    """The loss grew beyond all bounds, or is on the way there."""
    train, numbers = record.train, record.numbers
    runs_away = len(train) >= ENOUGH and end_of(train) > max(LOST, 3 * float(np.nanmin(train)))
    if not record.diverged and not runs_away:
        return
    last = numbers[-1] if numbers else 0
    evidence = {"learning_rate": record.rate}
    if len(train) and np.isfinite(train[-1]):
        evidence["last_train_loss"] = plain(train[-1]) * record.guess_loss
    how = (
        f"In epoch {last + 1} the loss or the weights became infinite or not a number, and the training had to end."
        if record.diverged
        else f"After epoch {last} the training loss is {figure(end_of(train))} times that of always guessing the same."
    )
    yield Finding(
        code="diverging",
        severity="error",
        title="The training ran away",
        detail=f"{how} Each step overshot by more than the one before, as steps do that are too long.",
        advice="Take shorter steps: a lower learning rate, and gradients that are cut to a length of 1.",
        epochs=(last + 1,) if record.diverged else numbers[-3:],
        numbers=evidence,
        suggested_patch={**patches.slower(record), "gradient_clip_norm": 1.0},
    )


def learning_rate_too_high(record: Record) -> Iterator[Finding]:
    """The training loss leaps up and down instead of falling, or high steps have left it where guessing is."""
    train = record.train
    if len(train) < ENOUGH or any(diverging(record)):
        return
    found = jumps(train)
    up, size = float((found > 0).mean()), float(np.abs(found).mean())
    high = record.rate >= 10 * record.sound_rate
    leaps = up >= 0.25 and size > (JUMPY / 2 if high else JUMPY)
    lost = high and (end_of(train) > ALIKE or float(np.nanmax(train)) > FAR_OFF)
    if not leaps and not lost:
        return
    what = (
        f"From one epoch to the next the training loss changes by {percent(size)} of the loss of guessing, and it rose "
        f"in {percent(up)} of the later epochs."
        if leaps
        else f"The training loss was up to {figure(float(np.nanmax(train)))} times that of guessing, and has come to "
        f"{percent(end_of(train))} of it."
    )
    yield Finding(
        code="learning_rate_too_high",
        severity="warning",
        title="The learning rate is too high",
        detail=f"{what} Steps at a learning rate of {figure(record.rate)} jump over the valley again and again.",
        advice=f"Lower the learning rate; {figure(record.sound_rate)} is a good start for "
        f"{record.spec.optimizer.type}.",
        epochs=record.numbers[len(train) // 2 :][-10:],
        numbers={"learning_rate": record.rate, "mean_change": size, "share_rising": up},
        suggested_patch=patches.slower(record),
    )


def learning_rate_too_low(record: Record) -> Iterator[Finding]:
    """The training loss falls as evenly at the end as at the beginning, and far from as low as it could."""
    train = record.train
    if len(train) < ENOUGH or record.rate > record.sound_rate / 3:
        return
    middle = len(train) // 2
    first, then = plain(train[0] - train[middle]), plain(train[middle] - train[-1])
    steady = float((np.diff(train) < 0).mean())
    if steady < 0.7 or then < STILL_FALLING * first or then <= 0 or end_of(train) < 0.1:
        return
    yield Finding(
        code="learning_rate_too_low",
        severity="warning",
        title="The learning rate is too low",
        detail=f"The training loss fell in {percent(steady)} of the epochs, but only by little each time, and as fast "
        f"at the end as at the beginning: it is still at {percent(end_of(train))} of the loss of guessing. At a "
        f"learning rate of {figure(record.rate)} the net walks in the right direction, in tiny steps.",
        advice=f"Raise the learning rate; {figure(record.sound_rate)} is a good start for "
        f"{record.spec.optimizer.type}. More epochs would do as well, and take longer.",
        epochs=(record.numbers[0], record.numbers[middle], record.numbers[-1]),
        numbers={"learning_rate": record.rate, "fell_at_first": first, "fell_then": then},
        suggested_patch=patches.faster(record),
    )
