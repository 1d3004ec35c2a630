"""Hostile requests of all families, one after the other: CPU, memory, and the wait of others that each costs."""

import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.edge.installation import EdgeInstallation, Probes, ServingProcess
from tests.hostile_requests import FAMILIES
from tests.hostile_requests.request import HostileRequest
from tests.hostile_requests.rows import large_models
from tests.hostile_requests.targets import create_targets

COLUMNS: Final = 10_000
ITEMS: Final = 20_000
LARGE_UNITS: Final = 8300
MAX_CPU_SECONDS: Final = 1.0
MAX_GROWTH: Final = 200 * 2**20
MAX_LEFT: Final = 200 * 2**20
MAX_WAIT_SECONDS: Final = 0.1
MAX_WORKER_BYTES: Final = 2**30
ANSWER_SECONDS: Final = 8.0
READ_SECONDS: Final = 20.0
TRIM_SECONDS: Final = 6.0
"""The time within which the service gives free memory back."""
MAX_BROKEN: Final = 5
"""The number of broken requests after which the rest of a family is not sent."""
TRIES: Final = 3
"""The number of tries for a request that only made others wait: another program may have had the processor."""


@dataclass
class Cost:
    """The cost of a request to the service, and the fault of its answer.

    Attributes:
        growth: The bytes that memory grew by, without those of models that the cache keeps, whose limit is a setting.
    """

    name: str
    cpu_seconds: float = 0.0
    growth: int = 0
    wait_seconds: float = 0.0
    worker_bytes: int = 0
    fault: str = ""

    def broken_bars(self) -> list[str]:
        """The bars that do not hold."""
        broken = [self.fault] if self.fault else []
        if self.cpu_seconds > MAX_CPU_SECONDS:
            broken.append(f"CPU {self.cpu_seconds:.1f} s")
        if self.growth > MAX_GROWTH:
            broken.append(f"memory +{self.growth / 2**20:.0f} MiB")
        if self.wait_seconds > MAX_WAIT_SECONDS:
            broken.append(f"another owner's prediction {self.wait_seconds * 1000:.0f} ms")
        if self.worker_bytes > MAX_WORKER_BYTES:
            broken.append(f"worker {self.worker_bytes / 2**20:.0f} MiB")
        return broken

    def is_late_only(self) -> bool:
        """True if the wait of the other owner is all that breaks a bar."""
        return self.wait_seconds > MAX_WAIT_SECONDS and len(self.broken_bars()) == 1 and not self.fault


