"""Giving a member another role, and what follows when it opens nothing any more."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from wagtail_portal import signals
from wagtail_portal.actions._log import record
from wagtail_portal.exceptions import Invalid, NotAllowed
from wagtail_portal.models import Member, Organization, PortalSettings, Role
from wagtail_portal.permissions import Verb


def give_role(member: Member, role: Role | None, *, by, action: str, at=None, notify=True) -> None:
    """Let ``member`` have ``role``, if ``by`` may do that; logged as ``action``. To give the one
    that they have does nothing.

    :param role: None for the one from before the access was revoked.
    """
    with transaction.atomic():
        # One change at a time: two admins who remove each other are not both gone.
        Organization.objects.select_for_update().get(pk=member.organization_id)
        member.refresh_from_db(from_queryset=Member.objects.select_for_update())
        by.require_management(member.organization, member)
        old, role = member.role, role or _role_of_before(member, by)
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
        if old.gives_access and not role.gives_access:
            _end_access(member, by, at, notify)


def role_of_new_members(organization: Organization, site=None) -> Role:
    """What a new member of the organization may do when nobody says otherwise.

    :param site: whose portal settings say it for organizations that do not.
    """
    return (
        organization.default_role
        or PortalSettings.role_of_new_members(site)
        or Role.objects.get(key=Role.MEMBER)
    )


def _check(member, role, by) -> None:
    if not by.may_give(role):
        raise NotAllowed(Verb.CHANGE_MEMBER)
    if member.is_visitor and role.gives_access:
        raise Invalid({"role": gettext("Visitors have no access. Add the person to a customer.")})
    if by.member is None or not member.role.is_admin or role.is_admin:
        return
    others = Member.objects.admins().filter(organization=member.organization_id)
    if not others.exclude(pk=member.pk).exists():
        raise Invalid(
            {
                "role": gettext(
                    "This is the last admin of the organization. Make somebody else an admin first."
                )
            }
        )


def _role_of_before(member, by) -> Role:
    """What a member gets back: as far as whoever gives it may give it."""
    if member.role.gives_access:
        return member.role
    former = member.former_role
    if former is not None and by.may_give(former):
        return former
    return role_of_new_members(member.organization)


def _end_access(member, by, at, notify) -> None:
    # An open invitation would let them in again.
    member.organization.invitations.unanswered().filter(email=member.email.lower()).update(
        withdrawn_at=at or timezone.now(), token_digest=None
    )
    signals.access_ended.send(sender=Member, member=member, by=by, notify=notify)


def _named(role: Role) -> dict[str, str]:
    return {"key": role.key, "name": role.name}
