"""A few faults of each kind on an installation with PostgreSQL: no job is lost or doubled, or ends with other bits."""

import pytest

from tests.faults.faults import inflict_daily_faults
from tests.faults.installation import InstallationUnderFaults
from tests.faults.test_faults_on_sqlite import CRASHES

DATABASE = "postgresql"
OTHERS = [
    *("postgresql", "redis emptied", "hints", "broken hints", "torn checkpoints", "future leases", "cancels"),
    "ensembles",
]

pytestmark = pytest.mark.timeout(900)


@pytest.mark.parametrize("name", [*CRASHES, *OTHERS])
def test_nothing_is_lost(installation: InstallationUnderFaults, name: str):
    inflict_daily_faults(installation, name)
