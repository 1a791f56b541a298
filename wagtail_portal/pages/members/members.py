"""The members of an organization, as one of them may see them."""

from dataclasses import dataclass, field
from typing import Any, cast

from django.core.paginator import Paginator
from django.db.models import Count, Exists, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import QueryDict
from django.utils.functional import cached_property

from wagtail_portal.models import (
    Invitation,
    JoinRequest,
    Member,
    Role,
    Ticket,
    weakest_first,
)
from wagtail_portal.permissions import Actor, Verb, has_access
from wagtail_portal.utils.expressions import CountOf, Rows
from wagtail_portal.utils.users import contains_words, user_lookups

from .query import MOST_PAGES, MembersQuery

#: Members on one page.
PAGE_SIZE = 25
#: Members that are counted, and can be reached by turning pages.
MOST_MEMBERS = MOST_PAGES * PAGE_SIZE
#: Invitations and join requests that are shown at once.
WAITING_SHOWN = 50


@dataclass(frozen=True)
class MemberRow:
    """One line of the table."""

    member: Member
    tickets: int
    is_you: bool
    #: The roles that the current user can give this member.
    roles: list[Role] = field(default_factory=list)
    may_revoke: bool = False
    may_restore: bool = False
    #: Whether this is the current user, who can't give up the role: no one else is an admin.
    is_last_admin: bool = False

    @property
    def state(self) -> str:
        """``"active"``, ``"new"`` before the first sign-in, or ``"no_access"``."""
        return state_of(self.member)

    @property
    def may_change_role(self) -> bool:
        """Whether there's another role to choose."""
        return any(role.pk != self.member.role_id for role in self.roles)

    @property
    def may_select(self) -> bool:
        """Whether the member can be changed together with others."""
        return self.may_revoke


def state_of(member: Member) -> str:
    """Return one of :data:`.query.STATES`."""
    if not has_access(member):
        return "no_access"
    return "active" if member.activated_at else "new"


