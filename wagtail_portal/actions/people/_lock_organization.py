"""Lock an organization to which something is added, so that it isn't merged at the same time."""

from django.utils.translation import gettext

from wagtail_portal.actions._locks import lock_rows, reload_actor, share
from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import Organization
from wagtail_portal.permissions import Actor


def lock_organization(
    organization: Organization, *, by: Actor | None = None, alone: bool = False
) -> Organization:
    """Lock an organization until the transaction ends, so that rows can refer to it, and return it:
    or, if it has just been merged, the one into which it was merged. Check the permission again.

    :param by: who acts: what they may do is read again.
    :param alone: whether others who lock it wait until the transaction ends.
    :raises Invalid: with the key ``organization`` if it was deleted.
    """
    lock = lock_rows if alone else share
    while not lock(Organization.objects.filter(pk=organization.pk).values_list("pk")):
        found = Organization.objects.current(organization.pk)
        if found is None:
            raise Invalid({"organization": gettext("This no longer exists.")})
        organization = found
    if by is not None:
        reload_actor(by)
    return organization
