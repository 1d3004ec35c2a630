"""The services that every route may use: settings, database, files, models, and hints to the workers.

One `Services` is made when the app is made and handed to each call, so that nothing is global.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session, sessionmaker

from contract.settings import Settings
from service.hints import Hints
from service.http.auth import Authenticator
from service.http.connection_slots import ConnectionSlots
from service.http.limits import OwnerLimits
from service.models.cache import ModelCache
from service.operating.counters import Metrics
from store.files.files import FileStore
from store.models.lookup import ModelResolver
from tables import FileFormat, IngestedTable

IngestFunction = Callable[[Path, FileFormat, Path, Mapping[str, str]], IngestedTable]
"""`tables.ingest`, or the same in another process."""


@dataclass(frozen=True)
class Services:
    """What a call can reach. A route that needs one more lasting thing (such as a cache) gets a field here."""

    settings: Settings
    sessions: sessionmaker[Session]
    files: FileStore
    ingest: IngestFunction
    hints: Hints
    connection_slots: ConnectionSlots
    model_resolver: ModelResolver
    model_cache: ModelCache
    authenticator: Authenticator
    limits: OwnerLimits
    metrics: Metrics
