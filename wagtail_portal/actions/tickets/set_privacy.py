"""A ticket is taken out of the organization's view, or put back."""

from django.db import transaction
from django.utils import timezone

from wagtail_portal import signals
from wagtail_portal.actions._log import record
from wagtail_portal.exceptions import NotAllowed
from wagtail_portal.models import Ticket
from wagtail_portal.permissions import Verb

from ._ticket import lock, save


def set_privacy(ticket: Ticket, *, by, private: bool, at=None, notify: bool = True) -> Ticket:
    """Show the ticket to its requester, its followers and the team alone, or to everybody of
    the organization whose role sees all of its tickets.

    :raises NotAllowed: of the customers, for all but the requester, who must be one who may
        change tickets.
    """
    by.require(Verb.CHANGE, ticket)
    if by.member is not None and by.member.pk != ticket.requester_id:
        raise NotAllowed(Verb.CHANGE)
    at = at or timezone.now()
    with transaction.atomic():
        lock(ticket)
        if ticket.private != private:
            ticket.private = private
            # Nothing was said: the ticket keeps its place in the customers' list.
            save(ticket, at, seen_by_customers=False, fields=["private"])
            record(ticket, "set_privacy", by=by, at=at, private=private)
            signals.privacy_changed.send(
                sender=Ticket, ticket=ticket, private=private, by=by, notify=notify
            )
    return ticket
