"""Join an organization by its email domain, or request to join it."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from wagtail.models import Site

from wagtail_portal import signals
from wagtail_portal.actions._log import record
from wagtail_portal.models import DomainJoining, JoinRequest, Member, Organization, Role
from wagtail_portal.permissions import Actor
from wagtail_portal.utils.email_addresses import is_free_email_domain
from wagtail_portal.utils.typing import User

from ._guests import lock_shared_tickets
from ._join import join
from ._lock_organization import lock_organization
from .create_member import role_of_new_members


def verified_organization(email: str) -> Organization | None:
    """Return the organization to which the domain of this address belongs.

    Only verified domains count, and none where anyone can get an address: otherwise, strangers
    could join by registering one.
    """
    domain = email.rpartition("@")[2].lower()
    if not domain or is_free_email_domain(domain):
        return None
    found = Organization.objects.filter(
        key=None, domains__domain=domain, domains__verified_at__isnull=False
    )
    return found.first()


def organization_of_domain(email: str) -> Organization | None:
    """Return the organization that people with this address can join by its domain."""
    found = verified_organization(email)
    return None if found is None or found.domain_joining == DomainJoining.OFF else found


def may_join_by_domain(
    user: User, *, email: str, organizations: Iterable = ()
) -> Organization | None:
    """Return the organization that ``user``, who has verified ``email``, would join or request to
    join at sign-in, or None.

    No one joins an organization where they're a member, even without access, or were declined.

    :param user: None for someone who isn't a user yet.
    :param organizations: external IDs of the only organizations in question; empty for all.
    """
    organization = organization_of_domain(email)
    wanted = set(organizations)
    if organization is None or (wanted and not wanted & organization.external_ids):
        return None
    known = {"user": user, "organization": organization}
    if user is None:
        return organization
    if Member.objects.filter(**known).exists():
        return None
    if organization.domain_joining == DomainJoining.APPROVAL:
        requests = JoinRequest.objects.filter(**known)
        if requests.exclude(decided_at=None).exists():
            return None
    return organization


def join_by_domain(
    user: User,
    *,
    email: str,
    site: Site | None = None,
    at: datetime | None = None,
    organizations: Iterable = (),
    role: Role | None = None,
) -> None:
    """Make ``user``, who has verified ``email``, a member of the organization with its domain, or
    request approval by an admin.

    Nothing happens for members, even without access, and for people who were declined.

    :param site: the site whose portal settings name the role of new members.
    :param organizations: external IDs of the only organizations in question; empty for all.
    :param role: None for the role of new members. Those who approve a request decide themselves.
    """
    wanted = tuple(organizations)
    organization = may_join_by_domain(user, email=email, organizations=wanted)
    if organization is None:
        return
    at = at or timezone.now()
    with transaction.atomic():
        lock_shared_tickets(user, email)
        if lock_organization(organization) != organization:
            # It was merged a moment ago.
            join_by_domain(user, email=email, site=site, at=at, role=role, organizations=wanted)
            return
        if organization.domain_joining == DomainJoining.APPROVAL:
            asked, created = JoinRequest.objects.get_or_create(
                user=user, organization=organization, defaults={"created_at": at}
            )
            if created:
                by = Actor.system()
                record(organization, "ask_to_join", by=by, at=at)
                signals.join_requested.send(
                    sender=JoinRequest, join_request=asked, site=site, by=by, notify=True
                )
            return
        role = role or role_of_new_members(organization, site)
        join("join_by_domain", user, organization, email, at=at, notify=True, role=role)
