"""How much one caller may ask of this process: requests a minute, bytes of uploads an hour, wrong keys a minute.

Each caller has a bucket that holds what may come at once and fills up again evenly. So one who asks too much is told to
wait, and the others notice nothing of it.
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
"""What a sum of floats may be off by; nobody is told to wait so long."""


class TokenBuckets:
    """A token bucket for each caller; for any number of threads and, in bounded memory, of callers.

    A bucket is one number, the moment at which it will be full again: what was taken from it moves that moment away.
    (The "virtual scheduling" form of the generic cell rate algorithm, ITU-T I.371.)

    Args:
        size: how much a bucket holds; 0: as much as anybody wants.
        seconds: how long an empty one takes to fill up.
        clock: tells the seconds that have passed.
    """

    def __init__(self, size: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.size = size
        self._seconds = seconds
        self._seconds_each = seconds / size if size else 0.0
        self._clock = clock
        self._full_at: dict[str, float] = {}
        self._lock = threading.Lock()

    def take(self, caller: str, amount: int = 1) -> float:
        """Take so much from a caller's bucket, if it holds as much: then 0, else the seconds until it will."""
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
        """The seconds until a caller's bucket will hold so much; 0 if it does now."""
        now = self._clock()
        wait = max(self._full_at.get(caller, now), now) + amount * self._seconds_each - now - self._seconds
        return wait if wait > ROUNDING_SECONDS else 0.0

    def refund(self, caller: str, amount: int) -> None:
        """Put back what was taken and not used."""
        with self._lock:
            if caller in self._full_at:
                self._full_at[caller] -= amount * self._seconds_each

    def _evict(self) -> None:
        """Forget the half of the callers whose buckets are the fullest."""
        by_fullness = sorted(self._full_at.items(), key=lambda of_caller: of_caller[1])
        self._full_at = dict(by_fullness[len(by_fullness) // 2 :])


class OwnerLimits:
    """What each owner may ask of this process."""

    def __init__(self, settings: Settings) -> None:
        self._requests = TokenBuckets(settings.requests_per_minute, 60.0)
        self._uploads = TokenBuckets(settings.upload_bytes_per_hour, 3600.0)

    def count_request(self, owner: str) -> None:
        """Count a request.

        Raises:
            ProblemError: `too-many-requests`.
        """
        wait = self._requests.take(owner)
        if wait:
            raise too_many_requests(
                wait,
                f"More than {self._requests.size:,} requests a minute came from you, and this one was not looked at; "
                "send fewer at once, such as many rows in one prediction. GRADUS_REQUESTS_PER_MINUTE is the limit.",
            )

    def max_upload_bytes(self, limit: int) -> int:
        """How many bytes an upload may have, where `limit` is what holds for all owners together."""
        return min(limit, self._uploads.size) if self._uploads.size else limit

    @contextmanager
    def count_upload(self, owner: str, source: Iterator[bytes], length: int | None) -> Generator[Iterator[bytes]]:
        """An upload as it arrives, counted by its length at once; by the piece, if that is known only at the end.

        What of the length never came is given back.

        Args:
            owner: whose upload it is.
            source: the pieces.
            length: how many bytes are to come, if that was said.

        Raises:
            ProblemError: `too-many-requests`, before anything was read, or in the middle if the length was not said.
        """
        came = 0

        def counted() -> Iterator[bytes]:
            nonlocal came
            for piece in source:
                came += len(piece)
                if length is None and self._uploads.take(owner, len(piece)):
                    raise self._too_much(owner, came)
                yield piece

        if length is not None and self._uploads.take(owner, length):
            raise self._too_much(owner, length)
        try:
            yield counted()
        finally:
            if length is not None:
                self._uploads.refund(owner, length - came)

    def _too_much(self, owner: str, wanted: int) -> ProblemError:
        return too_many_requests(
            self._uploads.seconds_until(owner, wanted),
            f"You may upload {self._uploads.size:,} bytes an hour, of which fewer than the {wanted:,} of this upload "
            "are left now; nothing of it was kept. GRADUS_UPLOAD_BYTES_PER_HOUR is the limit.",
        )


def too_many_requests(wait: float, detail: str) -> ProblemError:
    """The refusal of what may come after `wait` seconds."""
    seconds = max(1, ceil(wait))
    return ProblemError(
        "too-many-requests", f"{detail} Come back in {seconds:,} s.", headers={"Retry-After": str(seconds)}
    )
