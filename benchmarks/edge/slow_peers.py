"""Readers that do not read, bodies that trickle and sockets that say nothing, together, beside honest clients."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Final

from benchmarks.edge.installation import EdgeInstallation, Probes

READERS: Final = 64
TRICKLES: Final = 64
IDLE: Final = 2000
DATASET_BYTES: Final = 55 * 10**6
UPLOAD_BYTES: Final = 10 * 10**6
SECONDS: Final = 20.0
TRICKLE_SECONDS: Final = 1.0
MAX_SECONDS: Final = 0.1
MAX_UPLOAD_SECONDS: Final = 20.0
MAX_JOB_SECONDS: Final = 60.0


def measure_slow_peers(installation: EdgeInstallation, probes: Probes) -> bool:
    """True if honest clients are served while all peers are connected."""
    line = b"1.25,2.5,some words\n"
    table = installation.hostile.upload(b"a,b,c\n" + line * (DATASET_BYTES // len(line)))
    honest = installation.honest.upload(b"x,y\n" + b"".join(b"%d,%d\n" % (row, 3 * row) for row in range(200)))
    with _connect_peers(installation, table) as connected:
        print(f"slow      {READERS} readers that do not read, {TRICKLES} trickling bodies, {connected} idle sockets")
        probes.start()
        health, statuses = [], []
        work = threading.Thread(target=lambda: statuses.extend(_work_honestly(installation, honest)))
        work.start()
        until = time.monotonic() + SECONDS
        while time.monotonic() < until or work.is_alive():
            health.append(_time_health(installation))
            time.sleep(0.05)
        waits, failures = sorted(probes.stop()), list(probes.failures)
    health.sort()
    p99, wait = health[int(len(health) * 0.99)], waits[int(len(waits) * 0.99)]
    print(f"slow      /healthz p50 {health[len(health) // 2] * 1000:.1f} ms, p99 {p99 * 1000:.1f} ms, ", end="")
    print(f"worst {health[-1] * 1000:.0f} ms; predictions p99 {wait * 1000:.1f} ms of {len(waits)}, ", end="")
    print(f"{len(failures)} refused {failures[:1]}; bar: p99 {MAX_SECONDS * 1000:.0f} ms, none refused")
    for name, held, text in statuses:
        print(f"slow      {name}: {text}{'' if held else ', BROKEN'}")
    return p99 < MAX_SECONDS and wait < MAX_SECONDS and not failures and all(held for _, held, _ in statuses)


@contextmanager
def _connect_peers(installation: EdgeInstallation, table: str) -> Iterator[int]:
    """The peers, connected; yields how many idle sockets the system let connect."""
    service, key = installation.service, installation.hostile.key
    over = threading.Event()
    with ExitStack() as stack:
        for _ in range(READERS):
            reader = stack.enter_context(_connect(service.port, receive_bytes=4096))
            reader.sendall(
                f"GET /v1/datasets/{table}/content HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n\r\n".encode()
            )
        trickles = [stack.enter_context(_connect(service.port)) for _ in range(TRICKLES)]
        head = f"POST /v1/datasets HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Type: text/csv\r\n"
        for trickle in trickles:
            trickle.sendall(f"{head}Content-Length: 60000\r\n\r\na,".encode())
        connected = 0
        for _ in range(IDLE):
            with suppress(OSError):
                stack.enter_context(_connect(service.port))
                connected += 1
        thread = threading.Thread(target=_trickle, args=(trickles, over))
        thread.start()
        time.sleep(2)
        try:
            yield connected
        finally:
            over.set()
            thread.join()


def _connect(port: int, receive_bytes: int = 0) -> socket.socket:
    connection = socket.socket()
    if receive_bytes:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    connection.settimeout(5)
    connection.connect(("127.0.0.1", port))
    return connection


def _trickle(connections: list[socket.socket], over: threading.Event) -> None:
    while not over.wait(TRICKLE_SECONDS):
        for connection in connections:
            with suppress(OSError):
                connection.send(b"b")


def _time_health(installation: EdgeInstallation) -> float:
    """The seconds that /healthz takes on a new connection; 10 if it does not answer."""
    began = time.perf_counter()
    try:
        status = installation.service.ask("GET", "/healthz", seconds=10).status
    except OSError:
        return 10.0
    return time.perf_counter() - began if status == 200 else 10.0


def _work_honestly(installation: EdgeInstallation, dataset: str) -> Iterator[tuple[str, bool, str]]:
    """An upload and a job of the honest owner: what, whether it succeeded in time, and the figures."""
    service, key = installation.service, {"Authorization": f"Bearer {installation.honest.key}"}
    body = b"x,y\n" + b"1.5,some words\n" * (UPLOAD_BYTES // 15)
    began = time.perf_counter()
    try:
        status = service.ask("POST", "/v1/datasets", body, {**key, "Content-Type": "text/csv"}, seconds=30).status
    except OSError as error:
        status = repr(error)
    seconds = time.perf_counter() - began
    yield "an upload of 10 MB", status == 201 and seconds < MAX_UPLOAD_SECONDS, f"{status} in {seconds:.1f} s"
    began = time.perf_counter()
    asked = {"dataset_id": dataset, "target": "y", "model_name": "beside", "preset": "fast", "epochs": 5}
    spec = json.dumps(asked).encode()
    state = "not answered"
    try:
        answer = service.ask("POST", "/v1/jobs", spec, {**key, "Content-Type": "application/json"}, seconds=30)
        state = f"answered {answer.status}"
        job = json.loads(answer.body).get("id")
        while job and time.perf_counter() - began < MAX_JOB_SECONDS and state not in {"succeeded", "failed"}:
            time.sleep(0.2)
            state = json.loads(service.ask("GET", f"/v1/jobs/{job}", None, key, seconds=30).body).get("status", "?")
    except OSError as error:
        state = repr(error)
    yield "a job", state == "succeeded", f"{state} after {time.perf_counter() - began:.1f} s"
