"""What tickets are found by is written anew."""

from django.db import transaction

from wagtail_portal import search
from wagtail_portal.models import Ticket

#: Tickets that are held at once, while their words are written.
BATCH = 200


def rebuild_search(*, told=None) -> int:
    """Give the search every ticket anew, as it is now; returns how many there were.

    Tickets can be written to meanwhile: a batch is held only while its words are written.

    :param told: called with the number of tickets so far, after each batch.
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
        if told is not None:
            told(number)
