"""The parts that a report is made of: headings, paragraphs, tables, curves, code; nothing is said of how they look.

Their texts are plain, and may hold whatever a stranger named a column; who writes them down escapes them.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Heading:
    """The beginning of a chapter; the first one is the report's title."""

    text: str


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; `lead` stands before it in bold."""

    text: str
    lead: str = ""


@dataclass(frozen=True)
class Table:
    """Rows of cells under their headings."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Code:
    """Text to be copied as it is."""

    text: str


@dataclass(frozen=True)
class Curve:
    """A line through points (epoch, value), left to right; a value that is None leaves a gap."""

    name: str
    points: Sequence[tuple[float, float | None]]
    is_reference: bool = False
    """Whether it is there to compare with, and drawn more lightly."""


@dataclass(frozen=True)
class Curves:
    """Lines over the epochs, and what they show in words."""

    title: str
    curves: Sequence[Curve]


Part = Heading | Paragraph | Table | Code | Curves
