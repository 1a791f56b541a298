"""Change a member's role, or revoke or restore their access, which their role gives."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from wagtail_portal import signals
from wagtail_portal.actions._locks import lock_row, lock_rows
from wagtail_portal.actions._log import record
from wagtail_portal.actions.tickets._ticket import refuse_conflicts
from wagtail_portal.actions.tickets.share_ticket import end_shares_of
from wagtail_portal.exceptions import Invalid, NotAllowed
from wagtail_portal.models import Member, Organization, Role, addresses_of, is_erased
from wagtail_portal.permissions import Actor, Verb, inviter_may_invite

from .create_member import role_of_new_members, role_to_give
from .invitations import withdraw_invitation


def change_role(
    member: Member,
    *,
    by: Actor,
    role: Role,
    original: Role | None = None,
    at: datetime | None = None,
    notify: bool = True,
) -> Member:
    """Give ``member`` another role, and return the member. If they have the role already, nothing
    happens.

    A role without access has the same effect as :func:`revoke_access`.

    :param original: the role that the change is based on. If the member has another one by now, it
        isn't overwritten.
    :raises NotAllowed: unless ``by`` may manage this member and give this role: a customer can't
        give a role above their own, nor change a member whose role is above theirs.
    :raises Invalid: with the key ``role`` for the organization's last admin, and, if the role gives
        access, for visitors and erased people.
    :raises Conflict: with the key ``role`` and the current role.
    """

    def choose() -> Role:
        known = {} if original is None else {"role": original}
        refuse_conflicts({"role": member.role}, known, {"role": role})
        return role

    _give(member, choose, by=by, action="change_role", at=at, notify=notify)
    return member


def revoke_access(
    member: Member, *, by: Actor, at: datetime | None = None, notify: bool = True
) -> Member:
    """Remove a member's access to the portal, at once and in every session, and return the member.

    What they wrote stays, and their access can be restored. An open invitation of theirs ends, and
    so does the access of people with whom they shared tickets.

    :raises NotAllowed: unless ``by`` may manage this member.
    :raises Invalid: with the key ``role`` for the organization's last admin.
    """

    def choose() -> Role:
        return Role.objects.get(key=Role.NO_ACCESS) if member.role.gives_access else member.role

    _give(member, choose, by=by, action="revoke_access", at=at, notify=notify)
    return member


def restore_access(
    member: Member, *, by: Actor, at: datetime | None = None, notify: bool = True
) -> Member:
    """Restore a member's access with their former role, and return the member.

    If no one knows that role, or a customer who restores the access can't give it, they get the
    role of new members, or else another one that gives access. A member with access keeps their
    role.

    :raises NotAllowed: unless ``by`` may manage this member.
    :raises Invalid: with the key ``role`` for visitors and erased people.
    """

    def choose() -> Role:
        return _former_role(member, by)

    _give(member, choose, by=by, action="restore_access", at=at, notify=notify)
    return member


def _give(
    member: Member,
    choose: Callable[[], Role],
    *,
    by: Actor,
    action: str,
    at: datetime | None,
    notify: bool,
) -> None:
    """Give ``member`` the role that ``choose`` returns after locking, logged as ``action``."""
    with transaction.atomic():
        # One change at a time, so that two admins who remove each other don't both succeed.
        _lock_organization_of(member)
        lock_row(member, by=by)
        by.require_management(member.organization, member)
        old, role = member.role, choose()
        if old == role:
            return
        _check(member, role, by)
        member.role = role
        if old.gives_access != role.gives_access:
            member.former_role = old if old.gives_access else None
        fields = ["role", "former_role"]
        if not role.gives_access:
            member.chosen_at = None
            fields.append("chosen_at")
        member.save(update_fields=fields)
        record(member, action, by=by, at=at, old=_named(old), new=_named(role))
        withdraw_what_they_cannot_give(member, at)
        end_shares_of(member)
        if old.gives_access and not role.gives_access:
            _end_access(member, by, at, notify)


def _lock_organization_of(member: Member) -> None:
    """Lock the member's organization: if it has just been merged, the one where they are now."""
    organization: Any = member.organization_id
    while organization and not lock_rows(Organization.objects.filter(pk=organization)):
        found = Member.objects.filter(pk=member.pk).values_list("organization", flat=True)
        organization = found.first()


def _check(member: Member, role: Any, by: Actor) -> None:
    if not by.may_give(role):
        raise NotAllowed(Verb.CHANGE_MEMBER)
    if role.gives_access and is_erased(member.user):
        raise Invalid({"role": gettext("This person has already been erased.")})
    if member.is_visitor and role.gives_access:
        raise Invalid(
            {"role": gettext("Visitors don’t have access. Add this person to an organization.")}
        )
    if by.member is not None and not role.is_admin and member.is_last_admin:
        text = gettext("This is the organization’s last admin. Make someone else an admin first.")
        raise Invalid({"role": text})


def _former_role(member: Member, by: Actor) -> Role:
    """Return the role to restore, as far as ``by`` may give it."""
    if member.role.gives_access:
        return member.role
    former, new = member.former_role, role_of_new_members(member.organization)
    return role_to_give([former, new, Role.objects.get(key=Role.MEMBER)], by=by)


def withdraw_what_they_cannot_give(member: Member, at: datetime | None) -> None:
    """Withdraw the member's own invitations to roles that they couldn't give any more."""
    open_ones = member.organization.invitations.unanswered().filter(invited_by=member.user)
    for invitation in open_ones.select_related("role", "organization", "invited_by", "site"):
        if not inviter_may_invite(invitation):
            withdraw_invitation(invitation, by=Actor.system(), at=at)


def _end_access(member: Member, by: Actor, at: datetime | None, notify: bool) -> None:
    # An open invitation would give the access back.
    invitations = member.organization.invitations.unanswered()
    invitations.filter(email__in=addresses_of(member.user)).update(
        withdrawn_at=at or timezone.now(), token_digest=None
    )
    signals.access_ended.send(sender=Member, member=member, by=by, notify=notify)


def _named(role: Role) -> dict[str, str]:
    return {"key": role.key, "name": role.name}
