"""The end of leases, by the database's clock: those of jobs, datasets and deliveries expire alike."""

from typing import Final

from sqlalchemy import ColumnElement, or_
from sqlalchemy.orm import InstrumentedAttribute

from store.database import now

MAX_LEASE_SECONDS: Final = 60.0
"""No lease lasts longer. One that seems to was written while the clock was ahead, and its worker may be gone."""


def is_expired(leased_until: InstrumentedAttribute[float | None]) -> ColumnElement[bool]:
    """The condition that a lease has ended, or ends later than any lease may."""
    return or_(leased_until < now(), leased_until > now() + MAX_LEASE_SECONDS)


def is_valid(leased_until: InstrumentedAttribute[float | None]) -> ColumnElement[bool]:
    """The condition that a lease holds; the opposite of `is_expired` where there is one."""
    return leased_until.between(now(), now() + MAX_LEASE_SECONDS)
