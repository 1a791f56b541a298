"""Create an organization for somebody who belongs to none, if the portal allows it."""

from django.db import transaction
from django.utils import timezone

from wagtail_portal import signals
from wagtail_portal.actions._log import record
from wagtail_portal.models import JoinRequest, Member, Organization, PortalSettings
from wagtail_portal.permissions import Actor

from .create_member import role_of_new_members


def create_own_organization(user, *, email: str, site, at=None) -> Member | None:
    """Make ``user``, who has verified ``email``, a member of a new organization.

    They get the role of new members, so that they can't invite others.

    :return: the member, or None when the portal of ``site`` doesn't allow it, or they are or were
        a member somewhere, or have requested to join.
    """
    if not PortalSettings.for_site(site).strangers_may_join or not user.is_active:
        return None
    at = at or timezone.now()
    with transaction.atomic():
        # Of two simultaneous requests, one waits here for the other.
        type(user)._default_manager.select_for_update().get(pk=user.pk)
        known = Member.objects.filter(user=user).exclude(organization__key=Organization.VISITORS)
        if known.exists() or JoinRequest.objects.filter(user=user).exists():
            return None
        organization = Organization.objects.create(name=email[:200], created_at=at)
        role = role_of_new_members(organization, site)
        member = Member.objects.create(
            user=user, organization=organization, role=role, joined_at=at, activated_at=at
        )
        by = Actor.for_member(member)
        record(organization, "create_organization", by=by, at=at)
        signals.member_added.send(sender=Member, member=member, by=by, notify=False)
    return member
