"""Rebuild the search index of tickets."""

from django.db import transaction

from wagtail_portal import search
from wagtail_portal.models import Ticket

#: How many tickets are locked at once, while they're indexed.
BATCH = 200


def rebuild_search(*, on_progress=None) -> int:
    """Index every ticket as it is now, and return how many there are.

    Tickets can be changed meanwhile: a batch is locked only while it's indexed.

    :param on_progress: called with the number of tickets so far, after each batch.
    """
    number, last = 0, 0
    while True:
        with transaction.atomic():
            tickets = list(
                Ticket.objects.filter(pk__gt=last)
                .select_for_update()
                .only("number", "subject")
                .order_by("pk")[:BATCH]
            )
            if not tickets:
                return number
            search.backend().put(tickets)
        number, last = number + len(tickets), tickets[-1].pk
        if on_progress is not None:
            on_progress(number)
