"""Change an organization."""

from django.db import transaction
from django.utils import timezone

from wagtail_portal.actions._locks import for_update
from wagtail_portal.actions._log import record
from wagtail_portal.exceptions import NotAllowed
from wagtail_portal.models import Organization, Role
from wagtail_portal.permissions import Verb

from .create_organization import save_organization


def change_organization(
    organization: Organization,
    *,
    by,
    name: str,
    external_id: str | None,
    default_role: Role | None,
    domain_joining: str,
    domains,
    verified_domains,
    legal_hold: bool | None = None,
    at=None,
) -> Organization:
    """Change an organization and return it. Email domains that aren't given are removed.

    See :func:`create_organization` for the arguments.

    :param legal_hold: None if it doesn't change.

    :raises NotAllowed: unless ``by`` may change this organization.
    :raises Invalid: with the names of the arguments at fault.
    """
    by.require(Verb.CHANGE_ORGANIZATION)
    if not by.acts_for(organization):
        raise NotAllowed(Verb.CHANGE_ORGANIZATION)
    at = at or timezone.now()
    with transaction.atomic():
        organization = for_update(Organization.objects.all()).get(pk=organization.pk)
        organization.name, organization.external_id = name, external_id
        organization.default_role, organization.domain_joining = default_role, domain_joining
        changed = {}
        if legal_hold not in (None, organization.legal_hold):
            organization.legal_hold = changed["legal_hold"] = legal_hold
        save_organization(organization, domains, verified_domains, at)
        record(organization, "change_organization", by=by, at=at, **changed)
    return organization
