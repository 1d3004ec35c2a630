"""`make faults`: injects every fault on both databases, and prints the table that docs/reliability.md quotes.

Ends with status 1 if a bar was missed; a job that is lost, doubled or has other bits ends it at once.
"""

import argparse
import secrets
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.faults import on_disk
from tests.faults.checker import check_jobs
from tests.faults.faults import FAULTS, Fault
from tests.faults.installation import Database, InstallationUnderFaults
from tests.faults.outcome import Outcome
from tests.faults.training_kinds import LONG_KINDS

DATABASES: tuple[Database, ...] = ("sqlite", "postgresql")


def main() -> int:
    """Run what was asked for; answers the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="do this part of the faults, such as 0.1")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32), help="what all chance follows from")
    parser.add_argument("--only", nargs="*", default=list(FAULTS), choices=list(FAULTS), help="these faults")
    parser.add_argument("--database", nargs="*", default=DATABASES, choices=DATABASES, help="these databases")
    parser.add_argument("--kinds", nargs="*", default=LONG_KINDS, choices=LONG_KINDS, help="these kinds of job")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that nothing is left running or mounted
    print(f"seed {arguments.seed}, scale {arguments.scale:g}\n", flush=True)
    print("| fault | database | landed | jobs checked | figures | minutes |\n| --- | --- | --- | --- | --- | --- |")
    missed = 0
    for name in arguments.only:
        for database in arguments.database:
            fault = FAULTS[name]
            if database not in fault.databases or (fault.needs_mount and not on_disk.can_mount()):
                continue
            began = time.monotonic()
            times = max(1, round(fault.times * arguments.scale))
            outcome, jobs = inflict_fault(fault, database, times, arguments.seed, arguments.kinds)
            minutes = (time.monotonic() - began) / 60
            row = (fault.title, database, outcome.landed, jobs, outcome, f"{minutes:.1f}")
            print(f"| {' | '.join(map(str, row))} |", flush=True)
            missed += sum(not bar.is_met for bar in outcome.bars)
    return 1 if missed else 0


def inflict_fault(
    fault: Fault, database: Database, times: int, seed: int, kinds: Sequence[str] = LONG_KINDS
) -> tuple[Outcome, int]:
    """Do one kind of harm to an installation of its own; what came of it, and how many jobs are right."""
    with (
        TemporaryDirectory(prefix="gradus-faults-") as folder,
        fault.create_folder(Path(folder) / "installation") as data,
    ):
        installation = InstallationUnderFaults(database, data, seed, kinds=kinds)
        try:
            installation.train_references(fault.kinds)
            outcome = fault.inflict(installation, times)
            return outcome, check_jobs(installation)
        finally:
            installation.close()


if __name__ == "__main__":
    sys.exit(main())
