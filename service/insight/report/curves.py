"""Curves as SVG: polylines over the epochs with a few round numbers beside them, that need no script and no library.

They scale with the page, and take their colours from its style sheet, so that they suit light and dark.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Final

from learning.insight.formatting import format_number
from service.insight.report.parts import Curve, Curves

WIDTH: Final = 640
HEIGHT: Final = 280
LEFT: Final = 64
BOTTOM: Final = 36
TOP: Final = 34
RIGHT: Final = 12
MIN_LOG_RATIO: Final = 30.0
"""Positive values that differ by more than this factor are drawn by their logarithms."""


def render_svg(curves: Curves) -> str:
    """The curves with axes and a legend; an empty text if there is nothing to draw."""
    points = [(x, y) for curve in curves.curves for x, y in curve.points if y is not None]
    if not points:
        return ""
    values = [y for _, y in points]
    low, high = min(values), max(values)
    steep = low > 0 and high > MIN_LOG_RATIO * low
    across = Axis(min(x for x, _ in points), max(x for x, _ in points), LEFT, WIDTH - RIGHT, is_log=False)
    up = Axis(low, high, HEIGHT - BOTTOM, TOP, is_log=steep)
    lines = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(curves.title)}">',
        *_grid(across, up),
        *(line for number, curve in enumerate(curves.curves) for line in _line(curve, number, across, up)),
        *_legend(curves.curves),
        "</svg>",
    ]
    return "\n".join(lines)


class Axis:
    """Where values lie between two edges of the drawing.

    Args:
        low: The least value.
        high: The greatest.
        begin: Where the least is drawn.
        end: Where the greatest is.
        steep: Whether logarithms are drawn.
    """

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


def _line(curve: Curve, number: int, across: Axis, up: Axis) -> Iterator[str]:
    style = f"curve curve{number}{' level' if curve.is_reference else ''}"
    for stretch in _split_at_gaps(curve.points):
        places = " ".join(f"{across.position(x)},{up.position(y)}" for x, y in stretch)
        yield f'<polyline class="{style}" points="{places}"/>'


def _split_at_gaps(points: Iterable[tuple[float, float | None]]) -> Iterator[list[tuple[float, float]]]:
    """The points between two gaps."""
    stretch: list[tuple[float, float]] = []
    for x, y in points:
        if y is not None:
            stretch.append((x, y))
        elif stretch:
            yield stretch
            stretch = []
    if stretch:
        yield stretch


def _legend(curves: Sequence[Curve]) -> Iterator[str]:
    room = (WIDTH - LEFT - RIGHT) / max(len(curves), 1)
    for number, curve in enumerate(curves):
        x, style = round(LEFT + number * room), f"curve curve{number}{' level' if curve.is_reference else ''}"
        yield f'<line class="{style}" x1="{x}" y1="14" x2="{x + 18}" y2="14"/>'
        yield f'<text x="{x + 24}" y="14" dy="0.32em">{escape(curve.name)}</text>'
