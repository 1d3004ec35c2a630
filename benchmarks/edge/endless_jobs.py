"""Jobs of a million epochs on every trainer: when another owner's job starts, and whether the first keeps its bits."""

import random
import time
from collections.abc import Callable
from typing import Any, Final

from benchmarks.edge.installation import EdgeInstallation

JOBS: Final = 2
ROWS: Final = 1030
EPOCHS: Final = 1_000_000
MAX_START_SECONDS: Final = 60.0
MAX_READ_SECONDS: Final = 10.0
MAX_REPRODUCE_SECONDS: Final = 150.0


def measure_endless_jobs(installation: EdgeInstallation) -> bool:
    """True if others have their turn, and the job that made room has the bits of an undisturbed one."""
    hostile, honest = installation.hostile, installation.honest
    chance = random.Random(7)
    lines = [f"{chance.random():.4f},{chance.random():.4f},{chance.random():.4f}" for _ in range(ROWS)]
    table = "\n".join(["a,b,y", *lines]).encode()
    dataset, other = hostile.upload(table), honest.upload(table)
    endless: dict[str, Any] = {"epochs": EPOCHS, "early_stopping": None, "seed": 3}
    jobs = [str(hostile.submit(dataset, "y", f"endless{number}", **endless)[1]["id"]) for number in range(JOBS)]
    first = jobs[0]
    _wait(lambda: _job(hostile, first)["progress"]["epoch"] > 50, 60)
    began = time.monotonic()
    upload = honest.ask("POST", "/v1/datasets", b"x,y\n" + b"1.5,some words\n" * 340_000, "text/csv")[1]
    read = _wait(lambda: honest.ask("GET", f"/v1/datasets/{upload['id']}")[1]["status"] == "ready", 30)
    print(f"endless   a table of 5 MB is read {_format_wait(read)}; bar: {MAX_READ_SECONDS:g} s", flush=True)
    began = time.monotonic()
    job = str(honest.submit(other, "y", "short", epochs=20)[1]["id"])
    start = _wait(lambda: _job(honest, job)["status"] in {"running", "succeeded"}, MAX_START_SECONDS + 10)
    print(f"endless   another owner's job starts {_format_wait(start)}; bar: {MAX_START_SECONDS:g} s", flush=True)
    for late in jobs[1:]:
        hostile.ask("POST", f"/v1/jobs/{late}/cancel")
    epoch = _job(hostile, first)["progress"]["epoch"]
    resumed = _wait(lambda: _job(hostile, first)["progress"]["epoch"] > epoch + 50, 60)
    hostile.ask("POST", f"/v1/jobs/{first}/finish")
    _wait(lambda: _job(hostile, first)["status"] == "succeeded", 30)
    bits = _compare_bits(hostile, first)
    resumes = len(_job(hostile, first)["resumes"])
    print(f"endless   the first went on {_format_wait(resumed)}, {resumes} resumes; {bits}")
    print(f"endless   in all {time.monotonic() - began:.0f} s", flush=True)
    for one in jobs:
        hostile.ask("POST", f"/v1/jobs/{one}/cancel")
    in_time = read is not None and read < MAX_READ_SECONDS and start is not None and start < MAX_START_SECONDS
    return in_time and bits == "all bits equal"


def _compare_bits(owner: Any, job: str) -> str:
    """Train it again undisturbed, and compare the weights after every epoch."""
    status, answer = owner.ask("POST", f"/v1/jobs/{job}/reproduce")
    if status != 202:
        return f"reproduce answered {status}"
    if _wait(lambda: _job(owner, answer["id"])["status"] in {"succeeded", "failed"}, MAX_REPRODUCE_SECONDS) is None:
        owner.ask("POST", f"/v1/jobs/{answer['id']}/cancel")
        return "its reproduction took too long"
    reproduction = _job(owner, answer["id"])["reproduction"]
    return "all bits equal" if reproduction.get("match") is True else f"the bits differ: {reproduction}"


def _job(owner: Any, job: str) -> Any:
    return owner.ask("GET", f"/v1/jobs/{job}")[1]


def _wait(condition: Callable[[], bool], seconds: float) -> float | None:
    """The seconds until it is so, or None."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if condition():
            return time.monotonic() - began
        time.sleep(0.1)
    return None


def _format_wait(seconds: float | None) -> str:
    return "never" if seconds is None else f"after {seconds:.1f} s"
