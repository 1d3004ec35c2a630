"""Progress of reading a file, as it is reported while that goes on."""

from collections.abc import Callable

Report = Callable[[int, float | None], None]
"""A function that is called with the rows read so far, and the share of the file, which may be unknown."""

Share = Callable[[], float | None]
"""The share of a file that has been read."""


def report_nothing(_rows: int, _share: float | None) -> None:
    """A report that nobody wants."""


def get_unknown_share() -> None:
    """The share of what is read at once."""
