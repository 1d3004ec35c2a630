"""Crashes at every named point: before and after each commit, fsync, rename and publish, in workers and in the API.

The points are put in by `tests.faults.proxies`; the product knows nothing of them.
"""

from itertools import product

from tests.faults.installation import PATIENT, InstallationUnderFaults
from tests.faults.outcome import Outcome
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


def crashes(field: InstallationUnderFaults, times: int) -> Outcome:
    """Crash so often, at the points in turn and in random order: all of them once before any is met again."""
    points: list[str] = []
    landed: set[str] = set()
    for _ in range(times):
        points = points or field.random.sample(POINTS, len(POINTS))
        point = points.pop()
        field.wait_for_calm()
        field.keep_busy(2)
        field.arm(point)
        table = field.client.datasets.upload(field.folder / "sums.csv")
        assert (table.status, table.rows) == ("ready", 600)
        field.submit()
        if point.endswith("publish"):  # workers publish only where a hint was lost
            with field.redis.client() as client:
                client.flushdb()
        wait_for(lambda: _landed(field, point), f"the crash {point}", PATIENT)  # noqa: B023 - called now
        landed.add(point)
    field.wait_for_all()
    return Outcome(times, {f"of {len(POINTS)} points": len(landed)})


def _landed(field: InstallationUnderFaults, point: str) -> bool:
    field.keep_busy(2)
    if "worker" in point and "publish" in point:
        with field.redis.client() as client:
            client.flushdb()
    return not field.armed(point)
