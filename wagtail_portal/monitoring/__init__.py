"""What monitoring systems ask: health endpoints and metrics."""

from django_tasks.signals import task_started

from wagtail_portal.metrics import observe_task_start


def connect() -> None:
    """Connect the receiver that measures how long tasks wait."""
    task_started.connect(observe_task_start, dispatch_uid="wagtail_portal.monitoring")
