"""A person has proven who they are, and comes in."""

from contextlib import suppress

from django.db import transaction
from django.utils import timezone

from wagtail_portal.actions.people.accept_invitation import accept_invitation
from wagtail_portal.actions.people.create_own_organization import create_own_organization
from wagtail_portal.actions.people.join_by_domain import join_by_domain
from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import Invitation, Member


def record_sign_in(user, *, email: str, site=None, at=None) -> None:
    """Accept the open invitations of the address that ``user`` has just proven, let them into the
    organization of its domain, and note when their memberships were last used.

    :param site: the one at whose portal they have typed a code that was mailed to the address.
        Without it nobody comes in by a domain, or as a stranger: what others say of an address
        goes no further than they are trusted.
    :param email: the proven address, not merely the one that the user record holds.
    """
    at = at or timezone.now()
    with transaction.atomic():
        invitations = Invitation.objects.open().filter(email=email.lower())
        for invitation in invitations.select_related("organization", "role"):
            # Another request of the same person may have been quicker.
            with suppress(Invalid):
                accept_invitation(invitation, user=user, email=email, at=at)
        if site is not None:
            join_by_domain(user, email=email, site=site, at=at)
            create_own_organization(user, email=email, site=site, at=at)
        memberships = Member.objects.filter(user=user)
        memberships.filter(activated_at=None).update(activated_at=at)
        memberships.update(last_seen_at=at)
