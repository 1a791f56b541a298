"""Give a ticket another requester, of its organization or of another one."""

from datetime import datetime

from django.utils.translation import gettext

from wagtail_portal import search, signals
from wagtail_portal.actions._locks import share_member
from wagtail_portal.actions._log import record
from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import Follower, Member, Mute, Ticket
from wagtail_portal.permissions import Actor, Verb

from ._ticket import save, ticket_transaction
from .share_ticket import end_shares_in


def change_requester(
    ticket: Ticket, *, by: Actor, requester: Member, at: datetime | None = None, notify: bool = True
) -> Ticket:
    """Give the ticket another requester of its organization, and return it. The former requester
    becomes a follower.

    :raises NotAllowed: unless ``by`` is an agent who may change the ticket.
    :raises Invalid: with the key ``requester`` for a member of another organization, or without
        access.
    :raises Locked: when the ticket was merged.
    """
    by.require_team(Verb.CHANGE)
    _check_organization(requester, ticket)
    with ticket_transaction("change_requester", ticket, by=by, verb=Verb.CHANGE, at=at) as at:
        share_member(requester)
        _check_organization(requester, ticket)
        _check_access(requester)
        old = ticket.requester
        if old == requester:
            return ticket
        Follower.objects.filter(ticket=ticket, member=requester).delete()
        Follower.objects.get_or_create(
            ticket=ticket, member=old, defaults={"added_by": by.user, "created_at": at}
        )
        # The new one may have sent the same form.
        ticket.requester, ticket.submission_key = requester, None
        save(ticket, at, seen_by_customers=True, fields=["requester", "submission_key"])
        search.backend().update(ticket)
        end_shares_in(ticket)
        record(ticket, "change_requester", by=by, at=at, old=old.pk, member=requester.pk)
        signals.requester_changed.send(
            sender=Ticket, ticket=ticket, old=old, new=requester, by=by, notify=notify
        )
    return ticket


def move_ticket(
    ticket: Ticket, *, by: Actor, requester: Member, at: datetime | None = None, notify: bool = True
) -> Ticket:
    """Move the ticket to the organization of ``requester``, who becomes its requester, and return
    it.

    No one of the former organization sees it any longer, neither its requester nor its followers,
    and neither do guests. If it's in that organization already, nothing happens.

    :raises NotAllowed: unless ``by`` is an agent who may change the ticket.
    :raises Invalid: with the key ``requester`` for a member without access.
    :raises Locked: when the ticket was merged.
    """
    by.require_team(Verb.CHANGE)
    with ticket_transaction("move_ticket", ticket, by=by, verb=Verb.CHANGE, at=at) as at:
        share_member(requester)
        _check_access(requester)
        old, new = ticket.organization, requester.organization
        if old == new:
            return ticket
        # Mutes go, too: they belong to people who don't see the ticket any longer.
        Follower.objects.filter(ticket=ticket).delete()
        Mute.objects.filter(ticket=ticket).delete()
        end_shares_in(ticket, all_of_them=True)
        ticket.organization, ticket.requester, ticket.submission_key = new, requester, None
        fields = ["organization", "requester", "submission_key"]
        save(ticket, at, seen_by_customers=True, fields=fields)
        search.backend().update(ticket)
        names = {"old": {"name": old.name}, "new": {"name": new.name}}
        record(ticket, "move_ticket", by=by, at=at, member=requester.pk, **names)
        signals.ticket_moved.send(
            sender=Ticket, ticket=ticket, old=old, new=new, by=by, notify=notify
        )
    return ticket


def _check_organization(requester: Member, ticket: Ticket) -> None:
    if requester.organization_id != ticket.organization_id:
        raise Invalid({"requester": gettext("This person isn’t a member of the organization.")})


def _check_access(requester: Member) -> None:
    if not (requester.role.gives_access or requester.is_visitor):
        raise Invalid({"requester": gettext("This person doesn’t have access to the portal.")})
