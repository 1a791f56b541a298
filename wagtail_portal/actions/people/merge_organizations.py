"""Merge two organizations."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext
from wagtail.models import ModelLogEntry

from wagtail_portal import search, signals
from wagtail_portal.actions._locks import CHUNK, lock_rows, with_locked_tickets
from wagtail_portal.actions._log import record
from wagtail_portal.actions.pages.move_audience import move_audience
from wagtail_portal.actions.tickets.share_ticket import end_shares_of
from wagtail_portal.exceptions import Invalid, NotAllowed
from wagtail_portal.models import (
    DomainJoining,
    FormerOrganization,
    Guest,
    JoinRequest,
    Member,
    Organization,
    ReceivedEmail,
    Role,
    Ticket,
    members_by_address,
)
from wagtail_portal.permissions import Actor, Verb

from ._guests import become_follower
from ._move_rows import join_notes, merge_members, move_rows, rename_in_queries
from ._role_conflicts import MemberRoleConflict, check_roles, give_role
from .change_role import withdraw_what_they_cannot_give
from .invitations import withdraw_invitation

#: What an agent needs who merges organizations, in both of them.
VERBS = (
    *(Verb.CHANGE_ORGANIZATION, Verb.DELETE_ORGANIZATION),
    *(Verb.CHANGE_MEMBER, Verb.DELETE_MEMBER),
)


def why_organizations_stay(source: Organization, into: Organization) -> str:
    """Return why ``source`` can't be merged into the organization ``into``; "" if it can."""
    if source == into:
        return gettext("This is the same organization.")
    if source.is_for_visitors or into.is_for_visitors:
        return gettext("The organization of visitors can’t be merged.")
    return ""


def member_role_conflicts(source: Organization, into: Organization) -> list[MemberRoleConflict]:
    """Return the people who belong to both organizations with different roles, by the primary key
    of their membership in ``into``."""
    return [
        MemberRoleConflict(kept.pk, kept.name, merged.role, kept.role)
        for merged, kept in members_of_both(source, into)
        if merged.role_id != kept.role_id
    ]


def require_roles(source: Organization, into: Organization, roles: Mapping[int, Role]) -> None:
    """Check that one of the two roles was chosen for each person with different ones.

    :raises Invalid: with the key ``roles``.
    """
    conflicts = member_role_conflicts(source, into)
    check_roles(conflicts, roles, gettext("Choose the role of %(name)s."))


def members_of_both(source: Organization, into: Organization) -> list[tuple[Member, Member]]:
    """Return the memberships in ``source`` and in ``into`` of the people who have both."""
    members = Member.objects.select_related("user", "role", "organization").order_by("pk")
    both = Member.objects.filter(organization=into).values("user")
    merged = {row.user_id: row for row in members.filter(organization=source, user__in=both)}
    kept = members.filter(organization=into, user__in=list(merged))
    return [(merged[row.user_id], row) for row in kept]


def strictest_joining(source: Organization, into: Organization) -> str:
    """Return who can join by the email domains of both organizations: the stricter of the two
    choices, of those that have verified domains."""
    found = [row.domain_joining for row in (source, into) if row.verified_domains]
    return min(found or [into.domain_joining], key=DomainJoining.values.index)


def merge_organizations(
    source: Organization,
    *,
    into: Organization,
    by: Actor,
    roles: Mapping[int, Role] | None = None,
    at: datetime | None = None,
    indexed_later: Collection[int] = frozenset(),
) -> Organization:
    """Merge ``source`` into the organization ``into``, and return that one. This can't be undone.

    Tickets, members and everything else move, and ``source`` is deleted. Members keep their roles,
    so those who see all tickets of one organization see those of both. A later sign-in with the
    external ID of ``source`` leads to ``into``.

    The tickets of ``source`` can't be changed until it's done. For an organization with many of
    them, use ``begin_organization_merge``.

    :param roles: the role to keep, by the primary key of the member of ``into``, for each person
        who belongs to both with different roles.
    :param indexed_later: primary keys of tickets that the caller indexes afterwards.
    :raises NotAllowed: unless ``by`` is an agent who may change and delete both organizations and
        their members.
    :raises Invalid: with the key ``organization`` for organizations that can't be merged, or
        ``roles`` unless one of the two roles is given for each such person.
    """
    pks = source.pk, into.pk
    _require(by)
    return with_locked_tickets(
        lambda: _keys_of_tickets(*pks),
        lambda: _merge(*pks, by, roles or {}, at or timezone.now(), indexed_later),
        by=by,
        before=lambda: _lock_emails(pks[0]),
        after=lambda: _lock_organizations(pks),
    )


def _require(by: Actor) -> None:
    for verb in VERBS:
        by.require_team(verb)


def _keys_of_tickets(source: Any, into: Any) -> set[int]:
    """Return the tickets that change: those of ``source``, and those of ``into`` with guests."""
    moved = Ticket.objects.filter(organization=source).order_by()
    guests = Guest.objects.filter(ticket__organization=into).order_by()
    return {
        *moved.values_list("pk", flat=True),
        *guests.values_list("ticket", flat=True),
    }


def _lock_emails(source: Any) -> None:
    """Lock the emails of members who may move: one that's being added locks itself before its
    ticket."""
    members = Member.objects.filter(organization=source).order_by()
    # A join would lock the members, too.
    lock_rows(ReceivedEmail.objects.filter(member__in=members.values("pk")))


