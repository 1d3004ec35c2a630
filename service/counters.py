"""What the service counts while it answers: requests, problems, predictions, models looked up, bytes taken in.

Every label has a bounded set of values: a route is its template and never an address that somebody typed.
"""

import os
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.multiprocess import MultiProcessCollector

from service import multiprocess_dir

LATENCY_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0)
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

disable_created_metrics()


class Metrics:
    """The counters of one app; together with those of its sister processes if there are any."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Histogram(
            "gradus_request_seconds",
            "Time from a request to the beginning of its answer.",
            ["route", "method", "status"],
            buckets=LATENCY_BUCKETS,
            registry=self._registry,
        )
        self._histograms: dict[tuple[str, str, int], Histogram] = {}
        self._problems = Counter(
            "gradus_problems", "Requests answered by a problem document.", ["problem"], registry=self._registry
        )
        self.predicted_rows = self._counter("gradus_predicted_rows", "Rows that models were asked about and answered.")
        self.uploaded_bytes = self._counter("gradus_uploaded_bytes", "Bytes of dataset files taken in.")
        self.model_cache_hits = self._counter("gradus_model_cache_hits", "Models found ready in memory.")
        self.model_cache_misses = self._counter("gradus_model_cache_misses", "Models that were not ready in memory.")
        self.model_cache_bytes = Gauge(
            "gradus_model_cache_bytes",
            "Bytes of the models ready in memory, of all processes together.",
            multiprocess_mode="livesum",
            registry=self._registry,
        )

    def count_response(
        self, endpoint: str | None, method: str, status: int, seconds: float, problem: str | None
    ) -> None:
        """Count a request that was answered.

        Args:
            endpoint: method and template of the route that answered, such as `GET /v1/jobs/{job_id}`, if one did.
            method: the request's.
            status: the answer's.
            seconds: how long it took.
            problem: the slug of the problem, if the response is one.
        """
        key = endpoint or "", method, status
        histogram = self._histograms.get(key)
        if histogram is None:
            route = endpoint.partition(" ")[2] if endpoint else "none"
            known_method = method if method in METHODS else "other"
            histogram = self._requests.labels(route, known_method, str(status))
            if method == known_method:  # else anybody could fill the memory
                self._histograms[key] = histogram
        histogram.observe(seconds)
        if problem is not None:
            self._problems.labels(problem).inc()

    def register_with(self, registry: CollectorRegistry) -> None:
        """Let a registry show what all processes counted."""
        folder = multiprocess_dir.find_folder()
        if folder is None:
            registry.register(self._registry)
            return
        _remove_dead_gauges(Path(folder))
        MultiProcessCollector(registry, folder)

    def _counter(self, name: str, meaning: str) -> Counter:
        return Counter(name, meaning, registry=self._registry)


def _remove_dead_gauges(folder: Path) -> None:
    """Remove what processes that ended still claim to hold; what they counted stays."""
    for file in folder.glob("gauge_live*_*.db"):
        try:
            os.kill(int(file.stem.rpartition("_")[2]), 0)
        except ProcessLookupError:
            file.unlink(missing_ok=True)
