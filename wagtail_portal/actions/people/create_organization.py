"""Create an organization."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from wagtail_portal import signals
from wagtail_portal.actions._log import record
from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import (
    JoinRequest,
    Member,
    Organization,
    OrganizationDomain,
    PortalSettings,
)
from wagtail_portal.permissions import Actor, Verb
from wagtail_portal.utils import markup
from wagtail_portal.utils.free_email_domains import is_free_email_domain

from .create_member import role_of_new_members


def create_organization(*, by, name: str, external_id: str | None = None, domains=(), at=None):
    """Create an organization and return it.

    :param domains: email domains, not verified yet.
    :raises NotAllowed: unless ``by`` may add organizations.
    :raises Invalid: with the names of the arguments at fault.
    """
    by.require(Verb.ADD_ORGANIZATION)
    name = markup.clean_line(name)
    if not name:
        raise Invalid({"name": gettext("Enter a name for the organization.")})
    if external_id and Organization.objects.filter(external_id=external_id).exists():
        text = gettext("Another organization already has this external ID.")
        raise Invalid({"external_id": text})
    domains = sorted({domain.strip().lower() for domain in domains})
    taken = OrganizationDomain.objects.filter(domain__in=domains).values_list("domain", flat=True)
    if taken:
        text = gettext("The domain %(domain)s already belongs to another organization.")
        raise Invalid({"domains": text % {"domain": taken[0]}})
    if domain := next(filter(is_free_email_domain, domains), None):
        text = gettext(
            "Anyone can get an email address at %(domain)s, so it can’t belong to an organization."
        )
        raise Invalid({"domains": text % {"domain": domain}})
    at = at or timezone.now()
    with transaction.atomic():
        organization = Organization.objects.create(
            name=name[:200], external_id=external_id, created_at=at
        )
        for domain in domains:
            OrganizationDomain.objects.create(organization=organization, domain=domain)
        record(organization, "create_organization", by=by, at=at)
    return organization


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
