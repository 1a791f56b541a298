"""Merge two accounts of one person."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.utils import timezone
from django.utils.translation import gettext
from wagtail.models import ModelLogEntry

from wagtail_portal import search, signals
from wagtail_portal.actions._locks import lock_rows, with_locked_tickets
from wagtail_portal.actions._log import record
from wagtail_portal.actions.tickets.share_ticket import end_shares_of
from wagtail_portal.exceptions import Invalid, NotAllowed
from wagtail_portal.models import (
    Erasure,
    JoinRequest,
    Member,
    Profile,
    ReceivedEmail,
    Role,
    Ticket,
    addresses_of,
    deciding,
    is_erased,
)
from wagtail_portal.permissions import Actor, Verb
from wagtail_portal.utils.typing import User

from ._guests import follow_shared_tickets
from ._lock_people import keys_of_tickets_about, lock_people
from ._move_rows import CHUNK, merge_members, move_rows
from ._role_conflicts import RoleConflict, check_roles, give_role
from .change_role import withdraw_what_they_cannot_give
from .erase_member import close_account, is_or_was_staff

#: The apps whose rows about a user move. Those of the site's own apps stay with the old account.
APPS = {"wagtail_portal"}


def why_not_merged(user: User, into: User) -> str:
    """Return why the account ``user`` can't be merged into the account ``into``; "" if it can."""
    if user == into:
        return gettext("These are the same account.")
    if is_or_was_staff(user) or is_or_was_staff(into):
        return gettext("Accounts of team members can’t be merged.")
    if is_erased(user) or is_erased(into):
        return gettext("This person has already been erased.")
    if not into.is_active:
        return gettext("The account to keep is inactive.")
    return ""


def role_conflicts(user: User, into: User) -> list[RoleConflict]:
    """Return the organizations to which both belong with different roles."""
    members = Member.objects.select_related("organization", "role")
    kept = {row.organization_id: row for row in members.filter(user=into)}
    return [
        RoleConflict(
            row.organization_id, row.organization.name, row.role, kept[row.organization_id].role
        )
        for row in members.filter(user=user)
        if row.organization_id in kept and kept[row.organization_id].role_id != row.role_id
    ]


def merge_people(
    member: Member,
    *,
    into: Member,
    by: Actor,
    roles: Mapping[int, Role] | None = None,
    at: datetime | None = None,
) -> None:
    """Merge the account of ``member`` into that of ``into``, who is the same person. This can't be
    undone.

    Memberships, tickets, messages and everything else in the portal move, and the person can sign
    in with the addresses of both. The merged account is closed.

    :param roles: the role to keep, by primary key of each organization to which both belong with
        different roles.
    :raises NotAllowed: unless ``by`` is an agent who may change and delete the members of all
        organizations of both.
    :raises Invalid: with the key ``member`` for accounts that can't be merged, or ``roles`` unless
        a role of the two is given for each organization.
    """
    _require(by)
    at, pks = at or timezone.now(), [member.user_id, into.user_id]
    with_locked_tickets(
        lambda: keys_of_tickets_about(pks),
        lambda: _merge(pks, by, roles or {}, at),
        by=by,
        before=lambda: _lock_first(pks),
        after=lambda: lock_people(pks),
    )


def _lock_first(pks: Any) -> None:
    """Lock what moves, and locks itself before its tickets once it's at work."""
    lock_rows(Erasure.objects.filter(person__in=pks))
    members = Member.objects.filter(user__in=pks).order_by()
    # A join would lock the members, too.
    lock_rows(ReceivedEmail.objects.filter(member__in=members.values("pk")))


def _require(by: Actor) -> None:
    for verb in (Verb.CHANGE_MEMBER, Verb.DELETE_MEMBER):
        by.require_team(verb)


def _merge(pks: Any, by: Actor, roles: Any, at: datetime) -> None:
    _require(by)
    user_pk, kept_pk = pks
    users = get_user_model()._default_manager
    user, kept = users.get(pk=user_pk), users.get(pk=kept_pk)
    found = Member.objects.filter(user__in=pks).order_by("pk")
    memberships = list(found.select_related("organization", "role", "user"))
    if not all(by.acts_for(row.organization) for row in deciding(memberships)):
        raise NotAllowed(Verb.DELETE_MEMBER)
    if refusal := why_not_merged(user, kept):
        raise Invalid({"member": refusal})
    check_roles(role_conflicts(user, kept), roles, gettext("Choose the role in %(name)s."))
    signals.people_merged.send(
        sender=Member, user=user, into=kept, addresses=addresses_of(user), by=by, notify=False
    )
    _move_memberships(user, kept, memberships, roles, by, at)
    _move_rest(user, kept)
    close_account(user)
    moved = Member.objects.filter(user=kept).select_related("organization", "role", "user")
    for row in moved:
        withdraw_what_they_cannot_give(row, at)
        end_shares_of(row)
        follow_shared_tickets(row, by=by, at=at)
        record(row.organization, "merge_people", by=by, at=at, member=row.pk)
    _index(moved)


def _move_memberships(
    user: User, kept: Any, memberships: Any, roles: Any, by: Actor, at: datetime
) -> None:
    theirs = {row.organization_id: row for row in memberships if row.user_id == kept.pk}
    for row in memberships:
        if row.user_id != user.pk:
            continue
        other = theirs.get(row.organization_id)
        if other is None:
            Member.objects.filter(pk=row.pk).update(user=kept)
            continue
        merge_members([(row, other)], organization=row.organization_id)
        give_role(other, roles.get(row.organization_id), by=by, at=at)


def _move_rest(user: User, kept: Any) -> None:
    """Move what belongs to the user in all their organizations."""
    # Settings of the account that stays win, and a request to join isn't needed by a member.
    skip = {Member, Profile} if Profile.objects.filter(user=kept).exists() else {Member}
    move_rows(user, kept, apps=APPS, skip=skip)
    members = Member.objects.filter(user=kept)
    waiting = JoinRequest.objects.waiting().filter(user=kept)
    waiting.filter(organization__in=members.values("organization")).delete()
    ours = ModelLogEntry.objects.filter(user=user, action__startswith="wagtail_portal.")
    ours.update(user=kept)


def _index(members: Any) -> None:
    """Index the tickets again, as they can be found by who requested them."""
    found = Ticket.objects.filter(requester__in=members).order_by("pk")
    keys = list(found.values_list("pk", flat=True))
    for start in range(0, len(keys), CHUNK):
        search.backend().put(Ticket.objects.filter(pk__in=keys[start : start + CHUNK]))
