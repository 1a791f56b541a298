"""A customer or the team says that a ticket is solved, or that it is not after all."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import State, Status, Ticket
from wagtail_portal.permissions import Verb

from ._status import record_status
from ._ticket import STATUS_FIELDS, lock, refuse_locked, save, set_status


def close_ticket(ticket: Ticket, *, by, at=None, notify: bool = True) -> Ticket:
    """Give the ticket the first status that means closed; to a closed one, do nothing.

    :raises NotAllowed: unless ``by`` may change the ticket.
    :raises Invalid: when editors left no such status.
    """
    return _change(ticket, "close_ticket", _closed, by=by, at=at, notify=notify)


def reopen_ticket(ticket: Ticket, *, by, at=None, notify: bool = True) -> Ticket:
    """Open a closed ticket again, as a customer's reply would; to an open one, do nothing.

    :raises NotAllowed: unless ``by`` may change the ticket.
    :raises Locked: for a customer, when it was closed too long ago.
    :raises Invalid: when editors left no status that means open.
    """
    return _change(ticket, "reopen_ticket", _reopened, by=by, at=at, notify=notify)


def _closed(ticket, by, at) -> Status | None:
    if ticket.status.is_closed:
        return ticket.status
    return Status.objects.first_of(State.CLOSED)


def _reopened(ticket, by, at) -> Status | None:
    refuse_locked(ticket, by, at)
    return ticket.status.after_reopening() if ticket.status.is_closed else ticket.status


def _change(ticket, action, choose, *, by, at, notify) -> Ticket:
    by.require(Verb.CHANGE, ticket)
    at = at or timezone.now()
    with transaction.atomic():
        lock(ticket)
        status = choose(ticket, by, at)
        if status is None:
            raise Invalid(gettext("There is no status for this. Please write to us instead."))
        change = set_status(ticket, status, at)
        if change:
            save(ticket, at, seen_by_customers=True, fields=STATUS_FIELDS)
            record_status(ticket, change, by=by, at=at, notify=notify, action=action)
    return ticket
