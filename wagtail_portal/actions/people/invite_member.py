"""Somebody is asked to join an organization."""

import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from wagtail_portal import signals
from wagtail_portal.actions._log import record
from wagtail_portal.exceptions import Invalid, NotAllowed
from wagtail_portal.models import Invitation, Member, Organization, PortalSettings, Role
from wagtail_portal.models.invitations import digest
from wagtail_portal.permissions import Verb
from wagtail_portal.utils import markup
from wagtail_portal.utils.rate_limits import DAY, count, limit

from ._roles import role_of_new_members
from .provision_user import normalize_email


def invite_member(
    organization: Organization,
    *,
    by,
    email: str,
    role: Role | None = None,
    note: str = "",
    site=None,
    at=None,
    notify: bool = True,
) -> tuple[Invitation, str]:
    """Invite an address; returns the invitation and its token, which is kept nowhere in clear.

    It is accepted when the address is proven at sign-in. An open invitation of the same
    address to the organization is withdrawn.

    :param role: None for the role of new members.
    :param site: whose portal the mail leads to; None for the default one.
    :raises NotAllowed: unless ``by`` may add members of this organization, with this role, and
        for customers where the portal settings leave inviting to the team.
    :raises Invalid: with the key ``email`` for a bad address or a member, ``role`` for one that
        gives no access.
    """
    by.require(Verb.ADD_MEMBER)
    if by.member is not None and by.member.organization_id != organization.pk:
        raise NotAllowed(Verb.ADD_MEMBER)
    settings = PortalSettings.of_site_or_default(site)
    if not (by.is_team or settings.customers_invite):
        raise NotAllowed(Verb.ADD_MEMBER)
    if organization.is_for_visitors:
        raise Invalid({"organization": gettext("Visitors have no access. Choose a customer.")})
    role = role or role_of_new_members(organization, site)
    if not by.may_give(role):
        raise NotAllowed(Verb.ADD_MEMBER)
    if not role.gives_access:
        raise Invalid({"role": gettext("This role opens nothing. Choose another one.")})
    email = normalize_email(email)
    if Member.objects.filter(organization=organization).with_addresses([email]).exists():
        raise Invalid({"email": gettext("This person is a member already.")})
    if at is None:
        count(by, "INVITATIONS_PER_HOUR")
        if by.member is not None:
            limit("INVITATIONS_PER_ADDRESS_A_DAY", email, period=DAY)
    at = at or timezone.now()
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        organization.invitations.unanswered().filter(email=email).update(
            withdrawn_at=at, token_digest=None
        )
        invitation = Invitation.objects.create(
            organization=organization,
            email=email,
            role=role,
            note=markup.clean(note)[:1000],
            site=site,
            token_digest=digest(token),
            invited_by=by.user,
            created_at=at,
            expires_at=at + timedelta(days=settings.invitation_days),
        )
        record(organization, "invite_member", by=by, at=at, invitation=invitation.pk)
        signals.member_invited.send(
            sender=Invitation, invitation=invitation, token=token, by=by, notify=notify
        )
    return invitation, token


def resend_invitation(invitation: Invitation, *, by) -> tuple[Invitation, str]:
    """Invite the same address again, with a new token and time; the former one ends.

    :raises NotAllowed: unless ``by`` may invite to this organization, with this role.
    :raises Invalid: for one that was accepted or withdrawn meanwhile.
    """
    by.require_management(invitation.organization)
    if not Invitation.objects.unanswered().filter(pk=invitation.pk).exists():
        raise Invalid(gettext("This invitation is over."))
    return invite_member(
        invitation.organization,
        by=by,
        email=invitation.email,
        role=invitation.role,
        note=invitation.note,
        site=invitation.site,
    )
