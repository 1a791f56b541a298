"""Render messages again after the renderer has changed."""

from collections.abc import Callable

from django.db import transaction

from wagtail_portal.actions._locks import lock_tickets
from wagtail_portal.models import Message
from wagtail_portal.utils.markup import RENDERER_VERSION

#: Messages whose tickets are locked at once, while they're rendered.
BATCH = 200


def render_messages(*, progress: Callable | None = None) -> int:
    """Render every message whose HTML is out of date, and return how many there were.

    Until then, they're rendered each time someone reads them. Tickets can be changed then, too:
    only those of one batch are locked at a time.

    :param progress: called with the number of messages so far, after each batch.
    """
    number, last = 0, 0
    outdated = Message.objects.exclude(renderer_version=RENDERER_VERSION).order_by("pk")
    while keys := list(outdated.filter(pk__gt=last).values_list("pk", flat=True)[:BATCH]):
        save_rendered(keys)
        number, last = number + len(keys), keys[-1]
        if progress is not None:
            progress(number)
    return number


def save_rendered(keys: list[int]) -> None:
    """Render the messages with these primary keys, and save their HTML."""
    rows = Message.objects.filter(pk__in=keys)
    with transaction.atomic():
        lock_tickets(set(rows.order_by().values_list("ticket", flat=True)))
        messages = list(rows)
        for message in messages:
            message.render()
        Message.objects.bulk_update(messages, ["rendered", "renderer_version"])
