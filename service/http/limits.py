"""Rate limits by token buckets: requests a minute, uploaded bytes an hour, wrong keys a minute, in this process.

Each caller has a bucket of its own, so one who exceeds a limit does not affect others.
"""

import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from math import ceil
from typing import Final

from contract.settings import Settings
from service.http.errors import ProblemError

MAX_CALLERS: Final = 4096
ROUNDING_SECONDS: Final = 1e-6
"""The error of a sum of floats; shorter waits are none."""


class TokenBuckets:
    """A token bucket for each caller; thread-safe, in bounded memory.

    A bucket is one number, the time at which it will be full again; taking tokens moves that time away. (The "virtual
    scheduling" form of the generic cell rate algorithm, ITU-T I.371.)

    Args:
        size: tokens in a full bucket; 0: no limit.
        seconds: the time in which an empty bucket fills up.
        clock: a monotonic clock in seconds.
    """

    def __init__(self, size: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.size = size
        self._seconds = seconds
        self._seconds_each = seconds / size if size else 0.0
        self._clock = clock
        self._full_at: dict[str, float] = {}
        self._lock = threading.Lock()

    def take(self, caller: str, amount: int = 1) -> float:
        """Take tokens from a caller's bucket if it has enough; returns 0, or the seconds until it will have."""
        now = self._clock()
        with self._lock:
            full_at = max(self._full_at.get(caller, now), now) + amount * self._seconds_each
            wait = full_at - now - self._seconds
            if wait > ROUNDING_SECONDS:
                return wait
            self._full_at[caller] = full_at
            if len(self._full_at) > MAX_CALLERS:
                self._evict()
        return 0.0

    def seconds_until(self, caller: str, amount: int = 1) -> float:
        """The seconds until a caller's bucket will have enough tokens; 0 if it has them now."""
        now = self._clock()
        wait = max(self._full_at.get(caller, now), now) + amount * self._seconds_each - now - self._seconds
        return wait if wait > ROUNDING_SECONDS else 0.0

    def refund(self, caller: str, amount: int) -> None:
        """Put back tokens that were not used."""
        with self._lock:
            if caller in self._full_at:
                self._full_at[caller] -= amount * self._seconds_each

    def _evict(self) -> None:
        """Remove the fuller half of the buckets."""
        by_fullness = sorted(self._full_at.items(), key=lambda item: item[1])
        self._full_at = dict(by_fullness[len(by_fullness) // 2 :])


class OwnerLimits:
    """The rate limits of each owner."""

    def __init__(self, settings: Settings) -> None:
        self._requests = TokenBuckets(settings.requests_per_minute, 60.0)
        self._uploads = TokenBuckets(settings.upload_bytes_per_hour, 3600.0)

    def count_request(self, owner: str) -> None:
        """Count a request.

        Raises:
            ProblemError: `too-many-requests`.
        """
        if wait := self._requests.take(owner):
            raise too_many_requests(
                wait,
                f"More than {self._requests.size:,} requests a minute came from you, and this one was not processed; "
                "send fewer at once, such as many rows in one prediction. GRADUS_REQUESTS_PER_MINUTE is the limit.",
            )

    def max_upload_bytes(self, limit: int) -> int:
        """The most bytes that an upload may have, where `limit` applies to all owners."""
        return min(limit, self._uploads.size) if self._uploads.size else limit

    @contextmanager
    def count_upload(self, owner: str, source: Iterator[bytes], length: int | None) -> Generator[Iterator[bytes]]:
        """The chunks of an upload, counted by its length at once, or by the chunk if `length` is None.

        Bytes of the length that do not arrive are refunded.

        Raises:
            ProblemError: `too-many-requests`, before anything is read, or in the middle without a length.
        """
        received = 0

        def count_chunks() -> Iterator[bytes]:
            nonlocal received
            for chunk in source:
                received += len(chunk)
                if length is None and self._uploads.take(owner, len(chunk)):
                    raise self._too_many_bytes(owner, received)
                yield chunk

        if length is not None and self._uploads.take(owner, length):
            raise self._too_many_bytes(owner, length)
        try:
            yield count_chunks()
        finally:
            if length is not None:
                self._uploads.refund(owner, length - received)

    def _too_many_bytes(self, owner: str, upload_bytes: int) -> ProblemError:
        return too_many_requests(
            self._uploads.seconds_until(owner, upload_bytes),
            f"You may upload {self._uploads.size:,} bytes an hour, of which fewer than the {upload_bytes:,} of this "
            "upload are left now; nothing of it was kept. GRADUS_UPLOAD_BYTES_PER_HOUR is the limit.",
        )


def too_many_requests(wait: float, detail: str) -> ProblemError:
    """The problem of a request that may be repeated after `wait` seconds."""
    seconds = max(1, ceil(wait))
    return ProblemError(
        "too-many-requests", f"{detail} Try again in {seconds:,} s.", headers={"Retry-After": str(seconds)}
    )
