"""Faults of workers (kills, pauses, shutdowns): no job is lost or doubled, or ends with other bits.

A few faults of each kind; `make faults` does them by the hundred.
"""

import pytest

from tests.faults.checker import check_jobs
from tests.faults.faults import FAULTS
from tests.faults.installation import InstallationUnderFaults


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "name", ["kills", "freezes", "torn checkpoints", "cancels", "departures", "future leases", "broken hints"]
)
def test_nothing_is_lost(installation: InstallationUnderFaults, name: str):
    outcome = FAULTS[name].inflict(installation, FAULTS[name].daily_times)

    assert outcome.landed >= FAULTS[name].daily_times
    assert check_jobs(installation) == len(installation.acknowledged)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
def test_a_model_too_large_to_be_stored_fails_its_job_alone(installation: InstallationUnderFaults):
    outcome = FAULTS["large models"].inflict(installation, FAULTS["large models"].daily_times)

    assert outcome.landed > 0
    assert check_jobs(installation) == len(installation.acknowledged)
