"""The corpora of hostile files, JSON and forms, again and again: the time of each, and what they leave in memory."""

import time
from collections.abc import Iterator
from typing import Final

from tests.hostile_bodies import FORMS, ROUTES, TREES
from tests.hostile_files import CSV, NDJSON, PARQUET
from tests.integration.server_under_attack import ServerUnderAttack

MAX_SECONDS: Final = 1.0
PASSES: Final = 3
MAX_LEFT: Final = 16 * 2**20

FILES: Final = (
    ("text/csv", CSV),
    ("application/x-ndjson", NDJSON),
    ("application/vnd.apache.parquet", PARQUET),
)


def measure_bodies(service: ServerUnderAttack) -> bool:
    """Every body, one after the other, and again: what they leave in memory must not become more."""
    seconds: dict[str, float] = {}
    memory = [service.memory()]
    for _ in range(PASSES):
        for name, body_seconds in _time_bodies(service):
            seconds[name] = min(seconds.get(name, body_seconds), body_seconds)
        memory.append(service.memory())
    worst = sorted(seconds, key=lambda name: -seconds[name])
    most = seconds[worst[0]]
    for name in worst[:3]:
        print(f"bodies    {seconds[name]:6.2f} s  {name}")
    print(f"bodies    {len(seconds)} bodies, {PASSES} times each, the slowest in {most:.2f} s; bar: {MAX_SECONDS:g} s")
    growth = ", ".join(f"{(bytes_ - memory[0]) / 2**20:.0f}" for bytes_ in memory[1:])
    left = max(min(memory[2:]) - memory[1], 0)
    print(f"bodies    memory was {growth} MiB more than before, time after time; the later passes leave ", end="")
    print(f"{left / 2**20:.0f} MiB more than the first; bar: {MAX_LEFT / 2**20:.0f} MiB", flush=True)
    return most < MAX_SECONDS and left < MAX_LEFT


def _time_bodies(service: ServerUnderAttack) -> Iterator[tuple[str, float]]:
    """Each hostile body, with the seconds that its answer takes."""
    for media_type, files in FILES:
        for name, create in files.items():
            yield f"{media_type}: {name}", _time_post(service, "/v1/datasets", create(), media_type)
    for path in ROUTES:
        for name, body in TREES.items():
            yield f"{path}: {name}", _time_post(service, path, body, "application/json")
    for name, (body, boundary) in FORMS.items():
        yield f"form: {name}", _time_post(service, "/v1/datasets", body, f"multipart/form-data; boundary={boundary}")


def _time_post(service: ServerUnderAttack, path: str, body: bytes, media_type: str) -> float:
    """The seconds that an answer takes."""
    began = time.perf_counter()
    status = service.ask("POST", path, body, {"Content-Type": media_type}).status
    if status >= 500 and status != 503:
        raise SystemExit(f"{path} answered {status}")
    return time.perf_counter() - began
