"""Metrics of the service: requests, problems, predicted rows, model cache, uploaded bytes.

Every label has a bounded set of values: a route is its template, never a path that a client sent.
"""

import os
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.multiprocess import MultiProcessCollector

from service.multiprocess_dir import VARIABLE

LATENCY_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0)
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

disable_created_metrics()


class Metrics:
    """The metrics of one app, summed with those of the other processes of the service."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Histogram(
            "gradus_request_seconds",
            "Time to the beginning of the response.",
            ["route", "method", "status"],
            buckets=LATENCY_BUCKETS,
            registry=self._registry,
        )
        self._histograms: dict[tuple[str, str, int], Histogram] = {}
        self._problems = Counter(
            "gradus_problems", "Responses that are problem documents.", ["problem"], registry=self._registry
        )
        self.predicted_rows = self._counter("gradus_predicted_rows", "Rows predicted.")
        self.written_tokens = self._counter("gradus_written_tokens", "Tokens written by models that write.")
        self.uploaded_bytes = self._counter("gradus_uploaded_bytes", "Bytes of dataset files stored.")
        self.model_cache_hits = self._counter("gradus_model_cache_hits", "Models found in the cache.")
        self.model_cache_misses = self._counter("gradus_model_cache_misses", "Models not found in the cache.")
        self.model_cache_bytes = Gauge(
            "gradus_model_cache_bytes",
            "Bytes of the cached models of all processes.",
            multiprocess_mode="livesum",
            registry=self._registry,
        )

    def count_response(
        self, endpoint: str | None, method: str, status: int, seconds: float, problem: str | None
    ) -> None:
        """Count a response.

        Args:
            endpoint: method and template of the route, such as `GET /v1/jobs/{job_id}`; None if no route matched.
            method: the request's method.
            status: the response's status.
            seconds: the time to the response.
            problem: the slug of the problem, if the response is one.
        """
        key = endpoint or "", method, status
        histogram = self._histograms.get(key)
        if histogram is None:
            route = endpoint.partition(" ")[2] if endpoint else "none"
            known_method = method if method in METHODS else "other"
            histogram = self._requests.labels(route, known_method, str(status))
            if method == known_method:  # else clients could fill the memory
                self._histograms[key] = histogram
        histogram.observe(seconds)
        if problem is not None:
            self._problems.labels(problem).inc()

    def register_with(self, registry: CollectorRegistry) -> None:
        """Add the metrics of all processes to a registry."""
        folder = os.environ.get(VARIABLE)
        if folder is None:
            registry.register(self._registry)
            return
        _remove_dead_gauges(Path(folder))
        MultiProcessCollector(registry, folder)

    def _counter(self, name: str, meaning: str) -> Counter:
        return Counter(name, meaning, registry=self._registry)


def _remove_dead_gauges(folder: Path) -> None:
    """Remove the gauges of processes that ended; their counters stay."""
    for file in folder.glob("gauge_live*_*.db"):
        try:
            os.kill(int(file.stem.rpartition("_")[2]), 0)
        except ProcessLookupError:
            file.unlink(missing_ok=True)