class MembersTable:
    """A page of the members that ``member`` may see, with open invitations and join requests."""

    def __init__(self, member: Member, params: QueryDict, roles: list[Role]):
        """
        :param roles: all roles.
        """
        self.member, self.actor, self.all_roles = member, Actor.for_member(member), roles
        self.query = MembersQuery(member, params, roles)
        self.can_manage = self.actor.may(Verb.CHANGE_MEMBER)
        self.page = self.query.page
        self.total = 0
        #: The roles that members of the organization have.
        self.used_roles: list[Role] = []
        self.rows = self._load()

    @property
    def is_first(self) -> bool:
        """Whether this is the page that shows invitations and join requests."""
        return self.page == 1

    @property
    def shows_waiting(self) -> bool:
        """Whether invitations and join requests are shown: they have neither role nor state."""
        return self.is_first and not (self.query.role or self.query.state)

    @property
    def has_more_than_counted(self) -> bool:
        """Whether there are more members than are counted."""
        return self.total > MOST_MEMBERS

    @property
    def counted(self) -> int:
        """The number of members, up to the limit."""
        return min(self.total, MOST_MEMBERS)

    @cached_property
    def pages(self) -> list[dict]:
        """The numbers of the pages around this one; each gap has no ``url``."""
        paginator = Paginator(range(self.counted), PAGE_SIZE)
        if paginator.num_pages < 2:
            return []
        numbers = paginator.get_elided_page_range(self.page, on_each_side=1, on_ends=1)
        return [
            {
                "number": number,
                "url": self.query.page_url(number) if isinstance(number, int) else None,
                "current": number == self.page,
            }
            for number in numbers
        ]

    @property
    def last_page(self) -> int:
        """The number of the last page."""
        return max(1, -(-self.counted // PAGE_SIZE))

    @property
    def can_select(self) -> bool:
        """Whether a member of this page can be changed together with others."""
        return any(row.may_select for row in self.rows)

    def invitations(self) -> list[Invitation]:
        """Return those that were neither accepted nor withdrawn, newest first."""
        found = Invitation.objects.visible_to(self.member).unanswered()
        found = found.filter(contains_words(self.query.search, ["email"]))
        members = Member.objects.filter(organization=self.member.organization_id)
        lookup = f"user__{self.member.user.get_email_field_name()}__iexact"
        found = found.annotate(is_member=Exists(members.filter(**{lookup: OuterRef("email")})))
        return list(found.select_related("role", "invited_by")[:WAITING_SHOWN])

    def may_resend(self, invitation: Invitation) -> bool:
        """Return whether the current user may send one of :meth:`invitations` again."""
        role = invitation.role
        return (
            role.gives_access and self.actor.may_give(role) and not cast(Any, invitation).is_member
        )

    def join_requests(self) -> list[JoinRequest]:
        """Return open join requests, for members who can approve them."""
        if not self.can_manage:
            return []
        found = JoinRequest.objects.visible_to(self.member).waiting()
        found = found.filter(contains_words(self.query.search, user_lookups("user__")))
        return list(found.select_related("user")[:WAITING_SHOWN])

    def roles_to_give(self) -> list[Role]:
        """Return the roles that the current user can give."""
        return roles_to_give(self.actor, self.all_roles)

    def _load(self) -> list[MemberRow]:
        found = self._page()
        if not found and self.page > 1:
            # A link to a page that is gone leads to the last one.
            self.total = self.query.members().order_by()[: MOST_MEMBERS + 1].count()
            self.page = self.last_page
            found = self._page()
        if not found:
            used = self.query.visible().filter(role=OuterRef("pk"))
            self.used_roles = list(Role.objects.filter(Exists(used)))
            return []
        self.total = cast(Any, found[0]).total
        self.used_roles = [
            role for role in self.all_roles if getattr(found[0], f"has_role_{role.pk}")
        ]
        roles = self.roles_to_give() if self.can_manage else []
        return [self._row(member, roles) for member in found]

    def _page(self) -> list[Member]:
        """Return the members of the page, and what the page needs to know about all of them. One
        query, which counts the tickets of these members only."""
        start = (self.page - 1) * PAGE_SIZE
        members = self.query.members()
        page = members.values("pk")[start : start + PAGE_SIZE]
        counted = members.order_by().values("pk")[: MOST_MEMBERS + 1]
        admins = Member.objects.admins().filter(organization=self.member.organization_id)
        used = {
            f"has_role_{role.pk}": Exists(self.query.visible().filter(role=role.pk))
            for role in self.all_roles
        }
        return list(
            Member.objects.filter(pk__in=Rows(page))
            .select_related("user", "role", "former_role")
            .annotate(
                tickets_opened=Coalesce(Subquery(tickets_of(self.member)), 0),
                total=CountOf(counted),
                has_other_admin=Exists(admins.exclude(pk=self.member.pk)),
                **used,
            )
            .order_by(*self.query.order())
        )

    def _row(self, member, roles) -> MemberRow:
        within = self.can_manage and member.role.is_within(self.member.role)
        has_access = member.role.gives_access
        is_you = member.pk == self.member.pk
        is_last_admin = is_you and member.role.is_admin and not member.has_other_admin
        if is_last_admin:
            roles = [role for role in roles if role.is_admin]
        return MemberRow(
            member=member,
            tickets=member.tickets_opened,
            is_you=is_you,
            roles=roles if within and has_access else [],
            # Members can't lock themselves out.
            may_revoke=within and has_access and not is_you,
            may_restore=within and not has_access and member.user.is_active,
            is_last_admin=is_last_admin and self.can_manage,
        )


def tickets_of(member: Member):
    """Return a query for the number of tickets that a member, the outer row, has opened. It counts
    what the ticket list shows to ``member``, so that no one learns of tickets they can't read."""
    found = Ticket.objects.visible_to(member).filter(requester=OuterRef("pk")).order_by()
    return found.values("requester").annotate(number=Count("pk")).values("number")


def roles_to_give(actor: Actor, roles=None) -> list[Role]:
    """Return the roles, of ``roles`` or of all, that give access and that ``actor`` can give."""
    roles = Role.objects.all() if roles is None else roles
    return [role for role in roles if role.gives_access and actor.may_give(role)]


def weakest(roles: list[Role]) -> Role:
    """Return the one of ``roles`` that allows least."""
    return weakest_first(roles)[0]
