"""The databases that a test runs on.

Tests of the store and of migrations run on SQLite and PostgreSQL. Tests of the service run on SQLite, since they check
HTTP; those marked `on_every_database` hold what depends on the database: races, lists, and a job from submit to end.
Tests of real workers run on SQLite and the embedded broker; those marked `on_every_kind` hold what depends on both:
jobs, hints, leases and crashes. Resumes run on PostgreSQL and Redis.
"""

import pytest

KINDS = ["sqlite and the embedded broker", "postgresql and redis"]
"""The kinds of installations: a database and a broker."""

on_every_database = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
on_every_kind = pytest.mark.parametrize("kind", KINDS, indirect=True)
on_postgresql_and_redis = pytest.mark.parametrize("kind", KINDS[1:], indirect=True)
