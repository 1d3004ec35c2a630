"""A report as Markdown, for a wiki, an issue or a terminal: the same words, and instead of curves where they went."""

import re
from collections.abc import Sequence
from typing import Final

from learning.insight.formatting import figure
from service.insight.report.parts import Code, Curve, Curves, Heading, Part, Table, Words

SPECIAL: Final = re.compile(r"[\\`*_\[\]|~<>&#@]|:(?=//)")
"""What means something in Markdown, or in the HTML that it may hold; before it stands a backslash."""

SHOWN: Final = 12
"""Of a curve, so many points are told."""


def text(parts: Sequence[Part]) -> str:
    """The report; the first part is its title."""
    written = [_written(part, "##" if number else "#") for number, part in enumerate(parts)]
    return "\n\n".join(written) + "\n"


def _written(part: Part, heading: str) -> str:
    match part:
        case Heading(title):
            return f"{heading} {_plain(title)}"
        case Words(words, lead):
            return f"**{_plain(lead)}** {_plain(words)}" if lead else _plain(words)
        case Table(headings, rows):
            return _table(headings, rows)
        case Code(code):
            fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", code)), default=0))
            return f"{fence}\n{code}\n{fence}"
        case Curves(title, curves):
            epochs = sorted({x for curve in curves for x, _ in curve.points})
            chosen = (
                epochs if len(epochs) <= SHOWN else [epochs[n * (len(epochs) - 1) // (SHOWN - 1)] for n in range(SHOWN)]
            )
            rows = [[f"{epoch:,.0f}", *(_value(curve, epoch) for curve in curves)] for epoch in chosen]
            return f"{_plain(title)}\n\n{_table(['epoch', *(curve.name for curve in curves)], rows)}"


def _value(curve: Curve, epoch: float) -> str:
    points = dict(curve.points)
    value = points[min(points)] if curve.level else points.get(epoch)
    return "" if value is None else figure(value)


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(
        f"| {' | '.join(cell if number == 1 else _plain(cell) for cell in line)} |" for number, line in enumerate(lines)
    )


def _plain(words: str) -> str:
    """Words that mean nothing but themselves, on one line."""
    return SPECIAL.sub(r"\\\g<0>", " ".join(words.split()))
