"""Curves as SVG: polylines over the epochs with a few round numbers beside them, that need no script and no library.

They scale with the page, and take their colours from its style sheet, so that they suit light and dark.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import Final

from learning.insight.formatting import format_number

WIDTH: Final = 640
HEIGHT: Final = 280
LEFT: Final = 64
BOTTOM: Final = 36
TOP: Final = 34
RIGHT: Final = 12
LEGEND_LINE: Final = 18
CHARACTER: Final = 7.0
"""How wide a character of the legend is, about."""
MIN_LOG_RATIO: Final = 30.0
"""Positive values that differ by more than this factor are drawn by their logarithms."""


@dataclass(frozen=True)
class Curve:
    """A line through points (epoch, value), left to right; None leaves a gap. A reference is drawn more lightly."""

    name: str
    points: Sequence[tuple[float, float | None]]
    is_reference: bool = False


def render_svg(curves: Sequence[Curve], title: str) -> str:
    """The curves with axes and a legend; an empty text if there is nothing to draw."""
    points = [(x, y) for curve in curves for x, y in curve.points if y is not None]
    if not points:
        return ""
    epochs, values = zip(*points, strict=True)
    low, high = min(values), max(values)
    places = _place_names([curve.name for curve in curves])
    top = TOP + places[-1][1]
    across = Axis(min(epochs), max(epochs), LEFT, WIDTH - RIGHT, is_log=False)
    up = Axis(low, high, HEIGHT - BOTTOM, top, is_log=low > 0 and high > MIN_LOG_RATIO * low)
    styles = [f"curve curve{number}{' level' if curve.is_reference else ''}" for number, curve in enumerate(curves)]
    lines = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">',
        *_grid(across, up),
        *(line for curve, style in zip(curves, styles, strict=True) for line in _line(curve, style, across, up)),
        *_legend(curves, styles, places),
        "</svg>",
    ]
    return "\n".join(lines)


class Axis:
    """Where values lie between two edges of the drawing: the least at `begin`, the greatest at `end`."""

    def __init__(self, low: float, high: float, begin: float, end: float, *, is_log: bool) -> None:
        self.is_log = is_log
        self.low, self.high = (math.log10(low), math.log10(high)) if is_log else (low, high)
        if not self.high > self.low:
            margin = abs(self.low) / 2 or 0.5
            self.low, self.high = self.low - margin, self.high + margin
        self.begin, self.end = begin, end

    def position(self, value: float) -> float:
        """Where a value is drawn, to a tenth."""
        share = ((math.log10(value) if self.is_log else value) - self.low) / (self.high - self.low)
        return round(self.begin + share * (self.end - self.begin), 1)

    def ticks(self) -> Iterator[float]:
        """Three to seven round values: 1, 2 or 5 times a power of ten apart, or powers of ten."""
        if self.is_log:
            powers = range(math.ceil(self.low), math.floor(self.high) + 1)
            yield from (10.0**power for power in powers[:: max(1, len(powers) // 6)])
            return
        rough = (self.high - self.low) / 5
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(round_step * power for round_step in (1, 2, 5, 10) if round_step * power >= rough)
        first = math.ceil(self.low / step)
        yield from (number * step for number in range(first, math.floor(self.high / step) + 1))


def _grid(across: Axis, up: Axis) -> Iterator[str]:
    for value in up.ticks():
        y = up.position(value)
        yield f'<line class="grid" x1="{LEFT}" y1="{y}" x2="{WIDTH - RIGHT}" y2="{y}"/>'
        yield f'<text x="{LEFT - 8}" y="{y}" dy="0.32em" text-anchor="end">{escape(format_number(value))}</text>'
    for value in across.ticks():
        if value.is_integer():
            x = across.position(value)
            yield f'<text x="{x}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{value:,.0f}</text>'
    middle = (LEFT + WIDTH - RIGHT) // 2
    yield f'<text x="{middle}" y="{HEIGHT - 2}" text-anchor="middle">epoch</text>'


def _line(curve: Curve, style: str, across: Axis, up: Axis) -> Iterator[str]:
    """A polyline between any two gaps."""
    for is_gap, stretch in groupby(curve.points, key=lambda point: point[1] is None):
        if not is_gap:
            places = " ".join(f"{across.position(x)},{up.position(y)}" for x, y in stretch if y is not None)
            yield f'<polyline class="{style}" points="{places}"/>'


def _place_names(names: Sequence[str]) -> list[tuple[int, int]]:
    """Where each name begins, from the left and below the first line; one that has no room begins another line."""
    places: list[tuple[int, int]] = []
    x, y = LEFT, 0
    for name in names:
        width = 48 + round(CHARACTER * len(name))
        if x > LEFT and x + width > WIDTH:
            x, y = LEFT, y + LEGEND_LINE
        places.append((x, y))
        x += width
    return places


def _legend(curves: Sequence[Curve], styles: Sequence[str], places: Sequence[tuple[int, int]]) -> Iterator[str]:
    for curve, style, (x, down) in zip(curves, styles, places, strict=True):
        y = 14 + down
        yield f'<line class="{style}" x1="{x}" y1="{y}" x2="{x + 18}" y2="{y}"/>'
        yield f'<text x="{x + 24}" y="{y}" dy="0.32em">{escape(curve.name)}</text>'
