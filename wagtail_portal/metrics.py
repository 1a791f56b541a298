"""Counters for Prometheus. Without ``prometheus_client``, they do nothing."""

import time
from functools import cached_property
from importlib import import_module
from threading import Lock
from typing import Any


class _Metric:
    """A counter or a histogram, which is made when it's first used: many commands count nothing."""

    _lock = Lock()

    def __init__(self, kind: str, *args, **kwargs):
        self._given = kind, args, kwargs

    @cached_property
    def _made(self) -> Any:
        kind, args, kwargs = self._given
        try:
            return getattr(import_module("prometheus_client"), kind)(*args, **kwargs)
        except ImportError:
            return None

    def labels(self, **labels) -> Any:
        """Return the counter or histogram for these labels."""
        with self._lock:
            made = self._made
        return made.labels(**labels) if made else self

    def inc(self, amount: float = 1) -> None:
        """Count nothing."""

    def observe(self, amount: float) -> None:
        """Count nothing."""


#: ``event``: the key of the event, such as ``sign_in`` for a code; ``outcome``: sent, failed.
EMAILS = _Metric("Counter", "portal_emails", "Attempts to send an email", ["event", "outcome"])
#: ``reason``: the name of a limit in ``WAGTAIL_PORTAL``, ``incorrect_code``, ``expired_code``,
#: ``too_many_login_attempts``, ``rate_limited``, or ``sso_`` and why single sign-on was refused.
REFUSALS = _Metric(
    "Counter", "portal_refusals", "What visitors and members couldn't do", ["reason"]
)
TASK_WAITS = _Metric(
    "Histogram",
    "portal_task_wait_seconds",
    "Time from queueing a background task to its start",
    ["task"],
    buckets=(0.1, 0.5, 1, 5, 15, 60, 300, 1800, 7200),
)
REQUESTS = _Metric(
    "Histogram",
    "portal_request_seconds",
    "Time until the response is ready",
    ["view", "method", "status"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
_METHODS = {"GET", "HEAD", "POST"}


def metrics_middleware(get_response):
    """Measure the time of each request, by the name of its URL."""

    def middleware(request):
        begun = time.perf_counter()
        response = get_response(request)
        # The portal's pages have routes of their own below Wagtail's.
        found = getattr(request, "routable_resolver_match", None) or request.resolver_match
        labels = {
            "view": (found and found.view_name) or "unknown",
            "method": request.method if request.method in _METHODS else "other",
            "status": response.status_code,
        }
        REQUESTS.labels(**labels).observe(time.perf_counter() - begun)
        return response

    return middleware


def observe_task_start(*, task_result, **kwargs) -> None:
    """Measure how long a task has waited: a receiver of ``task_started``."""
    if task_result.enqueued_at and task_result.started_at:
        wait = task_result.started_at - task_result.enqueued_at
        TASK_WAITS.labels(task=task_result.task.module_path).observe(wait.total_seconds())
