"""Rules about gradient flow: vanishing and exploding gradients, dead and saturated neurons."""

from collections.abc import Collection, Iterator, Mapping
from typing import Final

import numpy as np

from learning.insight.diagnosis import patches
from learning.insight.diagnosis.findings import Finding, FindingCode
from learning.insight.diagnosis.record import LayerRecord, TrainingRecord
from learning.insight.formatting import format_number, format_percent

MAX_VANISHED_RATIO: Final = 1e-3
"""Below this ratio of its gradient to the last layer's, a first layer hardly learns while the last one does."""

MIN_EXPLODED_NORM: Final = 100.0
"""Targets and inputs are near 1, and so are healthy gradient norms; a step with this one undoes what was learned."""

MIN_INACTIVE_SHARE: Final = 0.5
"""From this share of dead or saturated neurons on, a layer is reported."""


def vanishing_gradients(record: TrainingRecord) -> Iterator[Finding]:
    """The gradient hardly reaches the first layers."""
    ratios = [
        (stats.epoch, first / last)
        for stats in record.layers
        if len(stats.layers) > 2
        and (first := stats.layers[0].gradient_norm) is not None
        and (last := stats.layers[-1].gradient_norm)
    ]
    vanished_epochs = [epoch for epoch, ratio in ratios if 0 < ratio < MAX_VANISHED_RATIO]
    if not ratios or 2 * len(vanished_epochs) < len(ratios):
        return
    ratio = float(np.median([ratio for _, ratio in ratios]))
    hidden = record.layers[-1].layers[:-1]
    saturating = {layer.activation for layer in hidden} & {"sigmoid", "tanh"}
    cause = "/".join(sorted(saturating)) or "this depth"
    yield Finding(
        code="vanishing_gradients",
        severity="warning",
        title="Vanishing gradients",
        detail=f"The gradient of the first layer is only {format_number(ratio)} times as long as that of the last: in "
        f"backpropagation through {len(hidden)} layers with {cause} it shrinks at every step, and the "
        "first layers hardly learn.",
        advice="Use relu, which passes gradients on unchanged, or fewer layers.",
        epochs=vanished_epochs[-10:],
        numbers={"first_to_last_gradient": ratio, "layers": float(len(hidden))},
        suggested_patch=patches.replace_activation(record, "relu") if saturating else patches.keep_two_layers(record),
    )


def exploding_gradients(record: TrainingRecord) -> Iterator[Finding]:
    """Gradients are so large that single steps undo what was learned, and they are not clipped."""
    clip = record.spec.gradient_clip_norm
    norms = {seen.epoch: seen.gradient_norm for seen in record.epochs if seen.gradient_norm is not None}
    exploded_epochs = [epoch for epoch, norm in norms.items() if norm > MIN_EXPLODED_NORM]
    if not exploded_epochs or (clip is not None and clip <= MIN_EXPLODED_NORM):
        return
    max_norm = max(norms.values())
    yield Finding(
        code="exploding_gradients",
        severity="warning",
        title="Exploding gradients",
        detail=f"The mean gradient norm was {format_number(max_norm)} in epoch {max(norms, key=norms.__getitem__)}; "
        "around 1 is healthy. Steps of that size destroy what was learned.",
        advice="Clip gradients to a norm of 1 (gradient_clip_norm), and use no more than a typical learning rate.",
        epochs=exploded_epochs[:10],
        numbers={"largest_gradient_norm": max_norm, "median_gradient_norm": float(np.median(list(norms.values())))},
        suggested_patch={**patches.cap_learning_rate(record), "gradient_clip_norm": 1.0},
    )


def dying_relu(record: TrainingRecord) -> Iterator[Finding]:
    """Neurons of a relu layer output 0 for every row, so that their gradient is 0 as well."""
    yield from _find_inactive_neurons(
        record,
        "dead_share",
        {"relu": "leaky_relu"},
        code="dying_relu",
        title="Dead neurons (dying ReLU)",
        detail="In layer {layer}, {share} of the neurons output 0 for every row sampled. A ReLU that is never above 0 "
        "has no gradient and cannot recover; a step that was too large usually causes it.",
        advice="Use leaky_relu, which keeps a small gradient below zero, and a lower learning rate.",
    )


def saturated_units(record: TrainingRecord) -> Iterator[Finding]:
    """Neurons of a sigmoid or tanh layer are at the ends of their range, where the gradient vanishes."""
    yield from _find_inactive_neurons(
        record,
        "saturated_share",
        {"sigmoid": "relu", "tanh": "relu"},
        code="saturated_units",
        title="Saturated neurons",
        detail="In layer {layer}, {share} of the outputs of {activation} are at an end of its range, where it is flat: "
        "the gradient there is almost zero.",
        advice="Use relu, which has no upper end, and a typical learning rate.",
    )


def _find_inactive_neurons(
    record: TrainingRecord,
    share: str,
    replacements: Mapping[str, str],
    *,
    code: FindingCode,
    title: str,
    detail: str,
    advice: str,
) -> Iterator[Finding]:
    """The finding of layers with too large a `share` of neurons, whose activations `replacements` would do better."""
    affected = _affected_layers(record, share, replacements.keys())
    if not affected:
        return
    worst = affected[0]
    yield Finding(
        code=code,
        severity="warning",
        title=title,
        detail=detail.format(
            layer=worst.layer, share=format_percent(getattr(worst, share) or 0.0), activation=worst.activation
        ),
        advice=advice,
        epochs=(record.layers[-1].epoch,),
        numbers={f"{share}_layer_{one.layer}": getattr(one, share) or 0.0 for one in affected},
        suggested_patch={
            **patches.cap_learning_rate(record),
            **patches.replace_activation(record, replacements[worst.activation]),
        },
    )


def _affected_layers(record: TrainingRecord, share: str, activations: Collection[str]) -> list[LayerRecord]:
    """The hidden layers with these activations whose share is too large after the last epoch, the worst first."""
    if not record.layers:
        return []
    candidates = [layer for layer in record.layers[-1].layers[:-1] if layer.activation in activations]
    affected = [layer for layer in candidates if (getattr(layer, share) or 0.0) >= MIN_INACTIVE_SHARE]
    return sorted(affected, key=lambda layer: -getattr(layer, share))
