"""The line of the log that tells of a request and its answer, as the other lines look and made without their detours.

There is one for every prediction, so it must cost less than a small net does.
"""

import json
import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final, TextIO

ODD: Final = re.compile(r"""[\s="'\x00-\x1f\x7f]""")
"""What a text may not have to stand in a line as it is."""


class RequestLog:
    """Writes a line for each request; one for which there is no room, as on a full disk, is lost and nothing else.

    Args:
        stream: where to.
        for_machines: whether a line is a JSON object, and not text for people.
    """

    def __init__(self, stream: TextIO, *, for_machines: bool) -> None:
        self._stream = stream
        self._for_machines = for_machines

    def info(self, event: str, **said: str | float) -> None:
        """Write what happened and what is said of it, with the time."""
        now = f"{datetime.now(UTC).isoformat()[: -len('+00:00')]}Z"
        if self._for_machines:
            line = json.dumps({**said, "event": event, "level": "info", "timestamp": now})
        else:
            line = f"{now} [info     ] {event} {' '.join([f'{name}={_shown(said[name])}' for name in sorted(said)])}"
        with suppress(OSError):
            self._stream.write(f"{line}\n")
            self._stream.flush()


def _shown(value: str | float) -> str:
    return str(value) if not isinstance(value, str) else repr(value) if ODD.search(value) else value
