"""Many logs as one: each line begins with who said it, in a colour of its own where a person watches."""

import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Final

COLOURS: Final = (36, 33, 32, 35, 34, 96, 93, 92, 95, 94)


class Log:
    """Standard error, shared by the launcher and its children."""

    def __init__(self, *, plain: bool, names: Sequence[str]) -> None:
        """Lines are passed on as they are if `plain` (for machines that read one event a line)."""
        self._plain = plain
        self._width = max(len(name) for name in [*names, "gradus"])
        self._coloured = sys.stderr.isatty() and "NO_COLOR" not in os.environ
        self._colours: dict[str, int] = {}

    def note(self, text: str) -> None:
        """A line of the launcher's own."""
        self.lines("gradus", [text])

    def lines(self, name: str, lines: Iterable[str]) -> None:
        """What one process said. A terminal that is gone is no reason to stop serving."""
        said = "".join(line + "\n" if self._plain else f"{self._prefix(name)} {line}\n" for line in lines)
        if said:
            with suppress(OSError):
                sys.stderr.write(said)
                sys.stderr.flush()

    def _prefix(self, name: str) -> str:
        padded = f"{name:<{self._width}} |"
        if not self._coloured:
            return padded
        colour = self._colours.setdefault(name, COLOURS[len(self._colours) % len(COLOURS)])
        return f"\033[{colour}m{padded}\033[0m"
