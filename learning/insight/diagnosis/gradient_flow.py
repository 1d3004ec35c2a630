"""Rules about what flows through the layers: gradients that fade or swell, and neurons that say nothing any more."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from learning.insight.diagnosis import patches
from learning.insight.diagnosis.findings import Finding
from learning.insight.diagnosis.record import LayerRecord, TrainingRecord
from learning.insight.formatting import format_number, format_percent

MAX_VANISHED_RATIO: Final = 1e-3
"""A first layer that gets so much less of the gradient than the last learns nothing in the time that the last needs."""

MIN_EXPLODED_NORM: Final = 100.0
"""Targets and inputs are near 1, and so are healthy gradients; one so long carries the weights far away."""

MIN_INACTIVE_SHARE: Final = 0.5
"""From this share of dead or saturated neurons on a layer is called ill."""


def vanishing_gradients(record: TrainingRecord) -> Iterator[Finding]:
    """The error hardly reaches the first layers on its way back."""
    ratios = [
        (seen.epoch, first / last)
        for seen in record.layers
        if len(seen.layers) > 2
        and (first := seen.layers[0].gradient_norm) is not None
        and (last := seen.layers[-1].gradient_norm)
    ]
    faded = [epoch for epoch, ratio in ratios if 0 < ratio < MAX_VANISHED_RATIO]
    if not ratios or 2 * len(faded) < len(ratios):
        return
    ratio = float(np.median([ratio for _, ratio in ratios]))
    bent = {layer.activation for layer in record.dense_layers} & {"sigmoid", "tanh"}
    flat = "/".join(sorted(bent)) or "this depth"
    yield Finding(
        code="vanishing_gradients",
        severity="warning",
        title="The gradients vanish",
        detail=f"The first layer's gradient is only {format_number(ratio)} times as long as the last one's: "
        f"on its way back "
        f"through {len(record.dense_layers)} layers the error fades, with {flat} at every step, and the first "
        f"layers hardly "
        "learn.",
        advice="Use relu, which lets errors pass unweakened, or fewer layers.",
        epochs=faded[-10:],
        numbers={"first_to_last_gradient": ratio, "layers": float(len(record.dense_layers))},
        suggested_patch=patches.replace_activation(record, "relu")
        if bent
        else patches.replace_layers(record, record.dense_layers[:2]),
    )


def exploding_gradients(record: TrainingRecord) -> Iterator[Finding]:
    """Gradients are so long that single steps undo what was learned, and nothing cuts them."""
    clip = record.spec.gradient_clip_norm
    norms = {seen.epoch: seen.gradient_norm for seen in record.epochs if seen.gradient_norm is not None}
    long = [epoch for epoch, norm in norms.items() if norm > MIN_EXPLODED_NORM]
    if not long or (clip is not None and clip <= MIN_EXPLODED_NORM):
        return
    most = max(norms.values())
    yield Finding(
        code="exploding_gradients",
        severity="warning",
        title="The gradients explode",
        detail=f"Gradients were {format_number(most)} long on average in epoch "
        f"{max(norms, key=norms.__getitem__)}; around 1 "
        "is healthy. Such steps throw the weights far away from what they had learned.",
        advice="Cut gradients to a length of 1, and do not take more than sound steps.",
        epochs=long[:10],
        numbers={"largest_gradient_norm": most, "median_gradient_norm": float(np.median(list(norms.values())))},
        suggested_patch={**patches.cap_learning_rate(record), "gradient_clip_norm": 1.0},
    )


def dying_relu(record: TrainingRecord) -> Iterator[Finding]:
    """Neurons of a relu layer are silent for every row, and so no error can ever wake them."""
    ill = _affected_layers(record, "dead_share", {"relu"})
    if not ill:
        return
    layer, share = ill[0].layer, ill[0].dead_share or 0.0
    yield Finding(
        code="dying_relu",
        severity="warning",
        title="Neurons have died",
        detail=f"In layer {layer} {format_percent(share)} of the neurons are 0 for every row that was looked "
        f"at. A relu that "
        "is never above 0 passes no error back, and so never learns again; most often a step that was too long pushed "
        "it there.",
        advice="Use leaky_relu, which always lets a little through, and a lower learning rate.",
        epochs=(record.layers[-1].epoch,),
        numbers={f"dead_share_layer_{sick.layer}": sick.dead_share or 0.0 for sick in ill},
        suggested_patch={**patches.cap_learning_rate(record), **patches.replace_activation(record, "leaky_relu")},
    )


def saturated_units(record: TrainingRecord) -> Iterator[Finding]:
    """Neurons of a sigmoid or tanh layer are driven to their ends, where they are flat and no error passes."""
    ill = _affected_layers(record, "saturated_share", {"sigmoid", "tanh"})
    if not ill:
        return
    layer, share = ill[0].layer, ill[0].saturated_share or 0.0
    yield Finding(
        code="saturated_units",
        severity="warning",
        title="Neurons are saturated",
        detail=f"In layer {layer} {format_percent(share)} of what {ill[0].activation} gives lies at its flat "
        f"ends. There a "
        "change of the weights changes nothing, so hardly any error passes.",
        advice="Use relu, which has no upper end, and a learning rate that is not too high.",
        epochs=(record.layers[-1].epoch,),
        numbers={f"saturated_share_layer_{sick.layer}": sick.saturated_share or 0.0 for sick in ill},
        suggested_patch={**patches.cap_learning_rate(record), **patches.replace_activation(record, "relu")},
    )


def _affected_layers(record: TrainingRecord, share: str, activations: set[str]) -> list[LayerRecord]:
    """The hidden layers with these activations of which, at last, too great a share was such, the worst first."""
    if not record.layers:
        return []
    ill = [seen for seen in record.layers[-1].layers[:-1] if seen.activation in activations]
    found = [seen for seen in ill if (getattr(seen, share) or 0.0) >= MIN_INACTIVE_SHARE]
    return sorted(found, key=lambda seen: -getattr(seen, share))
