"""Invite people to an organization."""

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

from .create_member import role_of_new_members
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
    """Invite an address, and return the invitation and its token, which is stored only as a digest.

    The invitation is accepted when the address is verified at sign-in. It replaces an open
    invitation of the same address to the organization.

    :param role: None for the role of new members.
    :param site: the site whose portal the email links to; None for the default one.
    :raises NotAllowed: unless ``by`` may add members to this organization, with this role; also
        for customers if only the team invites in this portal.
    :raises Invalid: with the key ``email`` for an invalid address or a member's, or ``role`` for a
        role without access.
    :raises RateLimited: after too many invitations.
    """
    by.require(Verb.ADD_MEMBER)
    if by.member is not None and by.member.organization_id != organization.pk:
        raise NotAllowed(Verb.ADD_MEMBER)
    settings = PortalSettings.cached(site)
    if not (by.is_team or settings.customers_invite):
        raise NotAllowed(Verb.ADD_MEMBER)
    if organization.is_for_visitors:
        raise Invalid(
            {"organization": gettext("Visitors don’t have access. Select an organization.")}
        )
    role = role or role_of_new_members(organization, site)
    if not by.may_give(role):
        raise NotAllowed(Verb.ADD_MEMBER)
    if not role.gives_access:
        raise Invalid(
            {"role": gettext("This role doesn’t give access to the portal. Choose another role.")}
        )
    email = normalize_email(email)
    if Member.objects.filter(organization=organization).with_addresses([email]).exists():
        raise Invalid({"email": gettext("This person is already a member.")})
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
    """Invite the same address again, and return the new invitation and its token. The former
    invitation ends.

    :raises NotAllowed: unless ``by`` may invite people to this organization, with this role.
    :raises Invalid: for an invitation that was accepted or withdrawn.
    """
    by.require_management(invitation.organization)
    if not Invitation.objects.unanswered().filter(pk=invitation.pk).exists():
        raise Invalid(gettext("This invitation is no longer valid."))
    return invite_member(
        invitation.organization,
        by=by,
        email=invitation.email,
        role=invitation.role,
        note=invitation.note,
        site=invitation.site,
    )
