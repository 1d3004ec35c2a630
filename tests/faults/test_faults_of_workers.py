"""Faults of workers (kills, pauses, shutdowns): no job is lost or doubled, or ends with other bits.

A few faults of each kind; `make faults` does them by the hundred.
"""

import pytest

from tests.faults.checker import check_jobs
from tests.faults.faults import FAULTS
from tests.faults.installation import InstallationUnderFaults


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", ["kills", "freezes", "torn checkpoints", "cancels", "departures"])
def test_nothing_is_lost(installation: InstallationUnderFaults, name: str):
    outcome = FAULTS[name].inflict(installation, FAULTS[name].daily_times)

    assert outcome.landed >= FAULTS[name].daily_times
    assert check_jobs(installation) == len(installation.acknowledged)
