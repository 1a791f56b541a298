"""Background work: sending what an action has to tell. Safe to run twice, and at once."""

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
    """Let a task send the notifications of an action, once they are there for good. One that runs
    at once runs after the answer to the visitor."""
    transaction.on_commit(partial(after_response, partial(deliver.enqueue, str(batch))))


def send_after_response(batch) -> None:
    """The same for what was written outside of a transaction."""
    after_response(partial(deliver.enqueue, str(batch)))
