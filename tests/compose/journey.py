"""The whole user journey in containers, and again while each container is killed in the middle of a job.

`make compose-test` runs it. It makes a project of its own with new passwords, on a free port, and takes it down at the
end with its volumes; what else runs on the machine is left alone. Other commands than `docker compose` may be given.
"""

import os
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from gradus import Client, GradusError
from gradus.job_options import JobOptions
from gradus.jobs import Job

ROOT = Path(__file__).parents[2]
GRADUS = Path(sys.executable).with_name("gradus")
VICTIMS = ("database", "broker", "api", "worker")
WORKER_BYTES = 5 * 2**30
MEMORY_BYTES = {"database": 2**30, "broker": 2**29, "api": 3 * 2**30, "worker": WORKER_BYTES}
PIDS = {"database": 256, "broker": 128, "api": 512, "worker": 512}
WORKERS = 3
READ_LIMITS = "cd /sys/fs/cgroup; cat memory.max pids.max 2>/dev/null || cat memory/memory.limit_in_bytes pids/pids.max"
"""Prints both limits, as version 2 or version 1 of cgroups shows them to a container."""
PATIENCE = 180.0
JOB_SECONDS = 15.0


class Containers:
    """A compose project, and the address of its API."""

    def __init__(self, compose: list[str]) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self._command = [*compose, "-p", f"gradus-test-{secrets.token_hex(3)}"]
        self._environment = os.environ | {
            "GRADUS_PUBLISH": f"127.0.0.1:{port}",
            "POSTGRES_PASSWORD": secrets.token_hex(24),
            "REDIS_PASSWORD": secrets.token_hex(24),
            "GRADUS_WORKER_MEMORY": f"{WORKER_BYTES}",
        }

    def __call__(self, *arguments: str, check: bool = True, environment: dict[str, str] | None = None) -> str:
        """Run a compose command, with more in its environment; what it printed."""
        done = subprocess.run(
            [*self._command, *arguments],
            cwd=ROOT,
            env=self._environment | (environment or {}),
            capture_output=True,
            text=True,
            check=False,
        )
        expect(done.returncode == 0 or not check, f"`{' '.join(arguments)}` failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def ready(self) -> bool:
        """True if the API reports itself and all its dependencies as ready."""
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:
                return b'"status":"ok"' in answer.read().replace(b" ", b"")
        except OSError:
            return False


def main(compose: list[str]) -> None:
    """Go all the way, and clear up."""
    containers = Containers(compose or ["docker", "compose"])
    try:
        print_step("build and start")
        containers("up", "--build", "--detach")
        wait_until(containers.ready, "the API is not ready")
        with Client(containers.url, api_key=key(containers)) as client:
            walk(containers, client)
            check_containment(containers)
            check_limits(containers)
            check_publication(containers)
            reference = train_reference(client)
            check_kills(containers, client, reference)
            check_scaling(containers, client, reference)
    except BaseException:
        print(containers("logs", check=False)[-20_000:], file=sys.stderr)
        raise
    finally:
        for _ in range(2):  # podman-compose leaves for the second time what the workers beyond the first held
            containers("down", "--timeout", "5", "--volumes", "--remove-orphans", check=False)
    print_step("all held")


def key(containers: Containers) -> str:
    """The admin key that the first start made; without it nothing is answered."""
    try:
        urllib.request.urlopen(f"{containers.url}/v1/jobs", timeout=5)
    except urllib.error.HTTPError as error:
        expect(error.code == 401, f"without a key the answer is {error.code}")
    else:
        raise AssertionError("the API answers without a key")
    return containers("exec", "-T", "api", "cat", "/data/admin.key").strip()


def walk(containers: Containers, client: Client) -> None:
    """The commands of the README."""
    print_step("the journey, with the command line")
    environment = os.environ | {"GRADUS_URL": containers.url, "GRADUS_API_KEY": key(containers)}
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "species.csv"
        for command in (
            "train examples/penguins.csv --target species",
            "train examples/houses.csv --target price --epochs 200 --layers 64,64",
            "predict houses --row location=harbour sqft=1200 bedrooms=3",
            f"predict penguins --csv examples/penguins.csv --out {out}",
        ):
            subprocess.run([GRADUS, *command.split()], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, check=True)
        expect(len(out.read_text().splitlines()) == 345, "predictions are missing")
    expect({model.name for model in client.models.list()} == {"houses", "penguins"}, "models are missing")


def check_containment(containers: Containers) -> None:
    """No service runs as root, and nothing but data and scratch can be written."""
    print_step("what a container may do")
    for service in ("api", "worker"):
        expect(containers("exec", "-T", service, "id", "-u").strip() == "10001", f"{service} has a wrong user")
        output = containers(
            "exec", "-T", service, "sh", "-c", "touch /opt/gradus/x 2>&1 || grep -E 'Cap|NoNew' /proc/1/status"
        )
        expect("Read-only file system" in output, f"{service} can write to its image: {output}")
        expect("CapBnd:\t0000000000000000" in output and "NoNewPrivs:\t1" in output, f"{service} has rights: {output}")


def check_limits(containers: Containers) -> None:
    """The kernel holds each container to its limits, the worker to the one that the environment chose."""
    print_step("limits of memory and processes")
    for service, memory in MEMORY_BYTES.items():
        output = containers("exec", "-T", service, "sh", "-c", READ_LIMITS)
        expect(output.split() == [str(memory), str(PIDS[service])], f"{service} has the limits {output.split()}")


def check_publication(containers: Containers) -> None:
    """The API is published on loopback: by default, and in fact."""
    print_step("what is published")
    rendered = containers("config", environment={"GRADUS_PUBLISH": ""})
    expect(bool(re.search(r"127\.0\.0\.1:8000:8000|host_ip: 127\.0\.0\.1", rendered)), "the default is not loopback")
    port = int(containers.url.rsplit(":", 1)[1])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as route:
        route.connect(("10.255.255.255", 9))  # sends nothing, and tells this machine's own address
        address = route.getsockname()[0]
    with socket.socket() as connection:
        expect(connection.connect_ex((address, port)) != 0, f"the API listens on {address} too")


def train_reference(client: Client) -> Job:
    """A job that takes long enough on this machine to be interrupted, and is not."""
    print_step("a job in peace")
    short = submit_job(client, 100)
    expect(wait_for_success(short), f"the job {short.status}")
    job = submit_job(client, int(100 * JOB_SECONDS / sum(epoch.seconds for epoch in short.epochs())))
    expect(wait_for_success(job), f"the job {job.status}")
    return job


def check_kills(containers: Containers, client: Client, reference: Job) -> None:
    """Kill each container while a job runs, and start it again: the job ends with the bits of one left in peace."""
    for victim in VICTIMS:
        job = submit_job(client, reference.spec.epochs)
        wait_until(lambda job=job: job.refresh().status == "running" and job.progress.epoch > 0, "it does not begin")
        print_step(f"kill {victim} at epoch {job.progress.epoch}")
        containers("kill", "-s", "KILL", victim)
        killed = time.time()
        containers("start", victim)
        wait_until(containers.ready, f"not ready after {victim} was killed")
        expect(wait_for_success(job), f"the job {job.status} after {victim} was killed")
        ended = datetime.fromisoformat(job.answer.finished_at or "").timestamp()
        expect(ended > killed, f"the job had ended before {victim} was killed: JOB_SECONDS must be longer here")
        expect_same(job, reference)


def check_scaling(containers: Containers, client: Client, reference: Job) -> None:
    """More workers work on more jobs at once."""
    print_step(f"{WORKERS} workers")
    containers("up", "--detach", "--no-recreate", "--scale", f"worker={WORKERS}")
    jobs = [submit_job(client, reference.spec.epochs) for _ in range(2 * WORKERS)]
    wait_until(lambda: len(list(client.jobs.list(status="running"))) == WORKERS, f"not {WORKERS} run at once")
    for job in jobs:
        expect(wait_for_success(job), f"a job {job.status}")
        expect_same(job, reference)


def submit_job(client: Client, epochs: int) -> Job:
    """Ask for a job that ends with the same bits however often it is interrupted."""
    dataset = client.datasets.find("houses.csv")
    assert dataset
    options: JobOptions = {"model_name": "long", "preset": "fast", "epochs": epochs, "early_stopping": None, "seed": 7}
    return client.jobs.create(dataset=dataset, target="price", **options)


def wait_for_success(job: Job) -> bool:
    """True if the job ends with success."""
    wait_until(lambda: job.refresh().over, "it does not end")
    return job.status == "succeeded"


def expect_same(job: Job, reference: Job) -> None:
    """Every epoch is recorded once, and all figures and weights are equal in every bit."""
    theirs, ours = ([epoch.model_dump(exclude={"seconds"}) for epoch in one.epochs()] for one in (reference, job))
    expect(
        [epoch["epoch"] for epoch in ours] == list(range(1, reference.spec.epochs + 1)), "epochs are missing or doubled"
    )
    expect(ours == theirs, "the epochs differ")
    expect(job.model.weights_sha256 == reference.model.weights_sha256, "the weights differ")


def wait_until(condition: Callable[[], bool], otherwise: str) -> None:
    """Poll until the condition is true; network errors are retried."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            if condition():
                return
        except GradusError as error:
            otherwise = f"{otherwise} ({error})" if time.monotonic() > until else otherwise
        expect(time.monotonic() < until, otherwise)
        time.sleep(0.2)


def expect(condition: bool, otherwise: str) -> None:
    """The condition that the journey depends on."""
    if not condition:
        raise AssertionError(otherwise)


def print_step(what: str) -> None:
    """A step."""
    print(f"{time.strftime('%H:%M:%S')} {what}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
