"""Make a ticket private, or visible to its organization again."""

from datetime import datetime

from wagtail_portal import signals
from wagtail_portal.actions._log import record
from wagtail_portal.exceptions import NotAllowed
from wagtail_portal.models import Ticket
from wagtail_portal.permissions import Actor, Verb

from ._ticket import save, ticket_transaction
from .share_ticket import end_shares_in


def set_privacy(
    ticket: Ticket, *, by: Actor, private: bool, at: datetime | None = None, notify: bool = True
) -> Ticket:
    """Make the ticket private, so that only its requester, its followers and the team see it, or
    show it again to members whose role sees all tickets of the organization. Return the ticket.

    Guests of members who no longer see it lose their access.

    :raises NotAllowed: unless ``by`` may change the ticket and, among customers, is its requester.
    :raises Locked: for an agent, when the ticket was merged.
    """
    with ticket_transaction("set_privacy", ticket, by=by, verb=Verb.CHANGE, at=at) as at:
        if not (by.is_team or by.is_requester_of(ticket)):
            raise NotAllowed(Verb.CHANGE)
        if ticket.private != private:
            ticket.private = private
            # The conversation hasn't changed, so the ticket keeps its place in customers' lists.
            save(ticket, at, seen_by_customers=False, fields=["private"])
            end_shares_in(ticket)
            record(ticket, "set_privacy", by=by, at=at, private=private)
            signals.privacy_changed.send(
                sender=Ticket, ticket=ticket, private=private, by=by, notify=notify
            )
    return ticket
