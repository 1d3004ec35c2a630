"""The loss curve of a job as a notebook shows it while one waits: a small SVG that is drawn again in its place."""

import math
import time
from collections.abc import Callable, Sequence
from typing import Final

from contract.responses import EpochResponse
from gradus.notebook import Show

MAX_POINTS: Final = 300
MIN_SECONDS: Final = 0.5
"""The shortest time between two drawings."""
WIDTH: Final = 520
HEIGHT: Final = 200
LEFT: Final = 64
TOP: Final = 26
BOTTOM: Final = 22
LOG_RATIO: Final = 30.0
"""Losses whose largest is so many times the smallest are drawn on a logarithmic scale."""
SVG: Final = "http://www.w3.org/2000/svg"
COLOURS: Final = {"training": "#2f6fdf", "validation": "#d9822b"}

Losses = tuple[int, float | None, float | None]
"""An epoch, and its training and validation loss."""


class LossCurve:
    """The losses of the epochs so far, drawn twice a second at most, and at the end."""

    def __init__(self, epochs: int, show: Show) -> None:
        """A curve of so many epochs; `show` takes each drawing."""
        self._epochs = epochs
        self._show = show
        self._nets: dict[int | None, list[Losses]] = {}
        self._newest: int | None = None
        self._drawn_at = -math.inf

    def add(self, epoch: EpochResponse) -> None:
        """Add an epoch, and draw if it is time."""
        losses = epoch.epoch, epoch.train_loss, epoch.validation_loss
        self._nets.setdefault(epoch.net, []).append(losses)
        self._newest = epoch.net
        if time.monotonic() - self._drawn_at >= MIN_SECONDS:
            self.draw()

    def draw(self) -> None:
        """Draw what there is."""
        self._drawn_at = time.monotonic()
        if self._nets:
            others = [losses for net, losses in self._nets.items() if net != self._newest]
            self._show(draw_losses(self._nets[self._newest], self._epochs, others))


def draw_losses(losses: Sequence[Losses], epochs: int, others: Sequence[Sequence[Losses]] = ()) -> str:
    """An SVG with the training and the validation loss by epoch, of `epochs` that there may be; faintly of `others`."""
    curves, *faint = map(_thin_out, (losses, *others))
    drawn = [curve for each in (curves, *faint) for curve in each.values()]
    values = [value for curve in drawn for _, value in curve] or [0.0]
    low, high = min(values), max(values)
    is_log = low > 0.0 and high > LOG_RATIO * low
    scale: Callable[[float], float] = math.log if is_log else float
    bottom, span = scale(low), (scale(high) - scale(low)) or 1.0
    first, last = losses[0][0], max(losses[0][0] + 1, *(each[-1][0] for each in (losses, *others)))

    def place(epoch: int, loss: float) -> str:
        x = LEFT + (epoch - first) / (last - first) * (WIDTH - LEFT - 8)
        y = HEIGHT - BOTTOM - (scale(loss) - bottom) / span * (HEIGHT - TOP - BOTTOM - 6)
        return f"{x:.1f},{y:.1f}"

    parts = [
        f'<svg xmlns="{SVG}" role="img" aria-label="Loss by epoch" viewBox="0 0 {WIDTH} {HEIGHT}">',
        '<g font-family="sans-serif" font-size="12" fill="currentColor">',
        f'<path d="M{LEFT},{TOP}V{HEIGHT - BOTTOM}H{WIDTH - 8}" fill="none" stroke="currentColor" opacity="0.4"/>',
        f'<text x="{LEFT - 6}" y="{TOP + 10}" text-anchor="end">{high:.3g}</text>',
        f'<text x="{LEFT - 6}" y="{HEIGHT - BOTTOM}" text-anchor="end">{low:.3g}</text>',
        f'<text x="{LEFT}" y="{HEIGHT - 6}">epoch {first}</text>',
        f'<text x="{WIDTH - 8}" y="{HEIGHT - 6}" text-anchor="end">epoch {losses[-1][0]:,} of {epochs:,}</text>',
    ]
    for opacity, net in [*((0.25, each) for each in faint), (1, curves)]:
        for name, curve in net.items():
            points = " ".join(place(epoch, value) for epoch, value in curve)
            stroke = f'stroke="{COLOURS[name]}" stroke-width="2" opacity="{opacity}"'
            parts += [f'<polyline points="{points}" fill="none" {stroke}/>'] if curve else []
    x = LEFT
    for name, curve in curves.items():
        if curve:
            label = f"{name} loss {curve[-1][1]:.4g}"
            parts.append(f'<text x="{x}" y="14" fill="{COLOURS[name]}">{label}</text>')
            x += 200
    if is_log:
        parts.append(f'<text x="{WIDTH - 8}" y="14" text-anchor="end" opacity="0.6">logarithmic</text>')
    return f'<div style="width:{WIDTH}px">{"".join(parts)}</g></svg></div>'


def _thin_out(losses: Sequence[Losses]) -> dict[str, list[tuple[int, float]]]:
    """The curves of a net by their names, in no more points than can be seen."""
    step = max(math.ceil(len(losses) / MAX_POINTS), 1)
    shown = [*losses[:-1:step], losses[-1]]
    return {
        name: [(row[0], value) for row in shown if (value := row[place]) is not None]
        for place, name in enumerate(COLOURS, 1)
    }
