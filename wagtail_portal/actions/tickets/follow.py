"""Add a follower to a ticket, or remove one."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext

from wagtail_portal import signals
from wagtail_portal.actions._log import record
from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import Follower, Member, Mute, SuggestedFollower, Ticket
from wagtail_portal.permissions import Actor, Verb

from ._ticket import ticket_transaction
from .share_ticket import end_shares_in


def follow(
    ticket: Ticket, *, by: Actor, member: Member, at: datetime | None = None, notify: bool = True
) -> None:
    """Make ``member`` a follower of the ticket: they see it, and are notified of replies.

    Members can always follow what they may read.

    :raises NotAllowed: for anyone else, unless a customer may reply to the ticket, or an agent may
        change it.
    :raises Locked: for an agent, when the ticket was merged.
    :raises Invalid: with the key ``member`` for someone in another organization, or without
        access to the portal.
    """
    is_own = by.member is not None and by.member == member
    verb = Verb.VIEW if is_own else _verb(by)
    with ticket_transaction("follow", ticket, by=by, verb=verb, at=at) as at:
        _follow(ticket, member, by, at, notify)


def _follow(ticket: Ticket, member: Member, by: Actor, at: datetime, notify: bool) -> None:
    if member.organization_id != ticket.organization_id or not member.role.gives_access:
        raise Invalid({"member": gettext("This person isn’t a member of the organization.")})
    if member.pk == ticket.requester_id:
        return
    _link, created = Follower.objects.get_or_create(
        ticket=ticket, member=member, defaults={"added_by": by.user, "created_at": at}
    )
    SuggestedFollower.objects.filter(ticket=ticket, member=member).delete()
    if created:
        Mute.objects.filter(ticket=ticket, member=member).delete()
        _announce(ticket, member, "follow", by=by, at=at, following=True, notify=notify)


def unfollow(
    ticket: Ticket, *, by: Actor, member: Member, at: datetime | None = None, notify: bool = True
) -> None:
    """Remove ``member`` from the followers. Members can always remove themselves.

    :raises NotAllowed: for anyone else who may not :func:`follow` on their behalf.
    :raises Locked: for an agent, when the ticket was merged.
    """
    verb = None if by.member is not None and by.member == member else _verb(by)
    with ticket_transaction("unfollow", ticket, by=by, verb=verb, at=at) as at:
        deleted, _rows = Follower.objects.filter(ticket=ticket, member=member).delete()
        if deleted:
            end_shares_in(ticket)
            _announce(ticket, member, "unfollow", by=by, at=at, following=False, notify=notify)


def _verb(by: Actor) -> Verb:
    return Verb.CHANGE if by.is_team else Verb.REPLY


def _announce(
    ticket: Ticket,
    member: Member,
    action: Any,
    *,
    by: Actor,
    at: datetime,
    following: Any,
    notify: bool,
) -> None:
    record(ticket, action, by=by, at=at, member=member.pk)
    signals.follower_changed.send(
        sender=Ticket, ticket=ticket, member=member, following=following, by=by, notify=notify
    )
