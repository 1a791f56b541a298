"""What's the same for every way to join an organization."""

from datetime import datetime
from typing import Any

from wagtail_portal import signals
from wagtail_portal.actions._log import record
from wagtail_portal.models import Member, Organization
from wagtail_portal.permissions import Actor
from wagtail_portal.utils.typing import User

from ._guests import follow_shared_tickets


def join(
    action: str,
    user: User,
    organization: Organization,
    *addresses: str,
    by: Actor | None = None,
    at: datetime,
    notify: bool,
    **values: Any,
) -> Member:
    """Make a user a member of a locked organization, unless they're one, and return the member.
    The tickets that were shared with them are locked by ``lock_shared_tickets``.

    :param action: what's logged.
    :param addresses: those that they have just verified.
    :param by: None for the new member.
    :param values: those of the new member.
    """
    member, created = Member.objects.get_or_create(
        user=user, organization=organization, defaults={**values, "joined_at": at}
    )
    if created:
        by = by or Actor.for_member(member)
        record(organization, action, by=by, at=at, member=member.pk)
        follow_shared_tickets(member, *addresses, by=by, at=at)
        signals.member_added.send(sender=Member, member=member, by=by, notify=notify)
    return member
