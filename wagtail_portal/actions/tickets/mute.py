"""Mute a ticket for a member, or unmute it."""

from django.db import transaction
from django.utils import timezone

from wagtail_portal.actions._log import record
from wagtail_portal.models import Mute, Ticket
from wagtail_portal.permissions import Verb


def mute(ticket: Ticket, *, by, at=None) -> None:
    """Stop sending ``by`` emails about the ticket. They can still see it.

    :raises NotAllowed: unless ``by`` is a member who may read the ticket.
    """
    by.require_member(Verb.VIEW, ticket)
    at = at or timezone.now()
    with transaction.atomic():
        _row, created = Mute.objects.get_or_create(
            ticket=ticket, member=by.member, defaults={"created_at": at}
        )
        if created:
            record(ticket, "mute", by=by, at=at, member=by.member.pk)


def unmute(ticket: Ticket, *, by, at=None) -> None:
    """Send ``by`` emails about the ticket again.

    :raises NotAllowed: unless ``by`` is a member who may read the ticket.
    """
    by.require_member(Verb.VIEW, ticket)
    with transaction.atomic():
        deleted, _rows = Mute.objects.filter(ticket=ticket, member=by.member).delete()
        if deleted:
            record(ticket, "unmute", by=by, at=at, member=by.member.pk)