class Measurement:
    """Sends requests and reads what they cost."""

    def __init__(self, installation: EdgeInstallation, probes: Probes) -> None:
        self._installation = installation
        self._probes = probes
        self._process = ServingProcess(installation.service)
        self._probe_seconds = self._measure_probes()

    def measure(self, request: HostileRequest) -> Cost:
        """The cost of a request, with the shortest wait of some tries."""
        cost = self._measure_once(request)
        for _ in range(TRIES - 1):
            if not cost.is_late_only():
                break
            wait = cost.wait_seconds
            cost = self._measure_once(request)
            cost.wait_seconds = min(cost.wait_seconds, wait)
        return cost

    def resident(self) -> int:
        """The memory that the serving process has of its own now, without the models that its cache keeps."""
        return self._process.read_own_memory() - self._read_cached_bytes()

    def _measure_once(self, request: HostileRequest) -> Cost:
        cost, body = Cost(request.name), request.body()
        cached = self._read_cached_bytes()
        resident, cpu = self._process.reset_peak(), self._process.cpu_seconds()
        self._probes.start()
        answer = b""
        try:
            for number in range(request.times):
                status, answer = self._send(request, number, body)
                if status >= 500 and status != 503:
                    cost.fault = f"answered {status}"
        except (TimeoutError, OSError) as error:
            cost.fault = f"no answer: {error!r}"
        waits = self._probes.stop()
        cost.wait_seconds = max(waits, default=0.0)
        if self._probes.failures:
            cost.fault = cost.fault or f"another owner's prediction {self._probes.failures[0]}"
        self._settle()
        cost.cpu_seconds = (self._process.cpu_seconds() - cpu - len(waits) * self._probe_seconds) / request.times
        cost.growth = self._process.peak() - resident - max(self._read_cached_bytes() - cached, 0)
        if "no answer" in cost.fault:
            self._installation.restart_service()
            self._process = ServingProcess(self._installation.service)
        else:
            self._clean(request, answer, cost)
        return cost

    def _send(self, request: HostileRequest, number: int, body: bytes) -> tuple[int, bytes]:
        headers = {"Authorization": f"Bearer {self._installation.hostile.key}", **request.headers_at(number)}
        encoded = {name: value.encode("utf-8", "surrogatepass") for name, value in headers.items()}
        answer = self._installation.service.ask(
            request.method, request.path_at(number), body, encoded, seconds=ANSWER_SECONDS
        )
        return answer.status, answer.body

    def _clean(self, request: HostileRequest, answer: bytes, cost: Cost) -> None:
        """Delete what was made, once a worker has read it."""
        owner = self._installation.hostile
        if request.method != "POST" or b'"id":' not in answer.replace(b" ", b"")[:200_000]:
            return
        made = json.loads(answer)
        if request.path.startswith("/v1/jobs") and str(made.get("id", "")).startswith("job_"):
            owner.ask("POST", f"/v1/jobs/{made['id']}/cancel")
        if not str(made.get("id", "")).startswith("ds_"):
            return
        until = time.monotonic() + READ_SECONDS
        while made["status"] == "processing" and time.monotonic() < until:
            cost.worker_bytes = max(cost.worker_bytes, self._installation.worker_memory())
            time.sleep(0.1)
            made = owner.ask("GET", f"/v1/datasets/{made['id']}")[1]
        owner.ask("DELETE", f"/v1/datasets/{made['id']}")
        if made["status"] == "processing":
            cost.fault = cost.fault or f"the worker had not read it after {READ_SECONDS:g} s"
            self._installation.restart_worker()

    def _read_cached_bytes(self) -> int:
        """The bytes of the models that the cache keeps."""
        lines = self._installation.service.ask("GET", "/metrics").body.decode().splitlines()
        return int(sum(float(line.split()[-1]) for line in lines if line.startswith("gradus_model_cache_bytes")))

    def _settle(self) -> None:
        """Wait until the service computes nothing more."""
        until = time.monotonic() + ANSWER_SECONDS
        before = self._process.cpu_seconds()
        while time.monotonic() < until:
            time.sleep(0.06)
            now = self._process.cpu_seconds()
            if now - before < 0.02:
                return
            before = now

    def _measure_probes(self) -> float:
        """The CPU seconds of one probe, while nothing else is asked."""
        before = self._process.cpu_seconds()
        self._probes.start()
        time.sleep(3)
        waits = sorted(self._probes.stop())
        print(f"calm      one-row predictions: p50 {waits[len(waits) // 2] * 1000:.1f} ms, ", end="")
        print(f"worst {waits[-1] * 1000:.1f} ms", flush=True)
        return (self._process.cpu_seconds() - before) / len(waits)


def measure_families(
    installation: EdgeInstallation, probes: Probes, seconds: float, only: Sequence[str], case: str
) -> bool:
    """Send everything within the seconds, or what has one of these texts in its names; true if every bar holds."""
    began = time.monotonic()
    families = [family for family in FAMILIES if any(text in family.__name__ for text in only)]
    large_units = LARGE_UNITS if large_models in families else 0
    targets = create_targets(installation.hostile, COLUMNS, ITEMS, large_units)
    print(f"targets   {COLUMNS:,} columns, large net {targets.large_model}: {time.monotonic() - began:.0f} s")
    measurement = Measurement(installation, probes)
    requests = [
        (family.__name__, request) for family in families for request in family(targets) if case in request.name
    ]
    before, costs, until = measurement.resident(), list[Cost](), time.monotonic() + seconds
    broken_families = Counter[str]()
    for family, request in requests:
        if time.monotonic() > until or broken_families[family] >= MAX_BROKEN:
            continue
        cost = measurement.measure(request)
        costs.append(cost)
        if broken := cost.broken_bars():
            broken_families[family] += 1
            print(f"broken    {family}: {request.name}: {'; '.join(broken)}", flush=True)
    time.sleep(TRIM_SECONDS)
    left = measurement.resident() - before
    broken = sum(bool(cost.broken_bars()) for cost in costs)
    print(
        f"requests  {len(costs)} of {len(requests)} sent, {broken} break a bar: {MAX_CPU_SECONDS:g} s of CPU, ", end=""
    )
    print(f"{MAX_GROWTH / 2**20:.0f} MiB, {MAX_WAIT_SECONDS * 1000:.0f} ms for a prediction of another owner")
    for title, worst in (
        ("CPU s", sorted(((cost.cpu_seconds, cost.name) for cost in costs), reverse=True)[:3]),
        ("MiB", sorted(((cost.growth / 2**20, cost.name) for cost in costs), reverse=True)[:3]),
        ("wait ms", sorted(((cost.wait_seconds * 1000, cost.name) for cost in costs), reverse=True)[:3]),
    ):
        print(f"requests  most {title}: " + "; ".join(f"{figure:.1f} {name}" for figure, name in worst))
    print(f"requests  memory afterwards {left / 2**20:+.0f} MiB beside cached models; bar: {MAX_LEFT / 2**20:.0f} MiB")
    return broken == 0 and len(costs) == len(requests) and left < MAX_LEFT
