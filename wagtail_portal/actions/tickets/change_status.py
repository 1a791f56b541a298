"""A ticket gets another status."""

from django.db import transaction
from django.utils import timezone

from wagtail_portal.exceptions import NotAllowed
from wagtail_portal.models import Status, Ticket
from wagtail_portal.permissions import Verb

from ._status import record_status
from ._ticket import STATUS_FIELDS, lock, refuse_locked, save, set_status


def change_status(ticket: Ticket, *, by, status: Status, at=None, notify: bool = True) -> Ticket:
    """Give the ticket ``status``; to give it the one that it has does nothing.

    :raises NotAllowed: for customers, and for agents who may not change tickets.
    :raises Locked: when the ticket was merged into another one.
    """
    by.require(Verb.CHANGE, ticket)
    if not by.is_team:
        raise NotAllowed(Verb.CHANGE)
    at = at or timezone.now()
    with transaction.atomic():
        lock(ticket)
        refuse_locked(ticket, by, at)
        change = set_status(ticket, status, at)
        if change:
            save(ticket, at, seen_by_customers=True, fields=STATUS_FIELDS)
            record_status(ticket, change, by=by, at=at, notify=notify)
    return ticket
