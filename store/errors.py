"""Errors of the store; they carry no HTTP status."""

from collections.abc import Sequence


class StoreError(Exception):
    """The base of everything in this module."""


class NotFound(StoreError):
    """No such thing, or another owner's: the two look the same."""

    def __init__(self, kind: str, reference: str) -> None:
        super().__init__(f"There is no {kind} {reference!r}.")
        self.reference = reference


class WrongState(StoreError):
    """The action is not allowed in this state; `allowed_actions` are."""

    def __init__(self, detail: str, status: str, allowed_actions: Sequence[str]) -> None:
        super().__init__(detail)
        self.status = status
        self.allowed_actions = tuple(allowed_actions)


class InUse(StoreError):
    """Jobs that have not ended need it; `used_by` names the first of them."""

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


class FileNotFound(StoreError):
    """No file is kept under this key."""

    def __init__(self, key: str) -> None:
        super().__init__(f"No file is kept as {key!r}.")


class TooLarge(StoreError):
    """A stream is longer than `limit` bytes; nothing of it was kept."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"The file is larger than the {limit:,} bytes that are allowed.")
        self.limit = limit


class DiskFull(StoreError):
    """The disk is full; nothing of the file was kept."""

    def __init__(self) -> None:
        super().__init__("The disk that files are kept on is full. Delete datasets, or give it more room.")


class StorageUnavailable(StoreError):
    """The file store cannot be reached, or refuses access; its message is for the operator only."""


class ForeignFiles(StoreError):
    """The files do not belong to the database; nothing was changed. `finding` says why, `advice` what to do."""

    def __init__(self, location: str, difference: str) -> None:
        self.finding = f"The files in {location} do not belong to this database: {difference}."
        self.advice = (
            "Correct GRADUS_DATABASE_URL, GRADUS_DATA_DIR or GRADUS_STORAGE_URL, or restore both from one backup; "
            "if these files are to belong to this database from now on, run `gradus adopt`."
        )
        super().__init__(f"{self.finding} {self.advice}")
