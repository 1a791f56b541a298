"""What to decide before two memberships with different roles become one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import Member, Role
from wagtail_portal.permissions import Actor

from .change_role import change_role


@dataclass(frozen=True)
class RoleConflict:
    """Two memberships with different roles, of which one stays."""

    #: What tells it from other conflicts, and is named in the question.
    key: int
    name: str
    #: The roles of the membership that is merged, and of the one that stays.
    merged: Role
    kept: Role

    @property
    def label(self) -> str:
        """The question, for a form."""
        return gettext("Role in %(organization)s") % {"organization": self.name}

    @property
    def roles(self) -> tuple[Role, Role]:
        """The roles to choose from."""
        return self.kept, self.merged

    @property
    def stronger(self) -> Role | None:
        """The role that allows everything that the other one allows, or None."""
        if self.merged.is_within(self.kept):
            return self.kept
        return self.merged if self.kept.is_within(self.merged) else None


@dataclass(frozen=True)
class MemberRoleConflict(RoleConflict):
    """The memberships of one person in two organizations."""

    @property
    def label(self) -> str:
        """The question, for a form."""
        return gettext("Role of %(name)s") % {"name": self.name}


def check_roles(conflicts: Iterable[RoleConflict], roles: Mapping[int, Role], text: str) -> None:
    """Check that one of the two roles was chosen for each conflict.

    :param roles: the chosen roles, by the keys of the conflicts.
    :param text: the message, with ``name``.
    :raises Invalid: with the key ``roles``.
    """
    for conflict in conflicts:
        if roles.get(conflict.key) not in conflict.roles:
            raise Invalid({"roles": text % {"name": conflict.name}})


def give_role(member: Member, role: Role | None, *, by: Actor, at: Any) -> None:
    """Give a member the chosen role, if one was chosen."""
    if role is not None and role != member.role:
        change_role(member, by=by, role=role, at=at, notify=False)
