"""The metrics at /metrics: what the processes of this service counted, and the state of all work in the database.

The work of workers is read from the database, so it is right however many there are and wherever they run.
"""

from collections.abc import Iterator

from flask import Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from service.http.routing import Routes
from service.services import Context
from store.jobs.queue_stats import get_queue_stats

routes = Routes("metrics", "Metrics for monitoring.")


@routes.get("/metrics", scope="admin", summary="Metrics for Prometheus", produces=("text/plain",))
def metrics(context: Context) -> Response:
    """In Prometheus' text format; docs/operating.md says what each figure means."""
    registry = CollectorRegistry()
    registry.register(_StateCollector(context))
    context.services.metrics.register_with(registry)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _StateCollector(Collector):
    """Gauges of the current state of the database and the disk."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def collect(self) -> Iterator[Metric]:
        """Called by Prometheus' client."""
        free = self._context.services.files.free_bytes()
        with self._context.begin_read() as s:
            stats = get_queue_stats(s)
        yield GaugeMetricFamily("gradus_disk_free_bytes", "Free bytes where datasets are stored.", free)
        yield _count_by_state("gradus_jobs", "Jobs of all owners.", stats.jobs)
        yield _count_by_state("gradus_datasets", "Datasets of all owners.", stats.datasets)
        yield GaugeMetricFamily(
            "gradus_oldest_queued_seconds", "Longest wait of a queued job; 0 without one.", stats.oldest_queued_seconds
        )
        yield GaugeMetricFamily(
            "gradus_oldest_lapsed_lease_seconds",
            "Time since the lease of a running job expired, or by which it exceeds the longest; 0 if none.",
            stats.oldest_expired_lease_seconds,
        )
        yield GaugeMetricFamily("gradus_epochs_per_second", "Epochs trained by all workers.", stats.epochs_per_second)
        yield GaugeMetricFamily(
            "gradus_samples_per_second", "Rows trained on by all workers.", stats.samples_per_second
        )


def _count_by_state(name: str, meaning: str, counts: dict[str, int]) -> Metric:
    family = GaugeMetricFamily(name, meaning, labels=["state"])
    for state, number in counts.items():
        family.add_metric([state], number)
    return family
