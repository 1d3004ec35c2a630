"""Texts before which writing stops: the first of them is found also where it comes in pieces.

What may be the beginning of one is held back until it is known.
"""

from collections.abc import Sequence


class StopFinder:
    """Finds the first of some texts in a text that comes in pieces, and holds back what may be the beginning of one."""

    def __init__(self, stops: Sequence[str]) -> None:
        self.stops = [stop for stop in stops if stop]
        self.has_stopped, self._held = False, ""

    def add(self, piece: str) -> str:
        """Return what can be told with one more piece: before a stop, or before what may be one."""
        self._held += piece
        places = [place for stop in self.stops if (place := self._held.find(stop)) >= 0]
        if places:
            self.has_stopped = True
            return self._held[: min(places)]
        keep = max((self._count_begun(stop) for stop in self.stops), default=0)
        told, self._held = self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
        return told

    def finish(self) -> str:
        """Return what was held back, as no more comes."""
        told, self._held = self._held, ""
        return told

    def _count_begun(self, stop: str) -> int:
        lengths = range(min(len(stop) - 1, len(self._held)), 0, -1)
        return next((length for length in lengths if self._held.endswith(stop[:length])), 0)
