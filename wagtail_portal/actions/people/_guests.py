"""Guests who become members of the organization whose tickets were shared with them."""

from datetime import datetime
from typing import Any

from django.db.models import Q

from wagtail_portal.actions._locks import lock_tickets
from wagtail_portal.actions._log import record
from wagtail_portal.models import Follower, Guest, Member, Notification, addresses_of
from wagtail_portal.permissions import Actor
from wagtail_portal.utils.typing import User


def shared_with(user: User, *addresses: str) -> Any:
    """Return the guests that a user is or can become.

    :param addresses: further addresses of theirs, normalized.
    """
    own = Q(email__in={*addresses, *addresses_of(user)})
    return Guest.objects.active().filter(own | Q(member__user=user))


def lock_shared_tickets(user: User, *addresses: str) -> None:
    """Lock the tickets that were shared with someone, before what comes after tickets in the order:
    the organizations they may join. Takes the same as :func:`shared_with`."""
    lock_tickets(set(shared_with(user, *addresses).order_by().values_list("ticket", flat=True)))


def follow_shared_tickets(member: Member, *addresses: str, by: Actor, at: datetime) -> None:
    """Let a member follow the tickets of their organization that were shared with them while they
    were outside."""
    found = shared_with(member.user, *addresses)
    found = found.filter(ticket__organization=member.organization_id)
    for guest in found.select_related("ticket", "added_by__user"):
        become_follower(guest, member, by=by, at=at)


def become_follower(guest: Guest, member: Member, *, by: Actor, at: datetime) -> None:
    """Turn a guest into a follower. A member without access doesn't get it back by that."""
    ticket = guest.ticket
    if guest.member_id is not None:
        waiting = Notification.objects.undelivered().filter(ticket=ticket, member=guest.member_id)
        waiting.update(member=member)
    guest.delete()
    if not member.role.gives_access:
        record(ticket, "unshare_ticket", by=by, at=at)
    elif member.pk != ticket.requester_id:
        _link, created = Follower.objects.get_or_create(
            ticket=ticket,
            member=member,
            defaults={"added_by": guest.added_by.user, "created_at": at},
        )
        if created:
            record(ticket, "follow", by=by, at=at, member=member.pk)
