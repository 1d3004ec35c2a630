"""A few faults of each kind on an installation with SQLite: no job is lost or doubled, or ends with other bits.

The plain crashes of workers are on both databases; the others are on one of them here, and `make faults` does all by
the hundred.
"""

import pytest

from tests.faults import on_disk
from tests.faults.__main__ import inflict_fault
from tests.faults.faults import FAULTS, inflict_daily_faults
from tests.faults.installation import InstallationUnderFaults

DATABASE = "sqlite"
CRASHES = ["kills", "freezes", "points"]
OTHERS = [
    *("redis killed", "redis silent", "lost answers", "departures", "wrong databases", "large models"),
    *("batches", "pictures", "sweeps"),
]

pytestmark = pytest.mark.timeout(900)


@pytest.mark.parametrize("name", [*CRASHES, *OTHERS])
def test_nothing_is_lost(installation: InstallationUnderFaults, name: str):
    inflict_daily_faults(installation, name)


@pytest.mark.skipif(not on_disk.can_mount(), reason="to mount a small disk takes root on Linux")
def test_nothing_is_lost_on_a_full_disk():
    outcome, jobs = inflict_fault(FAULTS["full disk"], DATABASE, FAULTS["full disk"].daily_times, seed=1)

    assert outcome.landed > 0
    assert jobs > 0
