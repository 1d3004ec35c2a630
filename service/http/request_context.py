"""The context of a request: services, owner and body, from which its handler opens transactions."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from flask import Request
from sqlalchemy.orm import Session

from contract.settings import Settings
from service.http.auth import Authenticator
from service.http.connection_slots import ConnectionSlots
from service.http.errors import ProblemError
from service.http.limits import OwnerLimits
from store.database import SessionFactory, begin_read, begin_write, free_database_bytes
from store.files.files import FileStore


@dataclass(frozen=True)
class HttpServices:
    """The services that HTTP itself needs; `service.services` adds those of the resources."""

    settings: Settings
    sessions: SessionFactory
    files: FileStore
    authenticator: Authenticator
    limits: OwnerLimits
    connection_slots: ConnectionSlots


S_co = TypeVar("S_co", bound=HttpServices, covariant=True)


@dataclass(frozen=True)
class RequestContext(Generic[S_co]):
    """One parsed request.

    Attributes:
        services: settings, sessions, files and the other services of the installation.
        request: Flask's request, for special headers.
        authenticate: returns the owner that the key acts for; called again before every transaction, since the key
            may be revoked during a long request.
        owner: the owner at the start of the request.
        media_type: the body's media type, one of `consumes`; empty without a body.
        raw_body: the bytes of a body that is no upload.
        upload: the chunks of an upload as they arrive, decompressed if its Content-Encoding is gzip.
    """

    services: S_co
    request: Request
    authenticate: Callable[[], str]
    owner: str
    media_type: str
    raw_body: bytes
    upload: Iterator[bytes]

    def begin_read(self) -> AbstractContextManager[Session]:
        """A reading session."""
        self.authenticate()
        return begin_read(self.services.sessions)

    def begin_write(self) -> AbstractContextManager[Session]:
        """A writing session, which commits at the end of the `with`."""
        self.authenticate()
        return begin_write(self.services.sessions)


AnyContext = RequestContext[HttpServices]

MAX_EPOCH_BYTES: Final = 300
"""What an epoch takes in the database, with its index entries."""


def require_disk_space(services: HttpServices, upload_bytes: int = 0) -> None:
    """Require that the disk keeps its reserve.

    Raises:
        ProblemError: `disk-full`.
    """
    free, reserve = services.files.free_bytes(), services.settings.min_free_bytes
    if free - upload_bytes < reserve:
        raise ProblemError(
            "disk-full",
            f"The disk has {free:,} bytes left, the upload has {upload_bytes:,}, and {reserve:,} are the reserve.",
        )


def require_space_for_epochs(services: HttpServices, epochs: int) -> None:
    """Require that the database keeps the reserve when all epochs of a job are recorded; of a server it is not known.

    Raises:
        ProblemError: `disk-full`.
    """
    require_disk_space(services)
    free, reserve = free_database_bytes(services.settings.database), services.settings.min_free_bytes
    if free is None:
        return
    needed, most = epochs * MAX_EPOCH_BYTES, max(0, free - reserve) // MAX_EPOCH_BYTES
    if epochs > most:
        raise ProblemError(
            "disk-full",
            f"{epochs:,} epochs take up to {needed:,} bytes of the database's disk, which has {free:,} left, and "
            f"{reserve:,} are the reserve. Train at most {most:,} epochs, or delete jobs and datasets.",
        )
