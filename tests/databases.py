"""The databases that a test runs on.

Tests of the store and of migrations run on SQLite and PostgreSQL. Tests of the service run on SQLite, since they check
HTTP; those marked `on_every_database` hold what depends on the database: races, lists, and a job from submit to end.
"""

import pytest

on_every_database = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
