"""Invite people to an organization, withdraw invitations, and accept them."""

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from wagtail.models import Site

from wagtail_portal import signals
from wagtail_portal.actions._locks import reload_actor
from wagtail_portal.actions._log import record
from wagtail_portal.actions.rate_limits import DAY, count, limit
from wagtail_portal.exceptions import Invalid, NotAllowed
from wagtail_portal.models import (
    Invitation,
    Member,
    Organization,
    PortalSettings,
    Role,
    members_by_address,
)
from wagtail_portal.models.invitations import digest
from wagtail_portal.permissions import Actor, Verb, inviter_may_invite
from wagtail_portal.utils import markup
from wagtail_portal.utils.links import find_link
from wagtail_portal.utils.rows import delete_some
from wagtail_portal.utils.typing import User

from ._guests import lock_shared_tickets
from ._join import join
from ._lock_organization import lock_organization
from .create_member import require_new_member, role_of_new_members
from .provision_user import normalize_email


def invite_member(
    organization: Organization,
    *,
    by: Actor,
    email: str,
    role: Role | None = None,
    note: str = "",
    site: Site | None = None,
    at: datetime | None = None,
    notify: bool = True,
) -> tuple[Invitation, str]:
    """Invite an address, and return the invitation and its token, which is stored only as a digest.

    The invitation is accepted when the address is verified at sign-in. It replaces an open
    invitation of the same address to the organization.

    :param role: None for the role of new members.
    :param note: quoted in the email. A customer's note to an address outside the organization's
        verified domains can't contain links.
    :param site: the site whose portal the email links to; None for the default one.
    :raises NotAllowed: unless ``by`` may add members to this organization, with this role; also
        for customers if only the team invites in this portal.
    :raises Invalid: with the key ``email`` for an invalid address or a member's, ``role`` for a
        role without access, or ``note`` for one with a link.
    :raises RateLimited: after too many invitations.
    """
    settings = PortalSettings.cached(site)
    role = role or role_of_new_members(organization, site)
    if not by.may_invite(organization, role, settings):
        raise NotAllowed(Verb.ADD_MEMBER)
    require_new_member(organization, role, by=by)
    if not role.gives_access:
        raise Invalid(
            {"role": gettext("This role doesn’t give access to the portal. Choose another role.")}
        )
    email = normalize_email(email)
    _refuse_members(email, organization)
    note = markup.clean(note)[:1000]
    if by.member is not None and not _is_inside(email, organization):
        _refuse_links(note)
    if at is None:
        count(by, "INVITATIONS_PER_HOUR")
        if by.member is not None:
            limit("INVITATIONS_PER_ORGANIZATION_A_DAY", organization.pk, period=DAY)
            limit("INVITATIONS_PER_ADDRESS_A_DAY", email, period=DAY)
    at = at or timezone.now()
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        # Otherwise, two simultaneous invitations of an address would both be valid.
        organization = lock_organization(organization, by=by, alone=True)
        require_new_member(organization, role, by=by)
        _refuse_members(email, organization)
        organization.invitations.unanswered().filter(email=email).update(
            withdrawn_at=at, token_digest=None
        )
        invitation = Invitation.objects.create(
            organization=organization,
            email=email,
            role=role,
            note=note,
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


def _refuse_members(email: str, organization: Organization) -> None:
    own = Member.objects.filter(organization=organization).select_related("role")
    found = [member.role.gives_access for _address, member in members_by_address(own, [email])]
    if any(found):
        raise Invalid({"email": gettext("This person is already a member.")})
    if found:
        text = gettext("This person is a member without access. Restore their access instead.")
        raise Invalid({"email": text})


def _is_inside(email: str, organization: Organization) -> bool:
    """Return whether an address is at a domain that the team has verified."""
    domains = organization.domains.filter(verified_at__isnull=False)
    return domains.filter(domain__iexact=email.rpartition("@")[2]).exists()


def _refuse_links(note: str) -> None:
    # Otherwise, anyone could send links to anyone in the name of the portal.
    if link := find_link(note):
        words = gettext(
            "“%(link)s” looks like a link. Notes to people outside your organization’s email "
            "domains can’t contain links."
        )
        raise Invalid({"note": words % {"link": link}})


def resend_invitation(invitation: Invitation, *, by: Actor) -> tuple[Invitation, str]:
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


def withdraw_invitation(invitation: Invitation, *, by: Actor, at: datetime | None = None) -> None:
    """Withdraw an invitation. If it was accepted or withdrawn before, nothing happens.

    :raises NotAllowed: unless ``by`` may manage the members of this organization.
    """
    by.require_management(invitation.organization)
    at = at or timezone.now()
    with transaction.atomic():
        reload_actor(by)
        by.require_management(invitation.organization)
        same = Invitation.objects.unanswered().filter(pk=invitation.pk)
        if same.update(withdrawn_at=at, token_digest=None):
            organization = invitation.organization
            record(organization, "withdraw_invitation", by=by, at=at, invitation=invitation.pk)


def withdraw_invitations_of(email: str, *, at: datetime | None = None) -> None:
    """Withdraw all invitations of an address that no longer belongs to its owner."""
    at = at or timezone.now()
    with transaction.atomic():
        waiting = Invitation.objects.unanswered().filter(email=email.lower())
        for invitation in waiting.select_related("organization"):
            withdraw_invitation(invitation, by=Actor.system(), at=at)


def accept_invitation(
    invitation: Invitation, *, user: User, email: str, at: datetime | None = None
) -> Member:
    """Make ``user``, who has verified ``email``, a member, and return the member. The invitation is
    used up.

    An existing member doesn't change, so an invitation never restores access that was revoked.

    :raises Invalid: for an invitation that has ended, is for another address, or whose inviter
        couldn't send it any more.
    """
    at = at or timezone.now()
    with transaction.atomic():
        lock_shared_tickets(user, invitation.email)
        invitation.organization = lock_organization(invitation.organization)
        found = Invitation.objects.unanswered().filter(pk=invitation.pk, expires_at__gt=at)
        # Only one of two simultaneous requests finds it open.
        if (
            email.lower() != invitation.email
            or not inviter_may_invite(invitation)
            or not found.update(accepted_at=at, token_digest=None)
        ):
            raise Invalid(gettext("This invitation is no longer valid."))
        invitation.refresh_from_db()
        return join(
            "accept_invitation",
            user,
            invitation.organization,
            invitation.email,
            at=at,
            notify=True,
            role=invitation.role,
        )


def discard_invitations(*, older_than: timedelta, most: int | None = None) -> int:
    """Delete invitations that expired that long ago without an answer, and return how many.

    :param most: how many to delete now; None for all.
    """
    expired = Invitation.objects.unanswered().filter(expires_at__lt=timezone.now() - older_than)
    return delete_some(expired, most)
