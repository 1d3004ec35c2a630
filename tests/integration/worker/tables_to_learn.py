"""Small learnable tables, as CSV."""

from pathlib import Path

import numpy as np


def sums(rows: int = 300) -> str:
    """A number y that follows from a and b."""
    a, b = np.random.default_rng(1).normal(size=(2, rows)).round(3)
    lines = [f"{x},{y},{2 * x - y:.3f}" for x, y in zip(a, b, strict=True)]
    return "\n".join(["a,b,y", *lines, ""])


def sides(rows: int = 300) -> str:
    """A word that says on which side of a line a point lies."""
    a, b = np.random.default_rng(2).normal(size=(2, rows)).round(3)
    lines = [f"{x},{y},{'above' if y > x else 'below'}" for x, y in zip(a, b, strict=True)]
    return "\n".join(["a,b,side", *lines, ""])


def choices() -> str:
    """Readers and the books that they rated."""
    return (Path(__file__).parents[3] / "examples/book_ratings.csv").read_text(encoding="utf-8")
