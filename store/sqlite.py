"""The SQLite driver: a packaged one that is new enough for safe write-ahead logs, or else Python's own.

A process must not open one file with both: closing it with one drops the locks of the other.
"""

import sqlite3
from importlib import import_module
from types import ModuleType
from typing import Final, Literal


def _import_newest() -> ModuleType:
    try:
        packaged = import_module("pysqlite3.dbapi2")
    except ImportError:
        return sqlite3
    return packaged if packaged.sqlite_version_info > sqlite3.sqlite_version_info else sqlite3


driver: Final = _import_newest()
"""A module with the interface of `sqlite3`."""
VERSION: Final[tuple[int, int, int]] = driver.sqlite_version_info


def choose_journal_mode(version: tuple[int, int, int]) -> Literal["WAL", "TRUNCATE"]:
    """The journal mode that is safe with several processes in this version of SQLite.

    Write-ahead logs can be corrupted up to 3.51.2, except in 3.50.7 and 3.44.6 and later ones of their series.
    """
    fixed = version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)
    return "WAL" if fixed else "TRUNCATE"
