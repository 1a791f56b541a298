"""The metrics, in the format of Prometheus."""

import os
from collections.abc import Iterator

from django.http import Http404, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

from wagtail_portal.health import check_health

from .access import monitoring_view, sees_details


class HealthCollector:
    """Reads the figures of the health checks when they're asked for, so that each process gives the
    same."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the gauges."""
        is_ok = GaugeMetricFamily("portal_ok", "Whether a part works", labels=["check"])
        counts = GaugeMetricFamily("portal_waiting", "How many wait or fail", labels=["check"])
        ages = GaugeMetricFamily(
            "portal_waiting_seconds", "For how long the oldest has been overdue", labels=["check"]
        )
        for reading in check_health():
            is_ok.add_metric([reading.key], int(reading.is_ok))
            if reading.count is not None:
                counts.add_metric([reading.key], reading.count)
            if reading.age is not None:
                ages.add_metric([reading.key], reading.age.total_seconds())
        yield from (is_ok, counts, ages)


@monitoring_view
def metrics(request):
    """Return all metrics of the process, or of all processes if they share a folder for them."""
    if not sees_details(request):
        raise Http404
    processes = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        processes = CollectorRegistry()
        MultiProcessCollector(processes)
    health = CollectorRegistry()
    health.register(HealthCollector())
    content = generate_latest(processes) + generate_latest(health)
    return HttpResponse(content, content_type=CONTENT_TYPE_LATEST)
