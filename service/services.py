"""The backing services that every route may use: settings, database, files, models, and hints to the workers.

One `Backing` is made when the app is made and handed to each call, so that nothing is global.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session, sessionmaker

from contract.settings import Settings
from service.hints import Hints
from service.http.auth import Keys
from service.http.connection_slots import LongCalls
from service.http.limits import Limits
from service.models.cache import ModelCache
from service.operating.counters import Metrics
from store.files.files import FileStore
from store.models.lookup import ModelResolver
from tables import FileFormat, IngestedTable

Read = Callable[[Path, FileFormat, Path, Mapping[str, str]], IngestedTable]
"""`tables.ingest`, or the same in another process."""


@dataclass(frozen=True)
class Backing:
    """What a call can reach. A route that needs one more lasting thing (such as a cache) gets a field here."""

    settings: Settings
    sessions: sessionmaker[Session]
    files: FileStore
    read: Read
    hints: Hints
    long_calls: LongCalls
    refs: ModelResolver
    models: ModelCache
    keys: Keys
    limits: Limits
    metrics: Metrics
