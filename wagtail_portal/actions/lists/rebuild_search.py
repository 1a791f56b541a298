"""Rebuild the search index of tickets."""

from collections.abc import Callable

from django.db import transaction

from wagtail_portal import search
from wagtail_portal.actions._locks import for_update
from wagtail_portal.models import Ticket

#: Tickets that are locked at once, while their words are written.
BATCH = 200


def rebuild_search(*, progress: Callable | None = None) -> int:
    """Index every ticket again, and return how many there are.

    Tickets can be changed at the same time: only one batch is locked at a time.

    :param progress: called with the number of tickets so far, after each batch.
    """
    number, last = 0, 0
    while True:
        with transaction.atomic():
            following = Ticket.objects.filter(pk__gt=last).only("pk")
            tickets = list(for_update(following)[:BATCH])
            if not tickets:
                return number
            search.backend().put(tickets)
        number, last = number + len(tickets), tickets[-1].pk
        if progress is not None:
            progress(number)