def _lock_organizations(pks: Any) -> None:
    """No one can open a ticket, join or get another role until the transaction ends."""
    lock_rows(Organization.objects.filter(pk__in=pks))
    lock_rows(Member.objects.filter(organization__in=pks))


def _merge(
    source_pk: Any, into_pk: Any, by: Actor, roles: Any, at: datetime, indexed_later: Any
) -> Organization:
    _require(by)
    found = Organization.objects.in_bulk([source_pk, into_pk])
    source, into = found.get(source_pk), found.get(into_pk)
    if source is None or into is None:
        # One of them was merged or deleted in the meantime.
        raise Invalid({"organization": gettext("This organization no longer exists.")})
    if not (by.acts_for(source) and by.acts_for(into)):
        raise NotAllowed(Verb.CHANGE_ORGANIZATION)
    if refusal := why_organizations_stay(source, into):
        raise Invalid({"organization": refusal})
    require_roles(source, into, roles)
    signals.organizations_merged.send(
        sender=Organization, organization=source, into=into, by=by, notify=False
    )
    record(into, "merge_organizations", by=by, at=at, old={"name": source.name})
    _withdraw_double_invitations(source, into, at)
    joining = strictest_joining(source, into)
    pairs = members_of_both(source, into)
    merge_members(pairs, organization=source.pk)
    moved = set(Ticket.objects.filter(organization=source).values_list("pk", flat=True))
    move_rows(source, into)
    rename_in_queries({source.pk: into.pk}, {"organization"})
    move_audience(source, into)
    _move_log(source, into, by, at)
    _merge_columns(source, into, joining, at)
    index_tickets(moved.difference(indexed_later))
    # From now on, both are one: what follows depends on who is a member of it.
    _end_double_requests(into, at)
    _turn_guests_into_followers(into, by, at)
    for _merged, kept in pairs:
        member = Member.objects.select_related("organization", "role", "user").get(pk=kept.pk)
        give_role(member, roles.get(kept.pk), by=by, at=at)
        withdraw_what_they_cannot_give(member, at)
        end_shares_of(member)
    return into


def _withdraw_double_invitations(source: Organization, into: Organization, at: datetime) -> None:
    """Keep the invitation to ``into`` of those who were invited to both."""
    invited = into.invitations.unanswered().values_list("email", flat=True)
    for invitation in source.invitations.unanswered().filter(email__in=list(invited)):
        withdraw_invitation(invitation, by=Actor.system(), at=at)


def _move_log(source: Organization, into: Organization, by: Actor, at: datetime) -> None:
    """Let the history of ``source`` go on in that of ``into``, except for its end."""
    entries = ModelLogEntry.objects.for_instance(source)
    entries.update(object_id=str(into.pk))
    record(source, "end_organization", by=by, at=at, new={"name": into.name})


def _merge_columns(source: Organization, into: Organization, joining: str, at: datetime) -> None:
    """Give ``into`` what ``source`` had and ``into`` hadn't, and delete ``source``."""
    external_id = source.external_id
    taken_over = external_id if not into.external_id else None
    FormerOrganization.objects.create(
        organization=into,
        former_pk=source.pk,
        name=source.name,
        external_id=None if taken_over else external_id,
        merged_at=at,
    )
    # An external ID is unique, so it has to be free first.
    source.delete()
    into.external_id = into.external_id or taken_over
    into.domain_joining = joining
    into.legal_hold = into.legal_hold or source.legal_hold
    into.notes = join_notes(into.notes, source.notes)
    into.values = {**source.values, **into.values}
    columns = ["external_id", "domain_joining", "legal_hold", "notes", "values"]
    into.save(update_fields=columns)


def _end_double_requests(organization: Organization, at: datetime) -> None:
    """End join requests and invitations of people who are members already."""
    members = Member.objects.filter(organization=organization)
    waiting = JoinRequest.objects.waiting().filter(organization=organization)
    waiting.filter(user__in=list(members.values_list("user", flat=True))).delete()
    invitations = list(organization.invitations.unanswered())
    known = {row.email for row in invitations}
    known = {address for address, _member in members_by_address(members, known)}
    for invitation in invitations:
        if invitation.email in known:
            withdraw_invitation(invitation, by=Actor.system(), at=at)


def _turn_guests_into_followers(organization: Organization, by: Actor, at: datetime) -> None:
    """Let members follow the tickets that were shared with them while they were outside."""
    active = Guest.objects.active().filter(ticket__organization=organization)
    guests = list(active.select_related("ticket", "member", "added_by__user"))
    members = Member.objects.filter(organization=organization).select_related("user", "role")
    by_address = dict(members_by_address(members, {guest.email for guest in guests}))
    users = [guest.member.user_id for guest in guests if guest.member]
    by_user = {row.user_id: row for row in members.filter(user__in=users)}
    for guest in guests:
        member = by_user.get(guest.member.user_id) if guest.member else by_address.get(guest.email)
        if member is not None:
            become_follower(guest, member, by=by, at=at)


def index_tickets(keys: Iterable[int]) -> None:
    """Index tickets again, because they can be found by the name of their organization."""
    ordered = sorted(keys)
    for start in range(0, len(ordered), CHUNK):
        search.backend().put(Ticket.objects.filter(pk__in=ordered[start : start + CHUNK]))
