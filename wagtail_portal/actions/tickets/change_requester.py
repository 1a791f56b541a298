"""A ticket belongs to somebody else: of the same organization, or of another one."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from wagtail_portal import signals
from wagtail_portal.actions._log import record
from wagtail_portal.exceptions import Invalid, Locked, NotAllowed
from wagtail_portal.models import Follower, Member, Mute, Ticket
from wagtail_portal.permissions import Verb

from ._ticket import lock, save


def change_requester(
    ticket: Ticket, *, by, requester: Member, at=None, notify: bool = True
) -> Ticket:
    """Give the ticket another requester of its organization; the one before follows it.

    :raises NotAllowed: for customers, and for agents who may not change tickets.
    :raises Invalid: with the key ``requester`` for a member of another organization, or one
        without access.
    :raises Locked: when the ticket was merged into another one.
    """
    at = _check(ticket, by, requester, at)
    if requester.organization_id != ticket.organization_id:
        raise Invalid({"requester": gettext("This person is not a member of the organization.")})
    with transaction.atomic():
        lock(ticket)
        old = ticket.requester
        if old == requester:
            return ticket
        Follower.objects.filter(ticket=ticket, member=requester).delete()
        Follower.objects.get_or_create(
            ticket=ticket, member=old, defaults={"added_by": by.user, "created_at": at}
        )
        ticket.requester = requester
        save(ticket, at, seen_by_customers=True, fields=["requester"])
        record(ticket, "change_requester", by=by, at=at, old=old.pk, member=requester.pk)
        signals.requester_changed.send(
            sender=Ticket, ticket=ticket, old=old, new=requester, by=by, notify=notify
        )
    return ticket


def move_ticket(ticket: Ticket, *, by, requester: Member, at=None, notify: bool = True) -> Ticket:
    """Move the ticket to the organization of ``requester``, who is its requester from now on.

    Nobody of the organization before sees it any more: neither its requester nor its followers.
    To move it where it is does nothing.

    :raises NotAllowed: for customers, and for agents who may not change tickets.
    :raises Invalid: with the key ``requester`` for a member without access.
    :raises Locked: when the ticket was merged into another one.
    """
    at = _check(ticket, by, requester, at)
    with transaction.atomic():
        lock(ticket)
        old, new = ticket.organization, requester.organization
        if old == new:
            return ticket
        # Read marks and mutes go along: they are of people who do not see the ticket any more.
        Follower.objects.filter(ticket=ticket).delete()
        Mute.objects.filter(ticket=ticket).delete()
        ticket.organization, ticket.requester = new, requester
        save(ticket, at, seen_by_customers=True, fields=["organization", "requester"])
        names = {"old": {"name": old.name}, "new": {"name": new.name}}
        record(ticket, "move_ticket", by=by, at=at, member=requester.pk, **names)
        signals.ticket_moved.send(
            sender=Ticket, ticket=ticket, old=old, new=new, by=by, notify=notify
        )
    return ticket


def _check(ticket, by, requester, at):
    by.require(Verb.CHANGE, ticket)
    if not by.is_team:
        raise NotAllowed(Verb.CHANGE)
    if ticket.merged_into_id is not None:
        raise Locked(ticket.number)
    if not (requester.role.gives_access or requester.is_visitor):
        raise Invalid({"requester": gettext("This person has no access to the portal.")})
    return at or timezone.now()
