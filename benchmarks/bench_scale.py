"""Throughput and fairness of workers on several hosts: small jobs of four owners, one of whom floods the queue first.

    sudo .venv/bin/python -m benchmarks.bench_scale --jobs 1000 --workers 1,2,4

PostgreSQL (with its disk), Redis and S3 are on one host, the API with keys on another, and each worker on one more; the
network is all that joins them. Exit status 0 only if every job ended well exactly once, if more workers did more jobs
per second until the processors were used, and if no other owner had to wait for the flood.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from urllib.request import urlopen

import psycopg

from benchmarks.hosts import Host, Network, busy_seconds, run_in_namespace
from contract.ids import new_id
from contract.responses import JobResponse
from contract.specs import JobSpec
from gradus import Client
from gradus.job_options import JobOptions
from store import datasets
from store.database import begin_write, make_session_factory, open_database
from store.jobs import claims, jobs
from tests.object_storage import ObjectStorage
from tests.running import Worker, wait_for
from tests.servers import Postgres, RedisServer

TABLE = Path(__file__).parents[1] / "examples/penguins.csv"
SMALL: JobOptions = {"preset": "fast", "epochs": 20, "early_stopping": None, "model_name": "penguins"}
SHARES = {"flooder": 0.85, "ann": 0.05, "ben": 0.05, "eve": 0.05}
"""The owners and their numbers of jobs, in order of submission: all of the flood comes first."""

GROWTH = 1.2
"""The least gain of more workers, while there are processors for them."""
USED = 0.85
"""The share of the processors, of what others left of them, from which on they count as used."""
KEPT = 0.85
"""The least share of the throughput that must be left with more workers than processors."""
LATE = 1.5
"""The most by which, beyond fair turns, an owner's last job may begin, in jobs of all."""
TRANSACTIONS = "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()"
CONNECTIONS = "SELECT count(*) - 1 FROM pg_stat_activity WHERE datname = current_database()"
MAX_SECONDS = 500.0
LOOK_SECONDS = 2.0
"""Asking more often would take processor time from what is measured."""
IDLE_SECONDS = 10.0
HANDFUL = 16
"""The number of jobs that run at once while claims are measured."""


@dataclass(frozen=True)
class Servers:
    """The host with the servers that the others share."""

    postgres: Postgres
    redis: RedisServer
    storage: ObjectStorage


@dataclass(frozen=True)
class Round:
    """The measurements of a number of workers."""

    workers: int
    submitted_per_second: float
    submission_cpu: Counter[tuple[str, str]]
    """Seconds by host and program, per job that was submitted."""
    jobs_per_second: float
    cpu: Counter[tuple[str, str]]
    """Seconds by host and program, per job that was done."""
    used: float
    """The share of this machine's processors that all of it used."""
    left: float
    """The share that other programs of this machine left."""
    transactions: float
    """Of the database, per job."""
    connections: int
    """To the database, at work."""
    idle: float
    """Seconds of the database's processor that each worker takes in a second without work."""
    answers: dict[str, list[JobResponse]]
    """The jobs of each owner as they ended."""
    versions: dict[str, list[int]]
    """The versions of each owner's model."""


