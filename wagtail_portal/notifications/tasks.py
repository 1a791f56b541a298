"""Background work: send the emails of an action. Safe to run twice, and at the same time."""

from functools import partial

from django.db import transaction
from django_tasks import task

from wagtail_portal.models import Delivery, Notification

from .after_response import after_response
from .outbox import send


@task()
def deliver(batch: str) -> None:
    """Send the notifications of one action."""
    due = Notification.objects.filter(batch=batch, state=Delivery.DUE).order_by("pk")
    for pk in due.values_list("pk", flat=True):
        send(pk)


def send_soon(batch) -> None:
    """Let a task send the notifications of an action once the transaction commits. A task that
    runs immediately runs after the response."""
    transaction.on_commit(partial(send_after_response, batch))


def send_after_response(batch) -> None:
    """Let a task send notifications that weren't written in a transaction."""
    after_response(partial(deliver.enqueue, str(batch)))
