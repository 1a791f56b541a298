"""Record that a person has signed in, and accept what waited for that."""

from contextlib import suppress

from django.db import transaction
from django.utils import timezone

from wagtail_portal.actions.people.accept_invitation import accept_invitation
from wagtail_portal.actions.people.create_own_organization import create_own_organization
from wagtail_portal.actions.people.join_by_domain import join_by_domain
from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import Invitation, Member


def record_sign_in(user, *, email: str, site=None, at=None) -> None:
    """Accept the open invitations of the address that ``user`` has just verified, let them join by
    its domain, and store when their memberships were last used.

    :param email: the verified address, which needn't be the one in the user record.
    :param site: the site where they entered a code that was emailed to the address. Without it,
        nobody joins by domain or gets an organization of their own: an identity provider is
        trusted for its own users only.
    """
    at = at or timezone.now()
    with transaction.atomic():
        invitations = Invitation.objects.open().filter(email=email.lower())
        for invitation in invitations.select_related("organization", "role"):
            # Another request of the same person may have been faster.
            with suppress(Invalid):
                accept_invitation(invitation, user=user, email=email, at=at)
        if site is not None:
            join_by_domain(user, email=email, site=site, at=at)
            create_own_organization(user, email=email, site=site, at=at)
        memberships = Member.objects.filter(user=user)
        memberships.filter(activated_at=None).update(activated_at=at)
        memberships.update(last_seen_at=at)
