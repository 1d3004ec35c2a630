"""Rules about how well the net fits: the rows that it learns from too well, or hardly, or no better for a long time."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from learning.insight.diagnosis import patches
from learning.insight.diagnosis.findings import Finding, Patch
from learning.insight.diagnosis.learning_rate import ENOUGH, diverging, learning_rate_too_high, learning_rate_too_low
from learning.insight.diagnosis.record import LAST, Record, end_of, jumps
from learning.insight.formatting import figure, percent
from learning.nn.layers.specs import Dense, Dropout

RISEN: Final = 1.15
"""A validation loss so many times its lowest has risen, and is not only moving a little."""

APART: Final = 1.5
"""Where validation rows cost so many times as much as training rows, the trouble is not that the net can say little."""

UNEXPLAINED: Final = 0.3
"""A training loss of so much of that of guessing leaves much unexplained."""

FEW_UNITS: Final = 16
"""Hidden layers with fewer neurons than these can bend in few places only."""

HEAVY_DECAY: Final = 0.03
HEAVY_DROPOUT: Final = 0.5

LONG: Final = 20
"""So many epochs without progress are a plateau, if they are also a third of all."""

ROWS_FOR_CALM: Final = 200


def overfitting(record: Record) -> Iterator[Finding]:
    """The validation loss rises while the training loss falls: rows are learned by heart."""
    train, validation, best = record.train, record.validation, record.best
    if len(validation) < ENOUGH or best is None or any(diverging(record)):
        return
    calm = np.convolve(validation, np.full(LAST, 1 / LAST), "valid")  # one lucky epoch is no sign
    place = int(np.argmin(calm))
    low, now = float(calm[place]), end_of(validation)
    if len(calm) - place <= LAST or now < RISEN * low or now - low < 0.02 or end_of(train) >= 0.95 * train[place]:
        return
    before = record.spec.early_stopping
    patch: Patch = {
        **patches.no_faster_than_sound(record),
        "weight_decay": max(0.01, min(3 * record.spec.weight_decay, 10.0)),
        "early_stopping": {"patience": min(5, before.patience if before else 5)},
    }
    yield Finding(
        code="overfitting",
        severity="warning",
        title="The net learns its rows by heart",
        detail=f"Since epoch {best.epoch} the loss of the validation rows has risen by "
        f"{percent(now / max(low, 1e-9) - 1)}, while that of the training rows went on falling: what was learned since "
        f"is true of these rows only. The model that is kept is that of epoch {best.epoch}.",
        advice="Stop earlier, and pull the weights towards zero a little; a smaller net helps too, and more rows most.",
        epochs=(best.epoch, record.numbers[-1]),
        numbers={
            "lowest_validation_loss": low * record.guess_loss,
            "last_validation_loss": now * record.guess_loss,
            "last_train_loss": end_of(train) * record.guess_loss,
        },
        suggested_patch=patch,
    )


def underfitting(record: Record) -> Iterator[Finding]:
    """Not even the training rows are explained, and the net is too small, or held back, to do better."""
    train, validation, spec = record.train, record.validation, record.spec
    if len(train) < ENOUGH or end_of(train) < UNEXPLAINED:
        return
    if (len(validation) and end_of(validation) > APART * end_of(train)) or any(learning_rate_too_low(record)):
        return
    units = sum(layer.units for layer in record.dense)
    patch: Patch = {}
    why: list[str] = []
    heavy = any(isinstance(layer, Dropout) and layer.rate >= HEAVY_DROPOUT for layer in spec.layers)
    if units < FEW_UNITS:
        why.append(f"it has {units} hidden neurons" if units else "it has no hidden layer")
        patch |= patches.layers(record, [Dense(units=64), Dense(units=64)])
    elif heavy:
        why.append("much of it is silenced by dropout")
        patch |= patches.layers(record, record.dense)
    if spec.weight_decay >= HEAVY_DECAY:
        why.append(f"weight_decay of {figure(spec.weight_decay)} pulls its weights to zero")
        patch["weight_decay"] = 0.0
    if not patch:
        return
    yield Finding(
        code="underfitting",
        severity="warning",
        title="The net cannot say what it should",
        detail=f"Even on the rows that it learns from, {percent(end_of(train))} of the loss of guessing is left, and "
        f"new rows fare alike. The net may be too limited: {' and '.join(why)}. Or the columns tell no more.",
        advice="Give it more neurons, and less that holds it back; if that changes nothing, look for better columns.",
        epochs=record.numbers[-3:],
        numbers={"share_of_guess_loss": end_of(train), "hidden_units": float(units), "weight_decay": spec.weight_decay},
        suggested_patch=patch,
    )


def plateau(record: Record) -> Iterator[Finding]:
    """Epoch after epoch nothing gets better."""
    watched, numbers = record.watched, record.numbers
    if len(watched) < LONG or not np.isfinite(watched).all():
        return
    lowest = np.minimum.accumulate(watched)
    least = 0.001 * max(min(float(watched[0]), 1.0) - float(lowest[-1]), 1e-3)
    since = numbers[int(np.flatnonzero(lowest > lowest[-1] + least)[-1]) + 1] if lowest[0] > lowest[-1] + least else 1
    flat = numbers[-1] - since
    if flat < max(LONG, numbers[-1] / 3) or end_of(watched) > 1.05 * float(lowest[-1]) + 0.01:
        return
    delta = float(f"{2 * least * record.guess_loss:.2g}")
    yield Finding(
        code="plateau",
        severity="info",
        title="Nothing gets better any more",
        detail=f"Since epoch {since} the loss has stayed where it is, for {flat} epochs.",
        advice="Let the learning rate fall where the loss stays, and stop when that does not help either.",
        epochs=(since, numbers[-1]),
        numbers={"epochs_without_progress": float(flat), "lowest_loss": float(lowest[-1]) * record.guess_loss},
        suggested_patch={
            **patches.plateau(record, patience=5),
            "early_stopping": {"patience": 15, "min_delta": delta},
        },
    )


def noisy_validation(record: Record) -> Iterator[Finding]:
    """The validation loss jumps about while the training loss falls smoothly: it is no good judge of the best epoch."""
    train, validation = record.train, record.validation
    if len(validation) < 2 * ENOUGH or any(learning_rate_too_high(record)) or any(diverging(record)):
        return
    found = jumps(validation)
    noise = float(np.abs(found - found.mean()).mean()) / max(float(validation[len(validation) // 2 :].mean()), 1e-9)
    calm = float(np.abs(jumps(train)).mean())
    size, up = float(np.abs(found).mean()), float((found > 0).mean())
    if noise < 0.1 or size < 0.02 or size < 3 * calm or not 0.25 <= up <= 0.75:
        return
    patch: Patch = {
        **patches.slower(record, 3.0),
        "batch_size": min(2 * record.spec.batch_size, 1_000_000),
        "epochs": min(2 * record.spec.epochs, 1_000_000),
    }
    rows = record.facts.validation if record.facts else None
    few = rows is not None and rows < ROWS_FOR_CALM
    if few and record.spec.split.validation < 0.3 and record.spec.split.test <= 0.3:
        patch["split"] = {"validation": 0.3}
    yield Finding(
        code="noisy_validation",
        severity="info",
        title="The validation loss jumps about",
        detail=f"From epoch to epoch it changes by {percent(noise)}, while the training loss moves smoothly. Which "
        "epoch is the best is then partly luck."
        + (f" It is measured on {rows} rows only, of which each weighs much." if few else ""),
        advice="Keep back more rows, and take calmer steps: larger batches at a lower learning rate.",
        epochs=record.numbers[len(validation) // 2 :][-10:],
        numbers={"mean_change": noise, **({"validation_rows": float(rows)} if rows is not None else {})},
        suggested_patch=patch,
    )
