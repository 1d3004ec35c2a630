"""The verdict after chaos: the database, the files and the processes, held against the journal of the clients."""

import json
import subprocess
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from threading import Thread
from typing import Any

from sqlalchemy import func, select

from contract.states import TERMINAL
from store.database import begin_read
from store.jobs import epochs
from store.tables import CheckpointRow, DatasetRow, EpochRow, JobRow, ModelRow
from tests.e2e.installation import GRADUS, environment
from tests.faults.chaos.installation import OWNER, ChaosInstallation
from tests.faults.chaos.journal import Journal, SentJob
from tests.faults.installation import LEASE_SECONDS
from tests.faults.outcome import Bar
from tests.faults.training_kinds import training_result

MAX_STILL_SECONDS = 120.0
"""The longest time without progress while there is work, on a machine that is busy with other things."""


def wait_for_end(owners: Sequence[Thread], installation: ChaosInstallation, journal: Journal) -> list[Bar]:
    """Wait until owners and jobs have ended; how long jobs had no worker after the last fault, and all stood still."""
    began = moved_at = time.monotonic()
    stranded_until = began
    longest = 0.0
    before: object = None
    while (unfinished := installation.list_open_jobs()) or any(owner.is_alive() for owner in owners):
        now = time.monotonic()
        state = sorted((job.id, job.status, job.epoch) for job in unfinished), sum(o.is_alive() for o in owners)
        if state != before:
            before, moved_at = state, now
        longest = max(longest, now - moved_at)
        if any(job.status == "running" and not _has_living_worker(job) for job in unfinished):
            stranded_until = now
        if now - moved_at > MAX_STILL_SECONDS:
            journal.add_violation(f"nothing moves for {MAX_STILL_SECONDS:g} s: {state}")
            break
        time.sleep(0.1)
    return [
        Bar("last job without a living worker, s after the last fault", stranded_until - began, 2 * LEASE_SECONDS),
        Bar("longest standstill of all jobs, s", longest, 2 * LEASE_SECONDS),
    ]


def _has_living_worker(job: JobRow) -> bool:
    trainer = (job.worker or "::").split(":")[1]
    return bool(trainer) and Path(f"/proc/{trainer}").exists()


def check_database(installation: ChaosInstallation, journal: Journal) -> None:
    """Hold jobs, models, datasets and checkpoints against the journal."""
    with begin_read(installation.sessions) as s:
        jobs = {row.id: row for row in s.scalars(select(JobRow).where(JobRow.owner != OWNER))}
        curves = {job_id: epochs.list_page(s, job_id, 0, 1_000_000)[0] for job_id in jobs}
        models = Counter(s.scalars(select(ModelRow.job_id)))
        datasets = {row.id: row for row in s.scalars(select(DatasetRow).where(DatasetRow.owner != OWNER))}
        checkpoints = s.scalars(select(func.count()).select_from(CheckpointRow)).one()
        leftover = s.scalars(
            select(func.count()).select_from(EpochRow).where(EpochRow.job_id.not_in(select(JobRow.id)))
        )
        leftover_epochs = leftover.one()
    _compare("jobs", jobs, {i for i, job in journal.jobs.items() if not job.is_deleted}, journal)
    _compare("datasets", datasets, {i for i, dataset in journal.datasets.items() if not dataset.is_deleted}, journal)
    for job_id in jobs.keys() & journal.jobs.keys():
        sent, row = journal.jobs[job_id], jobs[job_id]
        reference = installation.references[sent.kind].result
        for problem in _find_problems(sent, row, training_result(row, curves[job_id]), reference, models[job_id]):
            journal.add_violation(f"{job_id} ({sent}) {problem}; resumes {row.resumes}; error {row.error}")
    for job_id, count in models.items():
        if count > 1:
            journal.add_violation(f"{job_id} has {count} models")
    for dataset_id, row in datasets.items():
        if row.status != "ready":
            journal.add_violation(f"{dataset_id} is {row.status}: {row.error}")
    if checkpoints or leftover_epochs:
        journal.add_violation(f"{checkpoints} checkpoints and {leftover_epochs} epochs are left of jobs that ended")


def _compare(what: str, rows: dict[str, Any], expected: set[str], journal: Journal) -> None:
    if lost := expected - rows.keys():
        journal.add_violation(f"lost {what}: {sorted(lost)}")
    if extra := rows.keys() - expected:
        journal.add_violation(f"{what} that were never acknowledged, or deleted: {sorted(extra)}")


def _find_problems(
    sent: SentJob, row: JobRow, result: tuple[Any, ...], reference: tuple[Any, ...], models: int
) -> list[str]:
    """The violations of a job that must have ended."""
    status, stop_reason, *_, curve = result
    problems: list[str] = []
    if status not in TERMINAL or status == "failed":
        problems.append(f"is {status}")
    if len(curve) != row.epoch:
        problems.append(f"has {len(curve)} epochs, not {row.epoch}")
    if curve != reference[-1][: len(curve)]:
        first = next((e[0] for e, expected in zip(curve, reference[-1], strict=False) if e != expected), "the last")
        problems.append(f"has other epochs than the reference from epoch {first} on")
    if sent.is_cancelled != (status == "cancelled"):
        problems.append(f"is {status}, and its cancellation was{'' if sent.is_cancelled else ' not'} acknowledged")
    if sent.has_ended not in {"", status}:
        problems.append(f"was seen as {sent.has_ended} and is {status}")
    is_early = sent.is_early and stop_reason == "finished_by_user"
    if status == "succeeded" and not is_early and result != reference:
        problems.append("is not what an undisturbed run comes to")
    if not row.reproducible:
        problems.append("says that it is not reproducible")
    if models != (status == "succeeded"):
        problems.append(f"has {models} models")
    return problems


def check_doctor(installation: ChaosInstallation, journal: Journal) -> None:
    """Have the installation examined while it runs."""
    command = [GRADUS, "doctor", "--json", "--data-dir", str(installation.launched.data_dir)]
    settings = environment(**installation.settings)
    examined = subprocess.run(command, env=settings, capture_output=True, text=True, check=False)
    try:
        parts = json.loads(examined.stdout)["findings"]
    except ValueError:
        journal.add_violation(f"the doctor said {examined.stdout} {examined.stderr}")
        return
    for part in parts:
        if part["state"] != "ok":
            journal.add_violation(f"the doctor says: {part}")


def stop(installation: ChaosInstallation, journal: Journal) -> None:
    """Stop the installation, and see that nothing of it is left."""
    installation.launched.close()
    if status := installation.launched.launcher.returncode:
        journal.add_violation(f"gradus up ended with status {status} when it was told to stop")
    if orphans := installation.wait_for_no_orphan():
        journal.add_violation(f"orphans: {orphans}")
