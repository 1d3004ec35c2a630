"""`make chaos`: kills, freezes and restarts every process at random while several owners are at work.

The seed fixes which faults come when, and what the owners want; not how far the processes are at that moment. Ends with
status 1 if a promise was broken, and then leaves the data folder.
"""

import argparse
import json
import secrets
import shutil
import signal
import sys
import time
from collections import Counter
from random import Random
from urllib.request import Request, urlopen

from tests.faults.chaos import verdict
from tests.faults.chaos.harm import Harm
from tests.faults.chaos.installation import ChaosInstallation
from tests.faults.chaos.journal import Journal
from tests.faults.chaos.owner import Owner
from tests.faults.outcome import Bar

OWNERS = ("ann", "ben", "cleo")
PROGRESS_SECONDS = 30.0


def main() -> int:
    """Run chaos; answers the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=2.0, help="how long harm is done")
    parser.add_argument("--database", default="sqlite", choices=("sqlite", "postgresql"))
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32), help="what all chance follows from")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that nothing is left running
    print(f"chaos on {arguments.database} for {arguments.minutes:g} minutes, seed {arguments.seed}", flush=True)
    installation = ChaosInstallation(arguments.database)
    journal = Journal()
    try:
        bars, landed = run_chaos(installation, journal, arguments.minutes * 60, arguments.seed)
    finally:
        installation.close()
    print_summary(journal, landed, bars)
    if journal.violations:
        print(f"the data folder is left: {installation.folder}")
    else:
        shutil.rmtree(installation.folder)
    return 1 if journal.violations or not all(bar.is_met for bar in bars) else 0


def run_chaos(
    installation: ChaosInstallation, journal: Journal, seconds: float, seed: int
) -> tuple[list[Bar], Counter[str]]:
    """Do harm for so long, wait for the end of all work, and check it; the measured times, and the faults by kind."""
    random = Random(seed)
    installation.train_references()
    keys = make_keys(installation.launched.url)
    owners = [Owner(name, key, random.getrandbits(64), installation, journal) for name, key in keys.items()]
    harm = Harm(installation, journal, random)
    for owner in owners:
        owner.start()
    began = time.monotonic()
    while (now := time.monotonic()) < began + seconds:
        harm.act_until(min(now + PROGRESS_SECONDS, began + seconds))
        print(f"{describe_progress(journal, harm, time.monotonic() - began)}", flush=True)
    harm.end()
    for owner in owners:
        owner.leave()
    bars = verdict.wait_for_end(owners, installation, journal)
    verdict.check_database(installation, journal)
    verdict.check_doctor(installation, journal)
    verdict.stop(installation, journal)
    return bars, Counter({f"{action} {role}": count for (action, role), count in harm.landed.items()})


def make_keys(url: str) -> dict[str, str]:
    """A key for each owner, and before them one of the administrator, without which there are no others."""
    admin = _make_key(url, {"name": "chaos", "scopes": ["admin"]})
    scopes = ["read", "train", "predict"]
    return {name: _make_key(url, {"name": name, "scopes": scopes, "owner": name}, admin) for name in OWNERS}


def _make_key(url: str, spec: dict[str, object], key: str = "") -> str:
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
    with urlopen(Request(f"{url}/v1/keys", json.dumps(spec).encode(), headers)) as answer:
        return str(json.load(answer)["key"])


def describe_progress(journal: Journal, harm: Harm, seconds: float) -> str:
    """One line on what has happened so far."""
    answers = journal.answers
    return (
        f"{seconds / 60:5.1f} min: {harm.landed.total()} faults, {len(journal.jobs)} jobs, "
        f"{len(journal.datasets)} datasets, {answers['predicted']} predictions, {answers['503']} answers 503, "
        f"{answers['lost']} lost, {len(journal.violations)} violations"
    )


def print_summary(journal: Journal, landed: Counter[str], bars: list[Bar]) -> None:
    """Print what was done, what was told and what was measured."""
    jobs, datasets = journal.jobs.values(), journal.datasets.values()
    print(f"\n{landed.total()} faults: " + ", ".join(f"{count} {kind}" for kind, count in landed.most_common()))
    print(
        f"{len(jobs)} jobs acknowledged, {sum(job.is_cancelled for job in jobs)} of them cancelled and "
        f"{sum(job.is_deleted for job in jobs)} deleted; {len(datasets)} datasets, "
        f"{sum(dataset.is_deleted for dataset in datasets)} of them deleted"
    )
    print("answers: " + ", ".join(f"{count} {what}" for what, count in journal.answers.most_common()))
    print("; ".join(map(str, bars)))
    print(f"{len(journal.violations)} violations")


if __name__ == "__main__":
    sys.exit(main())
