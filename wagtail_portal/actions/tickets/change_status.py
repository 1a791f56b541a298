"""Change a ticket's status, close it or reopen it."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext

from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import State, Status, Ticket
from wagtail_portal.permissions import Actor, Verb
from wagtail_portal.utils import held_tickets

from ._snooze import update_snooze
from ._ticket import (
    STATUS_FIELDS,
    record_status,
    refuse_conflicts,
    save,
    set_status,
    ticket_transaction,
)


def change_status(
    ticket: Ticket,
    *,
    by: Actor,
    status: Status,
    original: Status | None = None,
    at: datetime | None = None,
    notify: bool = True,
) -> Ticket:
    """Give the ticket ``status``, and return it. If it has the status already, nothing happens.

    :param original: the status that the change is based on. If the ticket has another one by now,
        it isn't overwritten.
    :raises NotAllowed: unless ``by`` is an agent who may change the ticket.
    :raises Locked: when the ticket was merged.
    :raises Conflict: with the key ``status`` and the current status.
    """
    by.require_team(Verb.CHANGE)
    with ticket_transaction("change_status", ticket, by=by, verb=Verb.CHANGE, at=at) as at:
        if original is not None:
            refuse_conflicts({"status": ticket.status}, {"status": original}, {"status": status})
        return _change(ticket, status, "change_status", by=by, at=at, notify=notify)


def close_ticket(
    ticket: Ticket, *, by: Actor, at: datetime | None = None, notify: bool = True
) -> Ticket:
    """Give the ticket the first closed status, and return it. If it's closed already, nothing
    happens.

    :raises NotAllowed: unless ``by`` may change the ticket.
    :raises Invalid: when there is no such status.
    """
    with ticket_transaction("close_ticket", ticket, by=by, verb=Verb.CHANGE, at=at) as at:
        status = ticket.status if ticket.status.is_closed else _closed_status(ticket)
        if status is None:
            raise Invalid(gettext("There is no closed status."))
        return _change(ticket, status, "close_ticket", by=by, at=at, notify=notify)


def reopen_ticket(
    ticket: Ticket, *, by: Actor, at: datetime | None = None, notify: bool = True
) -> Ticket:
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


def _closed_status(ticket: Ticket) -> Status | None:
    return held_tickets.shared(
        "closed status", ticket, lambda tickets: Status.objects.first_of(State.CLOSED)
    )


def _change(
    ticket: Ticket, status: Status, action: Any, *, by: Actor, at: datetime, notify: bool
) -> Ticket:
    if change := set_status(ticket, status, at):
        save(ticket, at, seen_by_customers=True, fields=STATUS_FIELDS)
        record_status(ticket, change, by=by, at=at, notify=notify, action=action)
        update_snooze(ticket, by=by, at=at)
    return ticket
