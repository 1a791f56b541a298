"""Who may sign in through another system: one set of rules for tokens, OpenID Connect and SAML.

They are the rules for codes, within the limits that the site has set for the system.
"""

import logging

from django.db import IntegrityError, transaction

from wagtail_portal.actions import (
    change_role,
    create_member,
    create_organization,
    may_join_by_domain,
    may_own_organization,
    record_sign_in,
)
from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import Guest, Invitation, Member, Organization, Role
from wagtail_portal.permissions import Actor
from wagtail_portal.utils import markup

from .identities import find_user
from .limits import Identity, Limits
from .provisioning import provision_if_expected
from .refusals import Refused

logger = logging.getLogger(__name__)


def check(limits: Limits, identity: Identity, *, site, user=None) -> Organization | None:
    """Check that a user has access, without changing anything, and return the organization to sign
    in to: None for any; not saved yet if it's about to be created.

    :param site: the site where they sign in.
    :param user: whom the identity is linked to; None to find the user by the email address.
    :raises Refused: if they have no access.
    """
    email = identity.email
    if email and not limits.speaks_for(email):
        raise Refused("domain", email)
    organization = _find_organization(limits, identity)
    user = user or find_user(email)
    invited = Invitation.objects.open().filter(email=email)
    rows = Member.objects.filter(user=user) if user else Member.objects.none()
    if limits.organizations:
        # The user may be a member of other organizations, which the system must not give access to.
        reach = Organization.objects.called(limits.organizations).order_by().values("pk")
        allowed = {"organization__in": reach}
        if invited.exclude(**allowed).exists() or rows.with_access().exclude(**allowed).exists():
            raise Refused("other_organization", email)
        # Tickets that were only offered to them open with a code, never with what the system says.
        shared = Guest.objects.active().filter(member__in=rows)
        if shared.exclude(ticket__organization__in=reach).exists():
            raise Refused("other_organization", email)
    if organization is not None:
        own = {"organization_id": organization.pk or 0}
        rows, invited = rows.filter(**own), invited.filter(**own)
    if rows.with_access().exists() or invited.exists():
        return organization
    if _may_join(limits, email, user, organization, site):
        return organization
    if rows.exists():
        raise Refused("no_access", email)
    if not (email and limits.new_members and organization):
        raise Refused("unknown" if user is None else "no_access", email)
    return organization


def admit(limits: Limits, identity: Identity, *, site, user=None):
    """Return a user who has access, created if necessary, and the organization to sign in to or
    None. They become a member where the rules say so.

    :param site: the site where they sign in.
    :param user: whom the identity is linked to; None to find the user by the email address.
    :raises Refused: if they have no access.
    """
    email = identity.email
    with transaction.atomic():
        organization = check(limits, identity, site=site, user=user)
        if organization is not None and organization.pk is None:
            organization = _create_organization(organization)
        role = _role(limits, identity)
        adds = limits.new_members and organization is not None
        # Where the system adds members itself, no one has to join by domain.
        site = site if email and not adds else None
        if user is None:
            provision_if_expected(email, site=site, name=identity.name)
            user = find_user(email)
        if user is not None:
            reach = _reach(limits, organization)
            record_sign_in(user, email=email, site=site, organizations=reach, role=role)
        if adds and organization and not (user and organization.members.filter(user=user).exists()):
            # They may be known by another address than that of this identity.
            address = getattr(user, user.get_email_field_name()) if user else email
            user = create_member(
                organization,
                by=Actor.system(),
                email=address,
                name=identity.name,
                role=role,
                notify=False,
            ).user
            provision_if_expected(email)
        if user is None:
            raise Refused("unknown", email)
        if role is not None:
            _change_role(user, organization, limits, role)
        return user, organization


def _may_join(limits, email, user, organization, site) -> bool:
    """Return whether someone would join by their domain or get an organization of their own, if
    they signed in with a code."""
    if not email or site is None:
        return False
    reach = _reach(limits, organization)
    if may_join_by_domain(user, email=email, organizations=reach):
        return True
    return not reach and may_own_organization(user, site=site)


def _reach(limits, organization) -> tuple:
    """Return the external IDs of the organizations that can be joined by domain; empty for all."""
    if organization is None:
        return tuple(limits.organizations)
    # One that was just created isn't limited by what it was called before.
    return tuple(organization.external_ids)


def _find_organization(limits: Limits, identity: Identity) -> Organization | None:
    """Return the organization to sign in to, or None if neither the system nor its limits name one.

    :raises Refused: if it doesn't exist, or the system may not sign in its members.
    """
    external_id = identity.organization
    if not external_id and len(limits.organizations) == 1:
        external_id = limits.organizations[0]
    if not external_id:
        return None
    if not external_id.isprintable():
        # Not all databases accept such text.
        raise Refused("organization", repr(external_id))
    found = Organization.objects.called([external_id]).first()
    if found is None and _may_be_created(limits, external_id):
        name = markup.clean_line(identity.organization_name)
        return Organization(external_id=external_id, name=name or external_id)
    allowed = not limits.organizations or external_id in limits.organizations
    # Some databases ignore case and trailing spaces in comparisons.
    if found is None or external_id not in found.external_ids or not allowed:
        raise Refused("organization", repr(external_id))
    return found


def _may_be_created(limits, external_id) -> bool:
    allowed = not limits.organizations or external_id in limits.organizations
    max_length = Organization._meta.get_field("external_id").max_length
    is_clean = external_id == markup.clean_line(external_id) and len(external_id) <= max_length
    return limits.new_members and limits.new_organizations and allowed and is_clean


def _create_organization(new: Organization) -> Organization:
    external_id = new.external_id or ""
    try:
        with transaction.atomic():
            return create_organization(by=Actor.system(), name=new.name, external_id=external_id)
    except (Invalid, IntegrityError) as error:
        # Someone else of this organization may have been faster.
        found = Organization.objects.called([external_id]).first()
        if found is None or external_id not in found.external_ids:
            raise Refused("organization", repr(external_id)) from error
        return found


def _role(limits: Limits, identity: Identity) -> Role | None:
    """Return the role that the system names, if it may give it and the role gives access."""
    if not identity.role or not limits.roles:
        return None
    if identity.role in limits.roles:
        role = Role.objects.filter(key=identity.role).first()
        if role is not None and role.key == identity.role and role.gives_access:
            return role
    logger.warning("The role %.60r was ignored, because it can't be given.", identity.role)
    return None


def _change_role(user, organization, limits, role) -> None:
    """Give a member the role that the system names, if it may also give their present one: what the
    team or an organization's admin decided beyond that stays."""
    rows = Member.objects.with_access().filter(user=user)
    if organization is not None:
        rows = rows.filter(organization=organization)
    members = list(rows.select_related("role", "organization", "user")[:2])
    if len(members) == 1 and members[0].role.key in limits.roles:
        change_role(members[0], by=Actor.system(), role=role)
