"""Large uploads, all at once: what they cost the service in memory."""

import threading
import time
from collections.abc import Iterator
from typing import Final

from tests.integration.server_under_attack import ServerUnderAttack

UPLOADS: Final = 10
MAX_GROWTH: Final = 50 * 2**20


def measure_uploads(service: ServerUnderAttack, megabytes: int) -> bool:
    """True if all files are accepted within the memory."""
    block = (b"1.25,2.5,some words\n" * 60_000)[: 2**20]
    statuses: list[int] = []

    def body() -> Iterator[bytes]:
        return (block for _ in range(megabytes))

    def send() -> None:
        statuses.append(service.ask("POST", "/v1/datasets", body(), {"Content-Type": "text/csv"}).status)

    before = most = service.memory()
    senders = [threading.Thread(target=send) for _ in range(UPLOADS)]
    for sender in senders:
        sender.start()
    while any(sender.is_alive() for sender in senders):
        most = max(most, service.memory())
        time.sleep(0.02)
    growth = most - before
    print(f"uploads   {UPLOADS} of {megabytes} MB at once: memory grew by {growth / 2**20:.0f} MiB at most; ", end="")
    print(f"bar: {MAX_GROWTH / 2**20:.0f} MiB", flush=True)
    if statuses != [201] * UPLOADS:
        print(f"uploads   were answered {statuses}")
    return statuses == [201] * UPLOADS and growth < MAX_GROWTH
