"""Rebuild the search index of tickets."""

from collections.abc import Callable

from django.db import transaction

from wagtail_portal import search
from wagtail_portal.actions._locks import for_update
from wagtail_portal.models import Ticket

#: Tickets that are locked at once, while their words are written.
BATCH = 500


def rebuild_search(*, progress: Callable | None = None) -> int:
    """Index every ticket again, and return how many there are.

    Tickets can be changed at the same time: only one batch is locked at a time.

    :param progress: called with the number of tickets so far, after each batch.
    """
    number, last = 0, 0
    while True:
        with transaction.atomic():
            following = for_update(Ticket.objects.filter(pk__gt=last))
            keys = list(following.values_list("pk", flat=True)[:BATCH])
            if not keys:
                return number
            search.backend().put(Ticket.objects.filter(pk__in=keys))
        number, last = number + len(keys), keys[-1]
        if progress is not None:
            progress(number)
