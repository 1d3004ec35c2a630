"""Latency and memory of a real service under hostile files and requests, slow clients and concurrent large uploads.

    .venv/bin/python benchmarks/bench_edge.py
    .venv/bin/python benchmarks/bench_edge.py --megabytes 1000   # larger uploads, which take 10 GB of disk

Ends with status 0 only if nothing hostile takes a second or leaves more in memory each time, /healthz answers within
100 ms beside 600 idle and 600 slow sockets, and ten uploads of 200 MB at once cost the service under 50 MB of memory.
"""

import argparse
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parents[1]))  # the corpus stands beside the tests

from tests.hostile_files import CSV, NDJSON, PARQUET
from tests.integration.server_under_attack import ServerUnderAttack
from tests.integration.test_hostile_requests import FORMS, JSON, ROUTES, TREES

SECOND: Final = 1.0
PASSES: Final = 6
LEFT_MEBIBYTES: Final = 16
HEALTHY_SECONDS: Final = 0.1
UPLOADS: Final = 10
MEGABYTES: Final = 200
GROWTH: Final = 50 * 2**20
SOCKETS: Final = 600

FILES: Final = (
    ("text/csv", CSV),
    ("application/x-ndjson", NDJSON),
    ("application/vnd.apache.parquet", PARQUET),
)


def main() -> int:
    """Measure, print, and say whether every bar holds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=MEGABYTES, help="how large each of the uploads is")
    megabytes = parser.parse_args().megabytes
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(8192, most), most))
    with tempfile.TemporaryDirectory() as folder:
        service = ServerUnderAttack(Path(folder))
        try:
            service.ask("POST", "/v1/datasets", b"a,b\n1,2\n", {"Content-Type": "text/csv"})
            held = [measure_hostile_bodies(service), slow(service), large(service, megabytes)]
        finally:
            service.kill()
    return 0 if all(held) else 1


def measure_hostile_bodies(service: ServerUnderAttack) -> bool:
    """The whole corpus, one after the other, and again: what it leaves in memory must not become more."""
    took: dict[str, float] = {}
    memory = [service.memory()]
    for _ in range(PASSES):
        for name, seconds in time_hostile_bodies(service):
            took[name] = max(took.get(name, 0.0), seconds)
        memory.append(service.memory())
    worst = sorted(took, key=lambda name: -took[name])
    most = took[worst[0]]
    for name in worst[:5]:
        print(f"hostile   {took[name]:6.2f} s  {name}")
    print(f"hostile   {len(took)} bodies, {PASSES} times each, the slowest in {most:.2f} s; bar: {SECOND:g} s")
    growth = ", ".join(f"{(bytes_ - memory[0]) / 2**20:.0f}" for bytes_ in memory[1:])
    left = (min(memory[1 + PASSES // 2 :]) - max(memory[1 : 1 + PASSES // 2])) / 2**20
    print(f"hostile   memory was {growth} MiB more than before, time after time: it comes and goes, and what is left")
    print(f"hostile   of the second half beyond the first is {max(left, 0):.0f} MiB; bar: {LEFT_MEBIBYTES} MiB")
    return most < SECOND and left < LEFT_MEBIBYTES


def time_hostile_bodies(service: ServerUnderAttack) -> Iterator[tuple[str, float]]:
    """Each hostile body, with the seconds that it took."""
    for media_type, files in FILES:
        for name, make in files.items():
            yield f"{media_type}: {name}", time_post(service, "/v1/datasets", make(), media_type)
    for path in ROUTES:
        for name, body in TREES.items():
            yield f"{path}: {name}", time_post(service, path, body, JSON["Content-Type"])
    for name, (body, boundary) in FORMS.items():
        yield f"form: {name}", time_post(service, "/v1/datasets", body, f"multipart/form-data; boundary={boundary}")


def time_post(service: ServerUnderAttack, path: str, body: bytes, media_type: str) -> float:
    """The seconds that an answer takes."""
    began = time.perf_counter()
    status = service.ask("POST", path, body, {"Content-Type": media_type}).status
    if status >= 500:
        raise SystemExit(f"{path} answered {status}")
    return time.perf_counter() - began


def slow(service: ServerUnderAttack) -> bool:
    """/healthz beside sockets that say nothing, half a header, or a body that drips."""
    head = f"POST /v1/datasets HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {service.key}\r\nContent-Type: text/csv\r\n"
    done = threading.Event()
    with ExitStack() as connections:
        sockets = [connections.enter_context(service.connect()) for _ in range(2 * SOCKETS)]
        for number, connection in enumerate(sockets[SOCKETS:]):
            connection.sendall(head.encode() if number % 2 else f"{head}Content-Length: 100000\r\n\r\na,".encode())

        def drip() -> None:
            while not done.wait(0.5):
                for connection in sockets[SOCKETS::2]:
                    try:
                        connection.send(b"b")
                    except OSError:
                        continue

        dripping = threading.Thread(target=drip)
        dripping.start()
        took = sorted(healthy_seconds(service) for _ in range(300))
        done.set()
        dripping.join()
    p99 = took[int(len(took) * 0.99)]
    print(f"slow      {SOCKETS} idle and {SOCKETS} slow sockets: /healthz p50 {took[150] * 1000:.1f} ms, ", end="")
    print(f"p99 {p99 * 1000:.1f} ms, worst {took[-1] * 1000:.1f} ms; bar: p99 {HEALTHY_SECONDS * 1000:g} ms")
    return p99 < HEALTHY_SECONDS


def healthy_seconds(service: ServerUnderAttack) -> float:
    """The seconds that /healthz takes on a new connection."""
    began = time.perf_counter()
    if service.ask("GET", "/healthz").status != 200:
        raise SystemExit("/healthz does not answer 200")
    return time.perf_counter() - began


def large(service: ServerUnderAttack, megabytes: int) -> bool:
    """Files of so many megabytes, all at once."""
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
    print(
        f"uploads   {UPLOADS} of {megabytes} MB at once: memory grew by {(most - before) / 2**20:.0f} MiB at most; ",
        end="",
    )
    print(f"bar: {GROWTH / 2**20:.0f} MiB")
    if statuses != [201] * UPLOADS:
        print(f"uploads   were answered {statuses}")
    return statuses == [201] * UPLOADS and most - before < GROWTH


if __name__ == "__main__":
    sys.exit(main())
