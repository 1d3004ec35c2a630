"""What can go wrong when something is looked up, changed or kept. The names are the reasons; nobody here knows HTTP.

StoreError
├── NotFound              there is no such thing, or it belongs to somebody else
├── WrongState            the thing is in a state in which this cannot be done
├── InUse                 something that has not ended yet needs it
├── IdempotencyKeyReused  an idempotency key came back with another request
├── FileNotFound          no file is kept under this key
├── TooLarge              a stream passed its limit
├── DiskFull              the disk is full
└── StorageUnavailable    the place where files are kept cannot be reached
"""

from collections.abc import Sequence


class StoreError(Exception):
    """The base of everything in this module."""


class NotFound(StoreError):
    """There is no such thing, or it belongs to another owner: the two look the same."""

    def __init__(self, kind: str, reference: str) -> None:
        super().__init__(f"There is no {kind} {reference!r}.")
        self.kind = kind
        self.reference = reference


class WrongState(StoreError):
    """What was asked cannot be done in the state the thing is in; `allowed_actions` can."""

    def __init__(self, detail: str, status: str, allowed_actions: Sequence[str]) -> None:
        super().__init__(detail)
        self.status = status
        self.allowed_actions = tuple(allowed_actions)


class InUse(StoreError):
    """Jobs that have not ended read the thing; `used_by` names the first of them."""

    def __init__(self, detail: str, used_by: Sequence[str]) -> None:
        super().__init__(detail)
        self.used_by = tuple(used_by)


class IdempotencyKeyReused(StoreError):
    """An idempotency key was sent before, with another route or body."""

    def __init__(self, key: str) -> None:
        super().__init__(
            f"The idempotency key {key!r} was used for another request within 24 hours. "
            "Send a new key with a new request, and the same body with the same key."
        )
        self.key = key


class FileNotFound(StoreError):
    """No file is kept under this key."""

    def __init__(self, key: str) -> None:
        super().__init__(f"No file is kept as {key!r}.")
        self.key = key


class TooLarge(StoreError):
    """A stream went on past `limit` bytes; nothing of it was kept."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"The file is larger than the {limit:,} bytes that are allowed.")
        self.limit = limit


class DiskFull(StoreError):
    """The disk is full; nothing of the file was kept."""

    def __init__(self) -> None:
        super().__init__("The disk that files are kept on is full. Delete datasets, or give it more room.")


class StorageUnavailable(StoreError):
    """The place where files are kept cannot be reached, or refuses us; what it says is for the operator only."""
