"""Redis, PostgreSQL, API and disk fail, processes crash at named points: no job is lost, doubled or changed.

A few faults of each kind; `make faults` does them by the hundred.
"""

import pytest

from tests.faults import on_disk
from tests.faults.__main__ import inflicted
from tests.faults.checker import check
from tests.faults.faults import FAULTS
from tests.faults.installation import InstallationUnderFaults

ON_BOTH = ["points", "redis killed", "redis emptied", "redis silent", "hints", "lost answers"]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", ON_BOTH)
def test_nothing_is_lost(field: InstallationUnderFaults, name: str):
    outcome = FAULTS[name].inflict(field, FAULTS[name].few)

    assert outcome.landed > 0
    assert check(field) == len(field.acknowledged)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("field", ["postgresql"], indirect=True)
def test_nothing_is_lost_with_a_database_server_that_restarts(field: InstallationUnderFaults):
    outcome = FAULTS["postgresql"].inflict(field, FAULTS["postgresql"].few)

    assert outcome.landed > 0
    assert check(field) == len(field.acknowledged)


@pytest.mark.timeout(900)
@pytest.mark.skipif(not on_disk.mountable(), reason="to mount a small disk takes root on Linux")
def test_nothing_is_lost_on_a_full_disk():
    outcome, jobs = inflicted(FAULTS["full disk"], "sqlite", FAULTS["full disk"].few, seed=1)

    assert outcome.landed > 0
    assert jobs > 0
