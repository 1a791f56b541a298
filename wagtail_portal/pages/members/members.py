"""The members of an organization, as one of them may see them."""

from dataclasses import dataclass

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import QueryDict

from wagtail_portal.models import Invitation, JoinRequest, Member, Role, Ticket
from wagtail_portal.permissions import Actor, Verb, has_access
from wagtail_portal.utils.query_params import page_number
from wagtail_portal.utils.text import clean_line
from wagtail_portal.utils.users import contains_words, user_lookups

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
    #: The roles that the current user can give this member.
    roles: list[Role]
    may_revoke: bool
    may_restore: bool

    @property
    def state(self) -> str:
        """``"active"``, ``"new"`` before the first sign-in, or ``"no_access"``."""
        if not has_access(self.member):
            return "no_access"
        return "active" if self.member.activated_at else "new"


class MembersTable:
    """The members that ``member`` may see, by name, with open invitations and join requests."""

    def __init__(self, member: Member, params: QueryDict, roles: list[Role]):
        """
        :param roles: all roles.
        """
        self.member, self.actor = member, Actor.for_member(member)
        self.all_roles = roles
        self.can_manage = self.actor.may(Verb.CHANGE_MEMBER)
        self.query = clean_line(params.get("q", ""))[:100]
        self.page = min(page_number(params), MOST_PAGES)
        self.has_more = False
        self.rows = self._load()

    @property
    def is_first(self) -> bool:
        """Whether this is the page that shows invitations and join requests."""
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
        """Return those that were neither accepted nor withdrawn, newest first."""
        found = Invitation.objects.visible_to(self.member).unanswered()
        found = found.filter(contains_words(self.query, ["email"]))
        return list(found.select_related("role", "invited_by")[:WAITING_SHOWN])

    def join_requests(self) -> list[JoinRequest]:
        """Return open join requests, for members who can approve them."""
        if not self.can_manage:
            return []
        found = JoinRequest.objects.visible_to(self.member).waiting()
        found = found.filter(contains_words(self.query, user_lookups("user__")))
        return list(found.select_related("user")[:WAITING_SHOWN])

    def roles_to_give(self) -> list[Role]:
        """Return the roles that the current user can give."""
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
        lookups, start = user_lookups("user__"), (self.page - 1) * PAGE_SIZE
        found = list(
            Member.objects.visible_to(self.member)
            .filter(contains_words(self.query, lookups))
            .select_related("user", "role", "former_role")
            .annotate(tickets_opened=Coalesce(Subquery(tickets), 0))
            .order_by(*lookups, "pk")[start : start + PAGE_SIZE + 1]
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
            # Members can't lock themselves out.
            may_revoke=within and has_access and not is_you,
            may_restore=within and not has_access and member.user.is_active,
        )


def roles_to_give(actor: Actor, roles=None) -> list[Role]:
    """Return the roles, of ``roles`` or of all, that give access and that ``actor`` can give."""
    roles = Role.objects.all() if roles is None else roles
    return [role for role in roles if role.gives_access and actor.may_give(role)]
