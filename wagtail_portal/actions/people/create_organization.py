"""Create an organization."""

from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from wagtail.models import Site

from wagtail_portal import signals
from wagtail_portal.actions._locks import lock_rows
from wagtail_portal.actions._log import record
from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import (
    DomainJoining,
    JoinRequest,
    Member,
    Organization,
    OrganizationDomain,
    PortalSettings,
    Role,
)
from wagtail_portal.permissions import Actor, Verb
from wagtail_portal.utils import markup
from wagtail_portal.utils.email_addresses import is_free_email_domain, normalize_domain
from wagtail_portal.utils.typing import User

from .create_member import role_of_new_members


def create_organization(
    *,
    by: Actor,
    name: str,
    external_id: str | None = None,
    default_role: Role | None = None,
    domain_joining: str = DomainJoining.APPROVAL,
    domains: Iterable[str] = (),
    verified_domains: Iterable[str] = (),
    legal_hold: bool = False,
    at: datetime | None = None,
) -> Organization:
    """Create an organization and return it.

    :param default_role: the role of its new members; None for that of the portal settings.
    :param domain_joining: a value of :class:`~wagtail_portal.models.DomainJoining`.
    :param domains: email domains, not verified yet.
    :param verified_domains: email domains that belong to this customer only.
    :param legal_hold: whether nothing of its tickets and members may be deleted.
    :raises NotAllowed: unless ``by`` may add organizations.
    :raises Invalid: with the names of the arguments at fault.
    """
    by.require(Verb.ADD_ORGANIZATION)
    at = at or timezone.now()
    organization = Organization(
        name=name,
        external_id=external_id,
        default_role=default_role,
        domain_joining=domain_joining,
        legal_hold=legal_hold,
        created_at=at,
    )
    with transaction.atomic():
        save_organization(organization, domains, verified_domains, at)
        record(organization, "create_organization", by=by, at=at)
    return organization


def save_organization(
    organization: Organization,
    domains: Iterable[str],
    verified_domains: Iterable[str],
    at: datetime,
    *,
    is_unique: bool = False,
) -> None:
    """Check and save an organization and its email domains. Verified domains keep their date.

    :param is_unique: whether it's known that no other one has its external ID or domains.
    :raises Invalid: with the names of the arguments at fault.
    """
    organization.name = markup.clean_line(organization.name)[:200]
    if not organization.name:
        raise Invalid({"name": gettext("Enter a name for the organization.")})
    others = Organization.objects.exclude(pk=organization.pk)
    external_id = organization.external_id
    if external_id and not is_unique and others.called([external_id]).exists():
        raise Invalid(
            {"external_id": gettext("Another organization already has this external ID.")}
        )
    try:
        wanted: dict[str, datetime | None] = {normalize_domain(domain): None for domain in domains}
        wanted |= {normalize_domain(domain): at for domain in verified_domains}
    except ValidationError as error:
        raise Invalid({"domains": error.messages}) from error
    taken = OrganizationDomain.objects.filter(domain__in=() if is_unique else wanted)
    taken = taken.exclude(organization=organization.pk)
    if domain := taken.values_list("domain", flat=True).first():
        message = gettext("The domain %(domain)s already belongs to another organization.")
        raise Invalid({"domains": message % {"domain": domain}})
    if free := sorted(filter(is_free_email_domain, wanted)):
        message = gettext(
            "Anyone can get an email address at %(domain)s, so it can’t belong to an organization."
        )
        raise Invalid({"domains": message % {"domain": free[0]}})
    known: dict = {}
    if organization.pk is not None:
        rows = OrganizationDomain.objects.filter(organization=organization)
        rows.exclude(domain__in=wanted).delete()
        known = {row.domain: row for row in rows}
    organization.save()
    for domain, verified_at in wanted.items():
        row = known.get(domain) or OrganizationDomain(organization=organization, domain=domain)
        row.verified_at = verified_at and (row.verified_at or verified_at)
        row.save()


def may_own_organization(user: User, *, site: Site) -> bool:
    """Return whether ``user`` would get an organization of their own at sign-in: if the portal of
    ``site`` allows it, and they aren't and weren't a member anywhere, nor have requested to join.

    :param user: None for someone who isn't a user yet.
    """
    if not PortalSettings.for_site(site).strangers_may_join:
        return False
    if user is None:
        return True
    known = Member.objects.filter(user=user).exclude(organization__key=Organization.VISITORS)
    requests = JoinRequest.objects.filter(user=user)
    return user.is_active and not known.exists() and not requests.exists()


def create_own_organization(
    user: User, *, email: str, site: Site, at: datetime | None = None
) -> Member | None:
    """Make ``user``, who has verified ``email``, a member of a new organization.

    They get the role of new members, so that they can't invite others.

    :return: the member, or None when the portal of ``site`` doesn't allow it, or they are or were
        a member somewhere, or have requested to join.
    """
    if not may_own_organization(user, site=site):
        return None
    at = at or timezone.now()
    with transaction.atomic():
        # Of two simultaneous requests, one waits here for the other.
        lock_rows(Member.objects.filter(user=user))
        lock_rows(type(user)._default_manager.filter(pk=user.pk))
        if not may_own_organization(user, site=site):
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
