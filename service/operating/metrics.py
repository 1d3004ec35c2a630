"""The figures at /metrics: what the processes of this service counted, and what the database says of all the work.

What workers do is read from the database, so that it is right however many there are and wherever they run.
"""

from collections.abc import Iterator

from flask import Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from service.http.routing import Routes
from service.services import Context
from store.jobs.queue_stats import QueueStats, get_queue_stats

routes = Routes("metrics", "Figures for monitoring.")


@routes.get("/metrics", scope="admin", summary="Figures for Prometheus", produces=("text/plain",))
def metrics(context: Context) -> Response:
    """In Prometheus' text format; what each figure means is in docs/operating.md."""
    registry = CollectorRegistry()
    registry.register(_StateCollector(context))
    context.services.metrics.register_with(registry)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _StateCollector(Collector):
    """How things stand at this moment, by the database and the disk."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def collect(self) -> Iterator[Metric]:
        """Called by Prometheus' client."""
        files = self._context.services.files
        yield GaugeMetricFamily("gradus_disk_free_bytes", "Room left for datasets.", files.free_bytes())
        with self._context.begin_read() as s:
            found = get_queue_stats(s)
        yield from _queue_metrics(found)


def _queue_metrics(found: QueueStats) -> Iterator[Metric]:
    jobs = GaugeMetricFamily("gradus_jobs", "Jobs of all owners.", labels=["state"])
    for state, number in found.jobs.items():
        jobs.add_metric([state], number)
    yield jobs
    datasets = GaugeMetricFamily("gradus_datasets", "Datasets of all owners.", labels=["state"])
    for state, number in found.datasets.items():
        datasets.add_metric([state], number)
    yield datasets
    yield GaugeMetricFamily(
        "gradus_oldest_queued_seconds",
        "How long ago the oldest job in the queue was submitted; 0 without one.",
        found.oldest_queued_seconds,
    )
    yield GaugeMetricFamily(
        "gradus_oldest_lapsed_lease_seconds",
        "How long a running job has been without its worker; 0 if all have theirs.",
        found.oldest_expired_lease_seconds,
    )
    yield GaugeMetricFamily("gradus_epochs_per_second", "Epochs trained by all workers now.", found.epochs_per_second)
    yield GaugeMetricFamily(
        "gradus_samples_per_second", "Rows learned from by all workers now.", found.samples_per_second
    )
