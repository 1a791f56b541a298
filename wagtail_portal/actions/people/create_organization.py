"""Create an organization."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from wagtail_portal.actions._log import record
from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import Organization, OrganizationDomain
from wagtail_portal.permissions import Verb
from wagtail_portal.utils import markup
from wagtail_portal.utils.free_email_domains import is_free_email_domain


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
        raise Invalid(
            {"external_id": gettext("Another organization already has this external ID.")}
        )
    domains = {domain.strip().lower() for domain in domains}
    taken = OrganizationDomain.objects.filter(domain__in=domains).values_list("domain", flat=True)
    if taken:
        raise Invalid(
            {
                "domains": gettext("The domain %(domain)s already belongs to another organization.")
                % {"domain": taken[0]}
            }
        )
    for domain in sorted(domains):
        if is_free_email_domain(domain):
            words = gettext(
                "Anyone can get an email address at %(domain)s, so it can’t belong "
                "to an organization."
            ) % {"domain": domain}
            raise Invalid({"domains": words})
    at = at or timezone.now()
    with transaction.atomic():
        organization = Organization.objects.create(
            name=name[:200], external_id=external_id, created_at=at
        )
        for domain in domains:
            OrganizationDomain.objects.create(organization=organization, domain=domain)
        record(organization, "create_organization", by=by, at=at)
    return organization
