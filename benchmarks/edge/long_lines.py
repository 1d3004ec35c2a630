"""A text of one endless line: it is taken in and refused in words, and nobody keeps it in memory."""

import json
import time
from collections.abc import Iterator
from typing import Final

from benchmarks.edge.installation import EdgeInstallation

MEGABYTES: Final = 1000
MAX_GROWTH: Final = 50 * 2**20
MAX_WORKER_GROWTH: Final = 200 * 2**20
REFUSAL: Final = "/problems/row-too-long"
READ_SECONDS: Final = 120.0


def measure_long_line(installation: EdgeInstallation, megabytes: int = MEGABYTES) -> bool:
    """True if one line of so many megabytes is refused as too long, within the memory."""
    service, block = installation.service, b"x" * 2**20

    def body() -> Iterator[bytes]:
        for _ in range(megabytes):
            watch()
            yield block

    def watch() -> None:
        nonlocal most, worker_most
        most, worker_most = max(most, service.memory()), max(worker_most, installation.worker_memory())

    before = most = service.memory()
    worker_before = worker_most = installation.worker_memory()
    began = time.monotonic()
    answer = service.ask("POST", "/v1/datasets?name=line.txt&format=text", body(), {"Content-Type": "text/plain"})
    found = json.loads(answer.body)
    while found.get("status") == "processing" and time.monotonic() < began + READ_SECONDS:
        watch()
        time.sleep(0.02)
        found = json.loads(service.ask("GET", f"/v1/datasets/{found['id']}").body)
    refusal = found.get("error") or found
    print(
        f"long line {megabytes} MB: {answer.status}, then {refusal.get('type')} after {time.monotonic() - began:.0f} s"
    )
    growth, worker_growth = most - before, worker_most - worker_before
    for who, grown, bar in (("service", growth, MAX_GROWTH), ("worker", worker_growth, MAX_WORKER_GROWTH)):
        print(f"long line memory of the {who} grew by {grown / 2**20:.0f} MiB; bar: {bar / 2**20:.0f} MiB", flush=True)
    return refusal.get("type") == REFUSAL and growth < MAX_GROWTH and worker_growth < MAX_WORKER_GROWTH