class Installation:
    """An API and worker hosts that share a new database, a new bucket and a broker."""

    def __init__(self, network: Network, servers: Servers, hosts: Sequence[Host], folder: Path) -> None:
        self._network, self._api, self._workers, self._folder = network, hosts[0], hosts[1:], folder
        self._database_url = servers.postgres.copy()
        self._shared = {
            "database_url": self._database_url,
            "broker_url": servers.redis.url(len(hosts)),
            **servers.storage.bucket(),
        }

    def round(self, number: int) -> Round:
        """Let all workers at this many waiting jobs, until the last has ended."""
        with ExitStack() as stack:
            owners = self._owners(stack)
            cpu, began = self._network.cpu_seconds(), time.time()
            for owner, client in owners.items():
                submit(client, int(SHARES[owner] * number))
            submission_cpu, submitting = self._network.cpu_seconds() - cpu, time.time() - began
            workers = [self._start(stack, host, "worker") for host in self._workers]
            for worker in workers:
                worker.wait_for_log("trainer ready")
            began, cpu, busy = time.time(), self._network.cpu_seconds(), busy_seconds()
            transactions, connections = self._query_number(TRANSACTIONS), self._query_number(CONNECTIONS)
            while any(map(has_unfinished_jobs, owners.values())):
                time.sleep(LOOK_SECONDS)
                if time.time() > began + MAX_SECONDS:
                    raise TimeoutError(f"jobs are left after {MAX_SECONDS:g} s")
            looked = time.time() - began
            cpu, busy = self._network.cpu_seconds() - cpu, busy_seconds() - busy
            transactions = self._query_number(TRANSACTIONS) - transactions
            idle = self._network.cpu_seconds()["servers", "postgres"]
            time.sleep(IDLE_SECONDS)
            idle = self._network.cpu_seconds()["servers", "postgres"] - idle
            answers = {owner: [job.answer for job in client.jobs.list()] for owner, client in owners.items()}
            versions = {owner: [model.version for model in client.models.list()] for owner, client in owners.items()}
        ends = [parse_time(job.finished_at) for jobs in answers.values() for job in jobs]
        done, processors = sum(end > began for end in ends), os.cpu_count() or 1
        return Round(
            workers=len(workers),
            submitted_per_second=len(ends) / submitting,
            submission_cpu=divide_cpu(submission_cpu, len(ends)),
            jobs_per_second=done / (max(ends) - began),
            cpu=divide_cpu(cpu, done),
            used=cpu.total() / looked / processors,
            left=1 - max(0.0, busy - cpu.total()) / looked / processors,
            transactions=transactions / done,
            connections=connections,
            idle=idle / IDLE_SECONDS / len(workers),
            answers=answers,
            versions=versions,
        )

    def _owners(self, stack: ExitStack) -> dict[str, Client]:
        """Start the API, and give each owner a client with a key of its own."""
        key = self._folder / "admin.key"
        first = self._start(stack, self._api, "service", "first-key", "--file", str(key))
        if first.wait() != os.EX_OK:
            raise RuntimeError(first.read_log())
        self._start(stack, self._api, "service")
        url = f"http://{self._api.address}:8000"
        wait_for(lambda: ready(url), "the API")
        with Client(url, key.read_text().strip()) as admin:
            keys = {owner: admin.keys.create(owner, ["read", "train"], owner=owner).key for owner in SHARES}
        return {owner: stack.enter_context(Client(url, keys[owner])) for owner in SHARES}

    def _start(self, stack: ExitStack, host: Host, *program: str) -> Worker:
        """Run a program of ours on a host, with a data folder of its own, until the round is over."""
        folder = self._folder / host.name
        folder.mkdir(exist_ok=True)
        settings = {**self._shared, "data_dir": folder, "host": host.address}
        environment = {f"GRADUS_{name.upper()}": str(value) for name, value in settings.items()}
        with host.here():
            process = Worker([sys.executable, "-m", *program], folder / "log", environment)
        stack.callback(process.kill)
        return process

    def _query_number(self, question: str) -> int:
        """The database's own statistics."""
        with psycopg.connect(self._database_url.replace("+psycopg", "")) as connection:
            found = connection.execute(question).fetchone()
        return found[0] if found else 0


def ready(url: str) -> bool:
    """Whether the API says that it and what it needs are there."""
    try:
        with urlopen(f"{url}/readyz") as answer:
            return b"degraded" not in answer.read()
    except OSError:
        return False


def submit(client: Client, number: int) -> None:
    """Upload the table, and ask for this many jobs on it."""
    dataset = client.datasets.upload(str(TABLE))
    with ThreadPoolExecutor(4) as threads:
        for _ in threads.map(lambda _: client.jobs.create(dataset=dataset, target="species", **SMALL), range(number)):
            pass


def has_unfinished_jobs(client: Client) -> bool:
    """Whether the owner has a job that waits or runs."""
    return next(client.jobs.list(status="queued,running"), None) is not None


def parse_time(told: str | None) -> float:
    """Seconds since 1970; infinite if it never came."""
    return datetime.fromisoformat(told).timestamp() if told else float("inf")


def divide_cpu(cpu: Counter[tuple[str, str]], number: int) -> Counter[tuple[str, str]]:
    """The share of one of so many, with all worker hosts in one sum."""
    together: Counter[tuple[str, str]] = Counter()
    for (host, program), spent in cpu.items():
        together["workers" if host.startswith("worker") else host, program] += spent / number
    return together


def format_cpu(cpu: Counter[tuple[str, str]]) -> str:
    """The largest consumers, in descending order."""
    return ", ".join(
        f"{host} {program} {spent * 1000:.0f}" for (host, program), spent in cpu.most_common() if spent >= 0.0005
    )


def show(told: Round) -> None:
    """Print a round."""
    print(f"\n{told.workers} worker hosts: {told.jobs_per_second:.2f} jobs/s")
    print(f"  {told.used:.0%} of the processors used, of {told.left:.0%} that other programs left")
    print(f"  milliseconds of processor time per job: {format_cpu(told.cpu)}")
    print(f"  submitted before: {told.submitted_per_second:.0f} jobs/s; per job {format_cpu(told.submission_cpu)}")
    print(
        f"  database: {told.transactions:.1f} transactions per job, {told.connections} connections, and without work "
    )
    print(f"    {told.idle * 1000:.1f} ms of its processor a second for each worker host")
    first = min(parse_time(job.started_at) for jobs in told.answers.values() for job in jobs)
    for owner, answers in told.answers.items():
        waits = sorted(parse_time(job.started_at) - first for job in answers)
        seconds = statistics.median(parse_time(job.finished_at) - parse_time(job.started_at) for job in answers)
        print(
            f"  {owner:8} {len(answers):4} jobs of {seconds:.2f} s, waited {statistics.median(waits):6.1f} s (median), "
            f"{waits[-1]:6.1f} s (longest)"
        )


