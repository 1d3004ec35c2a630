"""Workers killed, frozen and sent away, jobs paused, all at random moments: every job ends as if nothing had happened.

The kinds and the pauses between them follow from a seed, which stands in the test's name; GRADUS_FAULT_SEED and
GRADUS_FAULTS choose another and how many. A fault counts if it landed: if it struck a worker that had a job.
"""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

import pytest

from store import control, jobs
from store.database import writing
from store.errors import WrongState
from store.rows import JobRow
from tests.faults.checker import Outcome, faults, outcome
from tests.integration.worker.tables_to_learn import sums
from tests.running import OWNER, Installation, Worker

SEED = int(os.environ.get("GRADUS_FAULT_SEED", "5"))
FAULTS = int(os.environ.get("GRADUS_FAULTS", "8"))
WORKERS = 2
LEASE_SECONDS = 1.0
SETTINGS = {"lease_seconds": LEASE_SECONDS, "checkpoint_seconds": 0.05}
LAYERS = [{"type": "dense", "units": 32}, {"type": "dropout", "rate": 0.2}]
USUAL = {"epochs": 200, "batch_size": 8, "early_stopping": None, "layers": LAYERS}
SPECS = [
    {**USUAL, "seed": 1, "schedule": {"type": "plateau", "patience": 2}},
    {**USUAL, "seed": 2, "optimizer": {"type": "sgd", "momentum": 0.9}, "split": {"validation": 0.0}},
    {**USUAL, "seed": 3, "optimizer": {"type": "adamw"}, "weight_decay": 0.01, "schedule": {"type": "cosine"}},
]


class Nemesis:
    """Does harm to an installation, and counts what landed."""

    def __init__(self, victim: Installation, seed: int) -> None:
        self.victim, self.targets = victim, list[str]()
        self.chance = random.Random(seed)
        self.landed: Counter[str] = Counter()
        self.kinds: dict[str, Callable[[JobRow], bool]] = {
            "kill a trainer": self._kill_trainer,
            "kill a worker": self._kill_worker,
            "freeze a trainer": self._freeze_trainer,
            "send a worker away": self._send_away,
            "pause a job": self._pause,
        }

    def strike(self) -> None:
        """Do one thing to a job that runs, if one does, and see to it that there are workers afterwards."""
        time.sleep(self.chance.uniform(0.0, 0.4))
        running = [job for job in map(self.victim.job, self.targets) if job.status == "running"]
        if running:
            kind = self.chance.choice(sorted(self.kinds))
            self.landed[kind] += self.kinds[kind](self.chance.choice(running))
        staff(self.victim)

    def _kill_trainer(self, job: JobRow) -> bool:
        return self._signal(job, signal.SIGKILL)

    def _freeze_trainer(self, job: JobRow) -> bool:
        stopped = self._signal(job, signal.SIGSTOP)
        time.sleep(1.5 * LEASE_SECONDS)
        taken = self.victim.job(job.id).token > job.token
        return self._signal(job, signal.SIGCONT) and stopped and taken

    def _kill_worker(self, job: JobRow) -> bool:
        worker = self._worker_of(job)
        if worker is not None:
            worker.kill()
        return worker is not None

    def _send_away(self, job: JobRow) -> bool:
        worker = self._worker_of(job)
        if worker is None:
            return False
        worker.send(signal.SIGTERM)
        assert worker.wait() == 0
        return True

    def _pause(self, job: JobRow) -> bool:
        try:
            with writing(self.victim.sessions) as s:
                landed = jobs.get(s, OWNER, job.id).status == "running"
                control.pause(s, OWNER, job.id)
        except WrongState:
            return False
        time.sleep(self.chance.uniform(0.0, 1.0))
        with writing(self.victim.sessions) as s:
            control.resume(s, OWNER, job.id)
        return landed

    def _signal(self, job: JobRow, number: signal.Signals) -> bool:
        with suppress(ProcessLookupError):
            os.kill(_trainer(job), number)
            return True
        return False

    def _worker_of(self, job: JobRow) -> Worker | None:
        running = [worker for worker in self.victim.workers if worker.runs]
        return next((worker for worker in running if _trainer(job) in worker.trainers()), None)


def _trainer(job: JobRow) -> int:
    """The process id of who holds the job, or held it last."""
    return int((job.worker or ":0").split(":")[1])


def staff(victim: Installation) -> None:
    """Start as many workers as are missing."""
    begun = [victim.begin_worker(**SETTINGS) for _ in range(WORKERS - sum(worker.runs for worker in victim.workers))]
    for worker in begun:
        worker.wait_until_it_says("trainer ready")


@pytest.mark.parametrize("seed", [SEED])
@pytest.mark.timeout(60 * FAULTS)
def test_whatever_happens_to_workers_every_job_ends_with_the_bits_of_an_undisturbed_one(
    victim: Installation, seed: int
):
    dataset_id = victim.dataset(sums(1000))
    staff(victim)
    undisturbed = [victim.submit(dataset_id, "y", **spec) for spec in SPECS]
    references = [outcome(victim, victim.wait_for_end(job_id).id) for job_id in undisturbed]
    nemesis, expected = Nemesis(victim, seed), dict[str, Outcome]()
    while nemesis.landed.total() < FAULTS:
        if all(victim.job(job_id).status == "succeeded" for job_id in expected):
            more = [victim.submit(dataset_id, "y", **spec) for spec in SPECS]
            expected |= zip(more, references, strict=True)
            nemesis.targets += more
        nemesis.strike()
    for job_id in expected:
        victim.wait_for_end(job_id)

    assert faults(victim, expected) == [], f"after {dict(nemesis.landed)}"


def test_a_checker_that_is_shown_harm_sees_it(victim: Installation):
    dataset_id = victim.dataset(sums(200))
    staff(victim)
    whole, other = (victim.submit(dataset_id, "y", epochs=3, seed=seed) for seed in (1, 2))
    for job_id in (whole, other):
        victim.wait_for_end(job_id)
    reference = outcome(victim, whole)
    assert faults(victim, {whole: reference}) == []
    assert "not as undisturbed" in " ".join(faults(victim, {other: reference}))
    with writing(victim.sessions) as s:
        s.delete(s.merge(victim.epochs(whole)[1]))
        s.delete(s.merge(victim.model(str(victim.job(whole).model_id))[0]))
    told = " ".join(faults(victim, {whole: reference}))
    assert "recorded [1, 3]" in told
    assert "has 0 models" in told
