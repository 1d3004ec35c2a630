"""Crashes at every named point: before and after each commit, fsync, rename and publish, in workers and in the API.

The points are put in by `tests.faults.proxies`; the product knows nothing of them.
"""

from itertools import product

from tests.faults.installation import TIMEOUT, InstallationUnderFaults
from tests.faults.outcome import Outcome
from tests.faults.training_kinds import SLOW_KIND
from tests.running import wait_for

SERVICE = ("commit-of-datasets.add", "commit-of-jobs.add", "fsync", "rename", "publish")
"""In the order in which an upload and a job pass them."""
WORKER = (
    *("commit-of-datasets.claim", "commit-of-datasets.mark_ready"),
    *(
        "commit-of-claims.claim",
        "commit-of-claims.renew_lease",
        "commit-of-claims.add_epochs",
        "commit-of-claims.add_checkpoint",
    ),
    *("commit-of-claims.succeed", "fsync", "rename", "publish"),
)
POINTS = [
    f"{program}-{when}-{what}"
    for program, whats in (("service", SERVICE), ("worker", WORKER))
    for what, when in product(whats, ("before", "after"))
]


def crash_at_points(installation: InstallationUnderFaults, times: int) -> Outcome:
    """Crash so often, at the points in turn and in random order: all of them once before any is met again."""
    points: list[str] = []
    landed: set[str] = set()
    for _ in range(times):
        points = points or installation.random.sample(POINTS, len(POINTS))
        point = points.pop()
        installation.wait_for_calm()
        installation.submit_until(2)
        installation.arm(point)
        table = installation.client.datasets.upload(installation.folder / "sums.csv")
        assert (table.status, table.rows) == ("ready", 600)
        installation.submit()
        if point.endswith("publish"):  # workers publish only where a hint was lost
            with installation.redis.client() as client:
                client.flushdb()
        wait_for(lambda: _has_crashed(installation, point), f"the crash {point}", TIMEOUT)  # noqa: B023 - called now
        landed.add(point)
    installation.wait_for_all()
    return Outcome(times, {f"of {len(POINTS)} points": len(landed)})


def _has_crashed(installation: InstallationUnderFaults, point: str) -> bool:
    installation.submit_until(2, SLOW_KIND if "renew_lease" in point else "")  # others may end before that
    if "worker" in point and "publish" in point:
        with installation.redis.client() as client:
            client.flushdb()
    return not installation.is_armed(point)
