"""The people of an organization, as one of them may see them."""

from dataclasses import dataclass
from functools import reduce

from django.contrib.auth import get_user_model
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.http import QueryDict
from django.utils.translation import gettext

from wagtail_portal.models import (
    Invitation,
    JoinRequest,
    Member,
    Role,
    Ticket,
    user_name_fields,
)
from wagtail_portal.permissions import Actor, Verb, has_access

#: Members on one page.
PAGE_SIZE = 25
#: The last page that can be asked for: the database reads all rows before it.
MOST_PAGES = 400
#: Invitations and join requests that are shown at once.
WAITING_SHOWN = 50


@dataclass(frozen=True)
class MemberRow:
    """One line of the table."""

    member: Member
    tickets: int
    is_you: bool
    #: The roles that the current user can give; empty if they can change nothing.
    roles: list[Role]
    may_revoke: bool
    may_restore: bool

    @property
    def state(self) -> str:
        """``"active"``, ``"new"`` for who never came, or ``"no_access"``."""
        if not has_access(self.member):
            return "no_access"
        return "active" if self.member.activated_at else "new"


class MembersTable:
    """The members that ``member`` may know of, by name; what waits for an answer above them."""

    def __init__(self, member: Member, params: QueryDict, roles: list[Role]):
        """
        :param roles: all there are.
        """
        self.member, self.actor = member, Actor.for_member(member)
        self.all_roles = roles
        self.can_manage = self.actor.may(Verb.CHANGE_MEMBER)
        self.query = " ".join(params.get("q", "").replace("\x00", "").split())[:100]
        page = params.get("page", "")
        self.page = int(page) if page.isdecimal() and len(page) < 5 else 1
        self.page = min(max(self.page, 1), MOST_PAGES)
        self.has_more = False
        self.rows = self._load()

    @property
    def is_first(self) -> bool:
        """Whether this is the page on which those who wait are shown."""
        return self.page == 1

    def query_string(self, page: int) -> str:
        """Return the query string of another page of the same search."""
        params = QueryDict(mutable=True)
        if self.query:
            params["q"] = self.query
        if page > 1:
            params["page"] = page
        return f"?{params.urlencode()}" if params else ""

    def invitations(self) -> list[Invitation]:
        """Return those that were neither accepted nor withdrawn, the newest first."""
        found = Invitation.objects.visible_to(self.member).unanswered()
        for word in self.query.split():
            found = found.filter(email__icontains=word)
        return list(found.select_related("role", "invited_by")[:WAITING_SHOWN])

    def join_requests(self) -> list[JoinRequest]:
        """Join requests, for members who may decide them."""
        if not self.can_manage:
            return []
        found = JoinRequest.objects.visible_to(self.member).waiting()
        found = found.filter(_matches(self.query, "user__"))
        return list(found.select_related("user")[:WAITING_SHOWN])

    def roles_to_give(self) -> list[Role]:
        """Return those that who looks on can give to others."""
        return roles_to_give(self.actor, self.all_roles)

    def _load(self) -> list[MemberRow]:
        tickets = (
            # Counted like the ticket list, so that nobody learns of tickets they can't read.
            Ticket.objects.visible_to(self.member)
            .filter(requester=OuterRef("pk"))
            .order_by()
            .values("requester")
            .annotate(number=Count("pk"))
            .values("number")
        )
        start = (self.page - 1) * PAGE_SIZE
        found = list(
            Member.objects.visible_to(self.member)
            .filter(_matches(self.query, "user__"))
            .select_related("user", "role", "former_role")
            .annotate(tickets_opened=Coalesce(Subquery(tickets), 0))
            .order_by(*_order(), "pk")[start : start + PAGE_SIZE + 1]
        )
        self.has_more = len(found) > PAGE_SIZE
        roles = self.roles_to_give() if self.can_manage else []
        return [self._row(member, roles) for member in found[:PAGE_SIZE]]

    def _row(self, member, roles) -> MemberRow:
        within = self.can_manage and member.role.is_within(self.member.role)
        has_access = member.role.gives_access
        is_you = member.pk == self.member.pk
        return MemberRow(
            member=member,
            tickets=member.tickets_opened,
            is_you=is_you,
            roles=roles if within and has_access else [],
            # Nobody locks themselves out on purpose.
            may_revoke=within and has_access and not is_you,
            may_restore=within and not has_access and member.user.is_active,
        )


def roles_to_give(actor: Actor, roles=None) -> list[Role]:
    """Return those of ``roles``, or of all, that open something and that ``actor`` can give to
    others."""
    roles = Role.objects.all() if roles is None else roles
    return [role for role in roles if role.gives_access and actor.may_give(role)]


def name_fields(prefix: str) -> list[str]:
    """Return the lookups of a user's name and email address, from a model that leads to one."""
    names = [*user_name_fields(), get_user_model().get_email_field_name()]
    return [f"{prefix}{name}" for name in names]


def _order() -> list[str]:
    return name_fields("user__")


def _matches(query: str, prefix: str) -> Q:
    """Each word occurs in a name or in the address."""
    fields = name_fields(prefix)
    words = [
        reduce(Q.__or__, (Q(**{f"{field}__icontains": word}) for field in fields))
        for word in query.split()
    ]
    return reduce(Q.__and__, words, Q())


def state_words(state: str) -> str:
    """Return the label of a member's state."""
    return {
        "active": gettext("Active"),
        "new": gettext("Not signed in yet"),
        "no_access": gettext("No access"),
    }[state]
