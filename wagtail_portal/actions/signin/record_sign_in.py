"""Record a sign-in and accept the invitations that waited for it, or log a refused one."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from wagtail.models import Site

from wagtail_portal.actions._locks import share
from wagtail_portal.actions._log import record_for_site
from wagtail_portal.actions.people._guests import lock_shared_tickets
from wagtail_portal.actions.people.create_organization import create_own_organization
from wagtail_portal.actions.people.invitations import accept_invitation
from wagtail_portal.actions.people.join_by_domain import join_by_domain, organization_of_domain
from wagtail_portal.actions.rate_limits import limit
from wagtail_portal.actions.tickets.share_ticket import accept_shares
from wagtail_portal.exceptions import Invalid, RateLimited
from wagtail_portal.models import Invitation, Member, Organization, PortalSettings, Role
from wagtail_portal.permissions import Actor
from wagtail_portal.utils.typing import User


def record_sign_in(
    user: User,
    *,
    email: str,
    site: Site | None = None,
    at: datetime | None = None,
    organizations: Iterable = (),
    role: Role | None = None,
) -> None:
    """Accept the open invitations of the address that ``user`` has just verified, let them join by
    its domain, and store when their memberships were last used.

    Without any membership that gives access, they accept the tickets shared with the address, too.
    Others are asked first: accepting shows that the address is a customer's.

    :param email: the verified address, which needn't be the one in the user record.
    :param site: the site where they sign in. Without it, no one joins by domain, gets an
        organization of their own, or accepts a shared ticket.
    :param organizations: external IDs of the only organizations that can be joined by domain, if
        another system signs them in that may not give access to others; empty for all. No shared
        ticket is accepted then.
    :param role: the role of those who join by domain; None for that of new members.
    """
    at = at or timezone.now()
    with transaction.atomic():
        # All of them before the first organization is locked.
        lock_shared_tickets(user, email.lower())
        found = Invitation.objects.open().filter(email=email.lower())
        invitations = list(found.select_related("organization", "role"))
        if invitations:
            joined = {invitation.organization_id for invitation in invitations}
            by_domain = organization_of_domain(email) if site is not None else None
            joined |= {by_domain.pk} if by_domain else set()
            share(Organization.objects.filter(pk__in=joined))
        for invitation in invitations:
            # Another request of the same person may have been faster.
            with suppress(Invalid):
                accept_invitation(invitation, user=user, email=email, at=at)
        if site is not None:
            limits: dict[str, Any] = {"organizations": organizations, "role": role}
            join_by_domain(user, email=email, site=site, at=at, **limits)
            if not organizations:
                create_own_organization(user, email=email, site=site, at=at)
                if not Member.objects.with_access().filter(user=user).exists():
                    accept_shares(user, email=email)
        memberships = Member.objects.filter(user=user)
        memberships.filter(activated_at=None).update(activated_at=at)
        memberships.update(last_seen_at=at)


def record_refusal(
    portal: PortalSettings, *, provider: str, reason: str, sign_out: bool = False
) -> bool:
    """Log why a sign-in was refused to the site's history, which the team reads, and return whether
    it was logged.

    Only ``REFUSALS_LOGGED_PER_HOUR`` are logged for each provider, because anyone can send a bad
    token.

    :param provider: the name of the identity provider.
    :param reason: a key of :data:`wagtail_portal.log_entries.REFUSAL_REASONS`.
    :param sign_out: whether a sign-out was refused.
    """
    try:
        limit("REFUSALS_LOGGED_PER_HOUR", provider)
    except RateLimited:
        return False
    about: dict[str, Any] = {"title": portal.name, "provider": provider, "reason": reason}
    if sign_out:
        about["sign_out"] = True
    record_for_site(portal, "record_refusal", by=Actor.system(), **about)
    return True
