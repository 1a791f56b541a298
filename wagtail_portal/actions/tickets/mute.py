"""Mute a ticket for a member, or unmute it."""

from datetime import datetime

from wagtail_portal.actions._log import record
from wagtail_portal.models import Mute, Ticket
from wagtail_portal.permissions import Actor, Verb

from ._ticket import ticket_transaction


def mute(ticket: Ticket, *, by: Actor, at: datetime | None = None) -> None:
    """Stop sending ``by`` emails about the ticket. They can still see it.

    :raises NotAllowed: unless ``by`` is a member who may read the ticket.
    """
    member = by.require_member(Verb.VIEW)
    with ticket_transaction("mute", ticket, by=by, verb=Verb.VIEW, at=at) as at:
        _row, created = Mute.objects.get_or_create(
            ticket=ticket, member=member, defaults={"created_at": at}
        )
        if created:
            record(ticket, "mute", by=by, at=at, member=member.pk)


def unmute(ticket: Ticket, *, by: Actor, at: datetime | None = None) -> None:
    """Send ``by`` emails about the ticket again.

    :raises NotAllowed: unless ``by`` is a member who may read the ticket.
    """
    member = by.require_member(Verb.VIEW)
    with ticket_transaction("unmute", ticket, by=by, verb=Verb.VIEW, at=at) as at:
        deleted, _rows = Mute.objects.filter(ticket=ticket, member=member).delete()
        if deleted:
            record(ticket, "unmute", by=by, at=at, member=member.pk)
