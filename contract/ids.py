"""Ids that sort by age: a prefix and a UUIDv7 (RFC 9562) in 26 letters of lower-case Crockford base32."""

import secrets
import threading
import time
from typing import Literal

IdPrefix = Literal["ds", "job", "mdl", "key", "req"]
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"

_PAIRS = [first + second for first in ALPHABET for second in ALPHABET]

_lock = threading.Lock()
_last = 0


def new_id(prefix: IdPrefix) -> str:
    """A new id such as `ds_06bq2…`; within a process each is greater than the one before."""
    global _last  # noqa: PLW0603 - the clock may stand still between two ids
    with _lock:
        milliseconds = time.time_ns() // 1_000_000
        # 48 bits of time and 12 bits that count within the millisecond, so that order holds
        _last = max(_last + 1, milliseconds << 12)
        stamp = _last
    value = (stamp >> 12 << 80) | (0x7 << 76) | ((stamp & 0xFFF) << 64) | (0b10 << 62) | secrets.randbits(62)
    return f"{prefix}_{''.join([_PAIRS[value >> shift & 0x3FF] for shift in range(120, -1, -10)])}"
