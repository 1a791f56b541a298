"""Background tasks that send emails. They can run twice, even at the same time."""

from datetime import timedelta
from functools import partial

from django.db import transaction
from django_tasks import task

from wagtail_portal import read_only_mode
from wagtail_portal.models import Delivery, Notification
from wagtail_portal.utils.after_response import after_response, in_thread_after

from .outbox import send_each


@task()
def deliver(batch: str) -> None:
    """Send the notifications of one action."""
    if read_only_mode.is_on():
        # The worker sends them once it's over.
        return
    due = Notification.objects.filter(batch=batch, state=Delivery.DUE).order_by("pk")
    send_each(list(due.values_list("pk", flat=True)))


def send_soon(batch) -> None:
    """Enqueue sending once the transaction commits, and not before the response."""
    transaction.on_commit(partial(send_after_response, batch))


def send_later(batch, pause: timedelta) -> None:
    """Send after a pause, from the commit on, if this process sends emails itself. Otherwise,
    ``portal_worker`` finds them as soon as they're due."""
    transaction.on_commit(partial(in_thread_after, pause, partial(deliver.enqueue, str(batch))))


def send_after_response(batch) -> None:
    """Enqueue sending after the response, without waiting for a transaction."""
    after_response(partial(deliver.enqueue, str(batch)))
