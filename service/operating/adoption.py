"""`python -m service adopt`: the operator's decision that the files belong to the database from now on."""

from sqlalchemy.exc import SQLAlchemyError

from contract.settings import Settings
from store import installation, retention
from store.database import begin_read, first_line, make_session_factory, open_database
from store.errors import StoreError
from store.files import open_file_store


class AdoptionError(Exception):
    """Database or files could not be written; the files belong to no database that was not theirs before."""


def adopt_files(settings: Settings) -> str:
    """Give files and database the same new id; returns what to print, also how many files are missing or orphans.

    Raises:
        AdoptionError: see there.
    """
    engine = open_database(settings.database)
    try:
        sessions, files = make_session_factory(engine), open_file_store(settings)
        installation.adopt_files(sessions, files)
        with begin_read(sessions) as s:
            missing, orphaned = retention.list_missing(s, files), retention.list_unreferenced(s, files, 0.0)
    except (SQLAlchemyError, StoreError, OSError) as error:
        raise AdoptionError(
            f"The files could not be adopted: {first_line(error)} Correct this and try again."
        ) from error
    finally:
        engine.dispose()
    lines = [f"The files in {files.location} belong to this database from now on."]
    if missing:
        lines.append(f"Files that it needs and that are missing: {len(missing):,}, see `gradus doctor`.")
    if orphaned:
        lines.append(
            f"Files without a row: {len(orphaned):,}; a worker that has run for an hour moves them to `trash/`."
        )
    return "".join(f"{line}\n" for line in lines)
