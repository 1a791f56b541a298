"""Add a member to an organization."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from wagtail.models import Site

from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import Member, Organization, PortalSettings, Role, weakest_first
from wagtail_portal.permissions import Actor

from ._guests import lock_shared_tickets
from ._join import join
from ._lock_organization import lock_organization
from .provision_user import provision_user


def create_member(
    organization: Organization,
    *,
    by: Actor,
    email: str,
    name: str = "",
    role: Role | None = None,
    at: datetime | None = None,
    notify: bool = True,
) -> Member:
    """Add the person with this address to the organization, and return the member.

    They sign in with a code that is emailed to the address. An existing member doesn't change.

    :param role: None for the role of new members.
    :raises NotAllowed: unless ``by`` may add members to this organization, with this role.
    :raises Invalid: with the key ``email`` for an invalid address.
    """
    role = role or role_of_new_members(organization)
    require_new_member(organization, role, by=by)
    at = at or timezone.now()
    with transaction.atomic():
        user = provision_user(email, name=name)
        lock_shared_tickets(user)
        organization = lock_organization(organization, by=by)
        require_new_member(organization, role, by=by)
        return join("create_member", user, organization, by=by, at=at, notify=notify, role=role)


def require_new_member(organization: Organization, role: Role, *, by: Actor) -> None:
    """Check that ``by`` may add a member with this role to the organization.

    :raises NotAllowed: if not.
    :raises Invalid: with the key ``organization`` for the one of visitors.
    """
    by.require_adding(organization, role)
    if organization.is_for_visitors:
        text = gettext("Visitors don’t have access. Select an organization.")
        raise Invalid({"organization": text})


def role_to_give(candidates: Iterable[Role | None], *, by: Actor) -> Role:
    """Return the first role that gives access and that ``by`` may give, or else the weakest one.

    Members who manage members have a role that they may give, so there always is one.

    :param candidates: roles in the order of preference; None is skipped.
    """
    roles = [role for role in (*candidates, *weakest_first(Role.objects.all())) if role]
    return next(role for role in roles if role.gives_access and by.may_give(role))


def role_of_new_members(organization: Organization, site: Site | None = None) -> Role:
    """Return the role of the organization's new members, unless another one is given.

    :param site: the site whose portal settings decide if the organization doesn't.
    """
    return (
        organization.default_role
        or PortalSettings.role_of_new_members(site)
        or Role.objects.get(key=Role.MEMBER)
    )
