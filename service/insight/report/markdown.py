"""A report as Markdown, for a wiki, an issue or a terminal: the same words, and instead of curves where they went."""

import re
from collections.abc import Sequence
from typing import Final

from learning.insight.formatting import format_number
from service.insight.report.parts import Code, Curve, Curves, Heading, Paragraph, Part, Table

SPECIAL_CHARACTERS: Final = re.compile(r"[\\`*_\[\]|~<>&#@]|:(?=//)")
"""What means something in Markdown, or in the HTML that it may hold; before it stands a backslash."""

MAX_POINTS: Final = 12
"""Of a curve, so many points are told."""


def render_markdown(parts: Sequence[Part]) -> str:
    """The report; the first part is its title."""
    written = [_render_part(part, "##" if number else "#") for number, part in enumerate(parts)]
    return "\n\n".join(written) + "\n"


def _render_part(part: Part, heading: str) -> str:
    match part:
        case Heading(title):
            return f"{heading} {_escape(title)}"
        case Paragraph(words, lead):
            return f"**{_escape(lead)}** {_escape(words)}" if lead else _escape(words)
        case Table(headings, rows):
            return _table(headings, rows)
        case Code(code):
            fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", code)), default=0))
            return f"{fence}\n{code}\n{fence}"
        case Curves(title, curves):
            epochs = sorted({x for curve in curves for x, _ in curve.points})
            chosen = (
                epochs
                if len(epochs) <= MAX_POINTS
                else [epochs[n * (len(epochs) - 1) // (MAX_POINTS - 1)] for n in range(MAX_POINTS)]
            )
            rows = [[f"{epoch:,.0f}", *(_value(curve, epoch) for curve in curves)] for epoch in chosen]
            return f"{_escape(title)}\n\n{_table(['epoch', *(curve.name for curve in curves)], rows)}"


def _value(curve: Curve, epoch: float) -> str:
    points = dict(curve.points)
    value = points[min(points)] if curve.is_reference else points.get(epoch)
    return "" if value is None else format_number(value)


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(
        f"| {' | '.join(cell if number == 1 else _escape(cell) for cell in line)} |"
        for number, line in enumerate(lines)
    )


def _escape(words: str) -> str:
    """Words that mean nothing but themselves, on one line."""
    return SPECIAL_CHARACTERS.sub(r"\\\g<0>", " ".join(words.split()))
