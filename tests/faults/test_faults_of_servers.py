"""Faults of Redis, PostgreSQL, the API and the disk, and crashes at fault points: no job is lost, doubled or changed.

A few faults of each kind; `make faults` does them by the hundred.
"""

import pytest

from tests.faults import on_disk
from tests.faults.__main__ import inflict_fault
from tests.faults.checker import check_jobs
from tests.faults.faults import FAULTS
from tests.faults.installation import InstallationUnderFaults

ON_BOTH = ["points", "redis killed", "redis emptied", "redis silent", "hints", "lost answers"]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", ON_BOTH)
def test_nothing_is_lost(installation: InstallationUnderFaults, name: str):
    outcome = FAULTS[name].inflict(installation, FAULTS[name].daily_times)

    assert outcome.landed > 0
    assert check_jobs(installation) == len(installation.acknowledged)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("installation", ["postgresql"], indirect=True)
def test_nothing_is_lost_with_a_database_server_that_restarts(installation: InstallationUnderFaults):
    outcome = FAULTS["postgresql"].inflict(installation, FAULTS["postgresql"].daily_times)

    assert outcome.landed > 0
    assert check_jobs(installation) == len(installation.acknowledged)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
def test_a_wrong_database_is_refused_and_deletes_no_file(installation: InstallationUnderFaults):
    outcome = FAULTS["wrong databases"].inflict(installation, FAULTS["wrong databases"].daily_times)

    assert outcome.landed > 0
    assert check_jobs(installation) == len(installation.acknowledged)


@pytest.mark.timeout(900)
@pytest.mark.skipif(not on_disk.can_mount(), reason="to mount a small disk takes root on Linux")
def test_nothing_is_lost_on_a_full_disk():
    outcome, jobs = inflict_fault(FAULTS["full disk"], "sqlite", FAULTS["full disk"].daily_times, seed=1)

    assert outcome.landed > 0
    assert jobs > 0
