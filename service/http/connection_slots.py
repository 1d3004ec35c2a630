"""Connection slots: limits of the threads that slow requests hold, by kind of request and by owner.

The server has a thread for each slot besides those for quick requests, so slow clients cannot block the service. One
owner gets at most half of a kind, so that slow clients of one cannot refuse those of another.
"""

from collections.abc import Callable
from threading import Lock
from typing import Final

from service.http.errors import ProblemError

RETRY_SECONDS: Final = 5
MAX_SMALL_BODY_BYTES: Final = 64 * 1024
MIN_BYTES_PER_SECOND: Final = 1000
"""The least rate of a body that is received and a response that is read."""


class SlotPool:
    """A bounded number of slots, at most half of them for one owner; thread-safe."""

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self.max_by_owner = max(1, slots // 2)
        self._held: dict[str, int] = {}
        self._lock = Lock()

    def acquire(self, owner: str) -> "SlotHold":
        """Hold a slot in a `with` block, whose value is False if none is free for the owner."""
        return SlotHold(self, owner)

    def take(self, owner: str) -> bool:
        """Take a slot if one is free for the owner."""
        with self._lock:
            held = self._held.get(owner, 0)
            is_free = held < self.max_by_owner and sum(self._held.values()) < self.slots
            if is_free:
                self._held[owner] = held + 1
        return is_free

    def release(self, owner: str) -> None:
        """Return a slot of the owner."""
        with self._lock:
            if self._held[owner] > 1:
                self._held[owner] -= 1
            else:
                del self._held[owner]

    def unavailable(self, kind: str) -> ProblemError:
        """The problem of a request without a slot; `kind` names what the slots are for."""
        return ProblemError(
            "unavailable",
            f"Too many {kind}: {self.slots} at once are possible, {self.max_by_owner} of one owner. Try again in "
            f"{RETRY_SECONDS} s; GRADUS_SERVICE_THREADS is the limit.",
            headers={"Retry-After": str(RETRY_SECONDS)},
        )


class SlotHold:
    """A slot of a pool for the length of a `with` block; a class, as a generator takes three times as long."""

    __slots__ = ("_has_slot", "_owner", "_pool")

    def __init__(self, pool: SlotPool, owner: str) -> None:
        self._pool, self._owner, self._has_slot = pool, owner, False

    def __enter__(self) -> bool:
        self._has_slot = self._pool.take(self._owner)
        return self._has_slot

    def __exit__(self, *_: object) -> None:
        if self._has_slot:
            self._pool.release(self._owner)


class ConnectionSlots:
    """The slots of one process, each of which has a thread besides `threads`; without one a request is refused.

    Args:
        threads: the number of threads for quick requests; each kind has as many slots.
        is_ending: whether the process is shutting down; waiting requests are then answered.

    Attributes:
        waits: for waiting GETs, which are answered at once without a slot, and event streams.
        uploads: for request bodies.
        small_bodies: for request bodies of at most `MAX_SMALL_BODY_BYTES`.
        downloads: for responses sent in pieces.
        stalled_at: when a connection was last shut down because its client stalled, by the monotonic clock.
        has_sender: whether a client at an address, with its side open, has sent so many bytes, as far as that is known.
    """

    def __init__(self, threads: int, is_ending: Callable[[], bool]) -> None:
        self.is_ending = is_ending
        self.stalled_at = float("-inf")
        self.has_sender: Callable[[str, int], bool] = lambda _address, _received: True
        self.waits, self.uploads, self.small_bodies, self.downloads = (SlotPool(threads) for _ in range(4))


def count_threads(threads: int) -> int:
    """The number of threads of a process with `threads` for quick requests; idle ones end."""
    slots = ConnectionSlots(threads, lambda: False)
    return threads + sum(pool.slots for pool in (slots.waits, slots.uploads, slots.small_bodies, slots.downloads))
