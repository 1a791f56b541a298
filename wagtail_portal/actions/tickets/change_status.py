"""Change a ticket's status, close it or reopen it."""

from django.utils.translation import gettext

from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import State, Status, Ticket
from wagtail_portal.permissions import Verb

from ._ticket import STATUS_FIELDS, record_status, save, set_status, ticket_transaction


def change_status(ticket: Ticket, *, by, status: Status, at=None, notify: bool = True) -> Ticket:
    """Give the ticket ``status``, and return it. If it has the status already, nothing happens.

    :raises NotAllowed: unless ``by`` is an agent who may change the ticket.
    :raises Locked: when the ticket was merged.
    """
    by.require_team(Verb.CHANGE)
    with ticket_transaction("change_status", ticket, by=by, verb=Verb.CHANGE, at=at) as at:
        return _change(ticket, status, "change_status", by=by, at=at, notify=notify)


def close_ticket(ticket: Ticket, *, by, at=None, notify: bool = True) -> Ticket:
    """Give the ticket the first closed status, and return it. If it's closed already, nothing
    happens.

    :raises NotAllowed: unless ``by`` may change the ticket.
    :raises Invalid: when there is no such status.
    """
    with ticket_transaction("close_ticket", ticket, by=by, verb=Verb.CHANGE, at=at) as at:
        status = ticket.status if ticket.status.is_closed else Status.objects.first_of(State.CLOSED)
        if status is None:
            raise Invalid(gettext("There is no closed status."))
        return _change(ticket, status, "close_ticket", by=by, at=at, notify=notify)


def reopen_ticket(ticket: Ticket, *, by, at=None, notify: bool = True) -> Ticket:
    """Reopen a closed ticket as a customer's reply would, and return it. If it's open, nothing
    happens.

    :raises NotAllowed: unless ``by`` may change the ticket.
    :raises Locked: when the ticket was merged or, for a customer, closed too long ago.
    :raises Invalid: when there is no open status.
    """
    with ticket_transaction("reopen_ticket", ticket, by=by, verb=Verb.CHANGE, at=at) as at:
        status = ticket.status.after_reopening() if ticket.status.is_closed else ticket.status
        if status is None:
            raise Invalid(gettext("This ticket can’t be reopened. Send us a message instead."))
        return _change(ticket, status, "reopen_ticket", by=by, at=at, notify=notify)


def _change(ticket, status, action, *, by, at, notify) -> Ticket:
    if change := set_status(ticket, status, at):
        save(ticket, at, seen_by_customers=True, fields=STATUS_FIELDS)
        record_status(ticket, change, by=by, at=at, notify=notify, action=action)
    return ticket
