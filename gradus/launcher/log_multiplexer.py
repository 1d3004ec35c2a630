"""Merges the logs of all processes; each line names its process, as a coloured prefix or in a JSON object."""

import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from process.printable import encode_json, escape_unprintable

COLOURS: Final = (36, 33, 32, 35, 34, 96, 93, 92, 95, 94)


class LogMultiplexer:
    """Standard error, shared by the launcher and its processes."""

    def __init__(self, *, as_json: bool, names: Sequence[str]) -> None:
        """Every line is a JSON object if `as_json`, also what a program says before its log is set up."""
        self._as_json = as_json
        self._width = max(len(name) for name in [*names, "gradus"])
        self._coloured = sys.stderr.isatty() and "NO_COLOR" not in os.environ
        self._colours: dict[str, int] = {}

    def write_note(self, text: str) -> None:
        """Write a line of the launcher itself."""
        self.write_lines("gradus", [text])

    def write_lines(self, name: str, lines: Iterable[str]) -> None:
        """Write lines of one process. A closed terminal is no reason to stop."""
        text = "".join(
            f"{_format_json(name, line) if self._as_json else self._format_text(name, line)}\n" for line in lines
        )
        if text:
            with suppress(OSError):
                sys.stderr.write(text)
                sys.stderr.flush()

    def _format_text(self, name: str, line: str) -> str:
        return f"{self._prefix(name)} {escape_unprintable(line)}"

    def _prefix(self, name: str) -> str:
        padded = f"{name:<{self._width}} |"
        if not self._coloured:
            return padded
        colour = self._colours.setdefault(name, COLOURS[len(self._colours) % len(COLOURS)])
        return f"\033[{colour}m{padded}\033[0m"


def _format_json(name: str, line: str) -> str:
    """A line as a JSON object that names its process."""
    process = f'{{"process": {encode_json(name)}, '
    if line.startswith('{"') and line.endswith("}"):  # an event of our own logs, which are whole lines
        return process + line[1:]
    moment = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    return process + encode_json({"event": line, "level": "info", "timestamp": moment})[1:]
