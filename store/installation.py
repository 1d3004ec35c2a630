"""The installation's id, in the database and among the files, which belong together while it is the same in both.

The row is committed before the file is written. So a database without the id that its files have is not theirs: it is
new, was lost, or belongs to another installation.
"""

from contextlib import suppress
from functools import partial
from typing import Final

from sqlalchemy import exists, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from contract.ids import new_id
from contract.settings import Settings
from process import logs
from process.child import run_in_child
from store.database import (
    SessionFactory,
    begin_read,
    begin_write,
    build_upsert,
    first_line,
    make_session_factory,
    open_database,
)
from store.errors import DiskFull, FileNotFound, ForeignFiles, StorageUnavailable
from store.files import CHECKPOINTS_PREFIX, DATASETS_PREFIX, INSTALLATION_KEY, open_file_store
from store.files.files import FileStore
from store.tables import CheckpointRow, DatasetRow, InstallationRow

MAX_ID_BYTES: Final = 1024

log = logs.get_logger(__name__)


def bind_at_start(settings: Settings) -> str:
    """Bind the files of an installation to its database; returns why they do not belong together, or an empty text.

    A bucket is reached from a process of its own, as connections to it do not survive a later fork. While database or
    files are unavailable nothing is bound, and the program may start.
    """
    return run_in_child(partial(_bind_in_child, settings)) if settings.storage_url else _bind_at_start(settings)


def bind_files(sessions: SessionFactory, files: FileStore) -> None:
    """Give database and files the same id, unless they have it; a full disk gets the file at a later start.

    Raises:
        ForeignFiles: they do not belong together; nothing was changed.
    """
    with begin_read(sessions) as s:
        require_same_installation(s, files)
        id_of_files, id_of_database = _read_ids(s, files)
    if id_of_database is None:
        with begin_write(sessions) as s:
            # another process may have added one just now
            s.execute(build_upsert(s, InstallationRow).values(number=1, id=new_id("ins")).on_conflict_do_nothing())
            id_of_database = s.scalars(select(InstallationRow.id)).one()
    if id_of_files is None:
        with suppress(DiskFull):
            _write_id(files, id_of_database)


def adopt_files(sessions: SessionFactory, files: FileStore) -> None:
    """Give database and files a new id, so that they belong to each other and to nothing else."""
    new = new_id("ins")
    with begin_write(sessions) as s:
        s.merge(InstallationRow(number=1, id=new))
    _write_id(files, new)


def require_same_installation(s: Session, files: FileStore) -> None:
    """Return if the files belong to the database, also if they have no id yet.

    Raises:
        ForeignFiles: they do not.
    """
    id_of_files, id_of_database = _read_ids(s, files)
    if id_of_files is None:
        _require_named_files(s, files)
    elif id_of_files != id_of_database:
        has = repr(id_of_database) if id_of_database else "none, as it is new or was replaced"
        raise ForeignFiles(files.location, f"they have the id {id_of_files!r}, and the database has {has}")


def has_same_id(s: Session, files: FileStore) -> bool:
    """Whether database and files have the same id, or none."""
    id_of_files, id_of_database = _read_ids(s, files)
    return id_of_files == id_of_database


def _bind_in_child(settings: Settings) -> str:
    logs.configure(settings.log_level, settings.log_format)
    return _bind_at_start(settings)


def _bind_at_start(settings: Settings) -> str:
    try:
        engine = open_database(settings.database)
        try:
            bind_files(make_session_factory(engine), open_file_store(settings))
        finally:
            engine.dispose()
    except ForeignFiles as error:
        return str(error)
    except (SQLAlchemyError, StorageUnavailable, OSError, ValueError) as error:
        log.warning("cannot tell whether the files belong to the database", error=first_line(error))
    return ""


def _read_ids(s: Session, files: FileStore) -> tuple[str | None, str | None]:
    """The id of the files, read before that of the database, which is older."""
    id_of_files = None
    with suppress(FileNotFound):
        chunks = files.read_chunks(INSTALLATION_KEY, 0, MAX_ID_BYTES)
        id_of_files = b"".join(chunks).decode(errors="replace").strip()
    return id_of_files, s.scalar(select(InstallationRow.id))


def _require_named_files(s: Session, files: FileStore) -> None:
    """Require that the database names one of the files, or that there is nothing to name."""
    keys = [*files.list_keys(DATASETS_PREFIX), *files.list_keys(CHECKPOINTS_PREFIX)]
    if not keys:
        if s.scalar(select(exists().where(DatasetRow.status != "failed"))):
            raise ForeignFiles(files.location, "there are none, and the database has datasets")
        return
    names = set(s.scalars(select(DatasetRow.id))) | set(s.scalars(select(CheckpointRow.key)))
    if not any(key in names or key.split("/")[1] in names for key in keys):
        raise ForeignFiles(files.location, f"the database names none of the {len(keys):,}")


def _write_id(files: FileStore, id_of_files: str) -> None:
    files.put([f"{id_of_files}\n".encode()], INSTALLATION_KEY, MAX_ID_BYTES)