def find_lost_or_doubled(told: Round) -> list[str]:
    """The faults of a round's jobs and models."""
    wrong = []
    for owner, answers in told.answers.items():
        wrong += [f"{job.id} of {owner} {job.status}" for job in answers if job.status != "succeeded"]
        wrong += [f"{job.id} of {owner} was begun {job.attempts} times" for job in answers if job.attempts != 1]
        if sorted(told.versions[owner]) != list(range(1, len(answers) + 1)):
            wrong.append(f"{owner} has {len(told.versions[owner])} models of {len(answers)} jobs")
    return wrong


def find_starved_owners(told: Round) -> list[str]:
    """Whose last job began much later than if all owners had taken turns."""
    order = sorted((parse_time(job.started_at), owner) for owner, answers in told.answers.items() for job in answers)
    last = {owner: position for position, (_, owner) in enumerate(order, 1)}
    late = []
    for owner, answers in told.answers.items():
        others = sum(min(len(answers), len(theirs)) for theirs in told.answers.values())
        if last[owner] > LATE * others + told.workers:
            late.append(f"{owner}'s last job was number {last[owner]} of all, and {others} would have been fair")
    return late


def find_missing_growth(rounds: Sequence[Round]) -> list[str]:
    """Where more workers did not do more, though there were processors for them."""
    wrong = []
    for fewer, more in pairwise(rounds):
        needed = KEPT if max(fewer.used / fewer.left, more.used / more.left) >= USED else GROWTH
        if more.jobs_per_second / more.left < needed * fewer.jobs_per_second / fewer.left:
            wrong.append(f"{more.workers} workers did not bring {needed} times what {fewer.workers} did")
    return wrong


def claims_per_second(servers: Servers, network: Network, shares: Mapping[str, float], number: int) -> str:
    """Claims per second out of a queue of this many jobs, and their cost to worker and database."""
    engine = open_database(servers.postgres.copy())
    made = make_session_factory(engine)
    with begin_write(made) as s:
        for owner, share in shares.items():
            dataset = new_id("ds")
            datasets.add(s, id=dataset, owner=owner, name="t.csv", format="csv", bytes=1, sha256="", types={})
            spec = JobSpec(dataset_id=dataset, target="species").model_dump_json()
            for _ in range(int(share * number)):
                jobs.add(s, id=new_id("job"), owner=owner, dataset_id=dataset, spec_json=spec)
    claimed, seconds, ours, theirs = 0, 0.0, 0.0, 0.0
    while claimed < number // 2:
        before, began, spent = network.cpu_seconds()["servers", "postgres"], time.monotonic(), time.process_time()
        held = []
        for _ in range(HANDFUL):
            with begin_write(made) as s:
                held.append(claims.claim(s, "benchmark", 30.0))
        ours, seconds = ours + time.process_time() - spent, seconds + time.monotonic() - began
        theirs += network.cpu_seconds()["servers", "postgres"] - before
        claimed += len(held)
        with begin_write(made) as s:
            for claim in held:
                assert claim is not None
                claims.fail(s, claim.job_id, claim.token, {})
    engine.dispose()
    ours, theirs = (spent * 1000 / claimed for spent in (ours, theirs))
    return (
        f"{claimed / seconds:.0f} claims/s of one worker out of {number} jobs of {len(shares)} owners; "
        f"each takes {ours:.1f} ms of the worker's processor and {theirs:.1f} ms of the database's"
    )


def main() -> int:
    """Build the network, let more and more workers do the same, and judge."""
    parser = argparse.ArgumentParser(description="Jobs per second by the number of worker hosts.")
    parser.add_argument("--jobs", type=int, default=1000, help="how many, for each number of workers")
    parser.add_argument("--workers", default="1,2,4", help="how many worker hosts, one number after the other")
    arguments = parser.parse_args()
    if (status := run_in_namespace()) is not None:
        return status
    sys.stdout.reconfigure(line_buffering=True)
    network, numbers = Network(), [int(word) for word in arguments.workers.split(",")]
    shared, api = network.host("servers"), network.host("api")
    workers = [network.host(f"worker{number}") for number in range(1, max(numbers) + 1)]
    with ExitStack() as stack:
        with shared.here():
            servers = Servers(
                Postgres(shared.address, durable=True), RedisServer(shared.address), ObjectStorage(shared.address)
            )
        for server in (servers.postgres, servers.redis, servers.storage):
            stack.callback(server.remove)
        for shares in (SHARES, {f"owner{number}": 0.01 for number in range(100)}):
            print(claims_per_second(servers, network, shares, 1000))
        rounds = []
        for number in numbers:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gradus-scale-")))
            rounds.append(Installation(network, servers, [api, *workers[:number]], folder).round(arguments.jobs))
            show(rounds[-1])
    wrong = [
        fault for told in rounds for fault in (*find_lost_or_doubled(told), *find_starved_owners(told))
    ] + find_missing_growth(rounds)
    print("\nall held" if not wrong else "\n" + "\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
