"""Ids that sort by age: a prefix and a UUIDv7 (RFC 9562) in 26 letters of lower-case Crockford base32.

An id is no secret: its random bits are of the generator that every process seeds anew, also after a fork.
"""

import random
import threading
import time
from typing import Final, Literal

IdPrefix = Literal["ds", "job", "mdl", "key", "req", "ins", "cmpl", "wh", "msg", "prd", "sw", "bat"]
ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"

_PAIRS: Final = [first + second for first in ALPHABET for second in ALPHABET]


class _Timestamps:
    """Timestamps of 60 bits, each greater than the one before, also while the clock stands still."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def take(self) -> int:
        """48 bits of milliseconds since 1970, and 12 bits that count within the millisecond."""
        milliseconds = time.time_ns() // 1_000_000
        with self._lock:
            self._last = max(self._last + 1, milliseconds << 12)
            return self._last


_timestamps: Final = _Timestamps()


def new_id(prefix: IdPrefix) -> str:
    """A new id such as `ds_06bq2…`; within a process each is greater than the one before."""
    stamp = _timestamps.take()
    value = (stamp >> 12 << 80) | (0x7 << 76) | ((stamp & 0xFFF) << 64) | (0b10 << 62) | random.getrandbits(62)
    return f"{prefix}_{''.join([_PAIRS[value >> shift & 0x3FF] for shift in range(120, -1, -10)])}"
