"""Close a ticket, or reopen it."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import State, Status, Ticket
from wagtail_portal.permissions import Verb

from ._ticket import STATUS_FIELDS, lock_for, record_status, save, set_status


def close_ticket(ticket: Ticket, *, by, at=None, notify: bool = True) -> Ticket:
    """Give the ticket the first closed status, and return it. If it's closed already, nothing
    happens.

    :raises NotAllowed: unless ``by`` may change the ticket.
    :raises Invalid: when there is no such status.
    """
    return _change(ticket, "close_ticket", _closed_status, by=by, at=at, notify=notify)


def reopen_ticket(ticket: Ticket, *, by, at=None, notify: bool = True) -> Ticket:
    """Reopen a closed ticket as a customer's reply would, and return it. If it's open, nothing
    happens.

    :raises NotAllowed: unless ``by`` may change the ticket.
    :raises Locked: when the ticket was merged or, for a customer, closed too long ago.
    :raises Invalid: when there is no open status.
    """
    return _change(ticket, "reopen_ticket", _open_status, by=by, at=at, notify=notify)


def _closed_status(ticket) -> Status | None:
    return ticket.status if ticket.status.is_closed else Status.objects.first_of(State.CLOSED)


def _open_status(ticket) -> Status | None:
    return ticket.status.after_reopening() if ticket.status.is_closed else ticket.status


def _change(ticket, action, choose_status, *, by, at, notify) -> Ticket:
    by.require(Verb.CHANGE, ticket)
    at = at or timezone.now()
    with transaction.atomic():
        lock_for(action, ticket, by=by, at=at)
        status = choose_status(ticket)
        if status is None:
            raise Invalid(gettext("This ticket can’t be reopened. Send us a message instead."))
        change = set_status(ticket, status, at)
        if change:
            save(ticket, at, seen_by_customers=True, fields=STATUS_FIELDS)
            record_status(ticket, change, by=by, at=at, notify=notify, action=action)
    return ticket
