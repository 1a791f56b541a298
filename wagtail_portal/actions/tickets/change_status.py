"""Change a ticket's status."""

from django.db import transaction
from django.utils import timezone

from wagtail_portal.models import Status, Ticket
from wagtail_portal.permissions import Verb

from ._ticket import STATUS_FIELDS, lock_for, record_status, save, set_status


def change_status(ticket: Ticket, *, by, status: Status, at=None, notify: bool = True) -> Ticket:
    """Give the ticket ``status``, and return it. If it has the status already, nothing happens.

    :raises NotAllowed: unless ``by`` is an agent who may change the ticket.
    :raises Locked: when the ticket was merged.
    """
    by.require_team(Verb.CHANGE, ticket)
    at = at or timezone.now()
    with transaction.atomic():
        lock_for("change_status", ticket, by=by, at=at)
        change = set_status(ticket, status, at)
        if change:
            save(ticket, at, seen_by_customers=True, fields=STATUS_FIELDS)
            record_status(ticket, change, by=by, at=at, notify=notify)
    return ticket
