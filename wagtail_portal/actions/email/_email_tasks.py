"""The background task that processes a received email. It can run twice, even at the same time."""

from functools import partial

from django.db import transaction
from django_tasks import task

from wagtail_portal import read_only_mode
from wagtail_portal.utils.after_response import after_response

from .process_email import process_email


@task()
def process(pk: int) -> None:
    """Process a received email."""
    # Otherwise, the worker does so once read-only mode is over.
    if not read_only_mode.is_on():
        process_email(pk)


def process_soon(pk: int) -> None:
    """Enqueue processing once the transaction commits. If that fails, the worker does it."""
    work = partial(process.enqueue, pk)
    transaction.on_commit(partial(after_response, work), robust=True)
