"""Who may do what."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import QuerySet

from wagtail_portal.exceptions import NotAllowed
from wagtail_portal.models import (
    Invitation,
    Member,
    Organization,
    PortalSettings,
    Reader,
    Role,
    SavedFilter,
    Ticket,
    TicketScope,
)
from wagtail_portal.utils import held_tickets
from wagtail_portal.utils.prepared import prepared
from wagtail_portal.utils.typing import User
from wagtail_portal.verbs import (
    CUSTOMER_ACTIONS_WHEN_LOCKED,
    CUSTOMER_VERBS,
    TEAM_ACTIONS_WHEN_MERGED,
    Verb,
)

from .scope import scope_of, sees_all_tickets, tickets_for_team


def has_access(member: Member) -> bool:
    """Return whether a member has access to the portal."""
    return member.role.gives_access and member.user.is_active


def sees_organization(member: Member) -> bool:
    """Return whether a member may read all tickets of the organization that aren't private."""
    return member.role.tickets == TicketScope.ORGANIZATION and member.user.is_active


def sees_ticket(member: Member, ticket: Ticket) -> bool:
    """Return whether ``visible_to`` finds the ticket. For its requester, that needs no query."""
    is_own = (ticket.requester_id, ticket.organization_id) == (member.pk, member.organization_id)
    is_here = member.site_of_tickets in (None, ticket.site_id)
    if is_own and is_here and member.role.gives_access:
        return True
    return bool(_visible(member.reader, ticket.pk))


@prepared
def _visible(reader: Reader, pk: int) -> Any:
    return Ticket.objects.visible_to(reader).filter(pk=pk).order_by().values_list("pk")


@dataclass(frozen=True)
class Actor:
    """The one who acts: a member, an agent, or the software itself. Create one with
    :meth:`for_member`, :meth:`for_agent` or :meth:`system`."""

    user: User = None
    member: Member | None = None
    is_system: bool = False

    @classmethod
    def for_member(cls, member: Member) -> "Actor":
        """Return a customer, acting for one of their organizations."""
        return cls(user=member.user, member=member)

    @classmethod
    def for_agent(cls, user: User) -> "Actor":
        """Return an agent, with the permissions of their groups."""
        return cls(user=user)

    @classmethod
    def system(cls) -> "Actor":
        """Return the actor of imports, commands and automatic changes, who may do everything."""
        return cls(is_system=True)

    @property
    def is_team(self) -> bool:
        """Whether the actor is on the company's side."""
        return self.member is None

    def may(self, verb: Verb, ticket: Ticket | None = None) -> bool:
        """Return whether the actor may do ``verb``, to ``ticket`` if one is given."""
        if self.is_system:
            return True
        if self.member is not None and self.member.is_visitor:
            return self._visitor_may(self.member, verb, ticket)
        if self.user is None or not self.user.is_active:
            return False
        if self.member is not None:
            return _customer_may(self.member, verb, ticket)
        if not self.user.has_perm(verb):
            return False
        if ticket is None or sees_all_tickets(self.user):
            return True

        def load(tickets: list[Ticket]) -> set[int]:
            found = tickets_for_team(self.user).filter(pk__in=[row.pk for row in tickets])
            return set(found.order_by().values_list("pk", flat=True))

        return ticket.pk in held_tickets.shared(("seen by", self.user.pk), ticket, load)

    def _visitor_may(self, member: Member, verb: Verb, ticket: Ticket | None) -> bool:
        """Visitors who verified an address can send a form and reply by email, and read nothing,
        except for tickets that were shared with them: they read these and reply to them."""
        if ticket is None:
            return verb == Verb.OPEN
        if self.is_requester_of(ticket):
            return verb == Verb.REPLY
        if verb not in (Verb.VIEW, Verb.REPLY) or member.role.gives_access:
            return False
        shared = Ticket.objects.visible_to(member).filter(pk=ticket.pk)
        return self.user.is_active and shared.exists()

    def is_requester_of(self, ticket: Ticket) -> bool:
        """Return whether the actor is the member who requested ``ticket``."""
        return self.member is not None and self.member.pk == ticket.requester_id

    def may_share(self, ticket: Ticket) -> bool:
        """Return whether the actor decides who outside of the organization takes part in
        ``ticket``: its requester, or a member who sees it and manages the organization."""
        is_own = self.is_requester_of(ticket)
        if self.member is None or not (is_own or self.may_manage(ticket.organization)):
            return False
        return not self.member.is_visitor and self.may(Verb.REPLY, ticket)

    def owns(self, saved: SavedFilter) -> bool:
        """Return whether the actor saved this filter."""
        if self.member is not None:
            return self.member.pk == saved.member_id
        return self.user is not None and self.user.pk == saved.user_id

    def may_moderate(self, saved: SavedFilter) -> bool:
        """Return whether the actor decides with whom ``saved`` is shared: agents who may delete
        tickets for those of the team, members who manage members for those of their
        organization."""
        if not self.may(Verb.VIEW):
            return False
        if self.member is not None:
            return saved.member is not None and self.may_manage(saved.member.organization)
        return bool(self.user and saved.user_id) and self.may(Verb.DELETE)

    def may_give(self, role: Role) -> bool:
        """Return whether the actor may give ``role`` to members: customers can't give a role that
        allows more than their own."""
        return self.member is None or role.is_within(self.member.role)

    def may_manage(self, organization: Organization, member: Member | None = None) -> bool:
        """Return whether the actor may change who is in ``organization``, and the role of
        ``member``: agents by their permissions and limits, customers in their own organization and
        for members whose role allows no more than theirs."""
        if not (self.may(Verb.CHANGE_MEMBER) and self.acts_for(organization)):
            return False
        return self.member is None or member is None or member.role.is_within(self.member.role)

    def may_view_as(self, member: Member | None = None) -> bool:
        """Return whether the actor is an agent who may view the portal as ``member``, or as any."""
        if self.user is None or not (self.may(Verb.VIEW_AS_MEMBER) and self.may(Verb.VIEW)):
            return False
        return member is None or members_to_view_as(self.user).filter(pk=member.pk).exists()

    def may_add(self, organization: Organization, role: Role) -> bool:
        """Return whether the actor may add a member with ``role`` to ``organization``."""
        return self.may(Verb.ADD_MEMBER) and self.acts_for(organization) and self.may_give(role)

    def may_invite(self, organization: Organization, role: Role, settings: PortalSettings) -> bool:
        """Return whether the actor may invite people to ``organization``, with ``role``.

        :param settings: those of the portal, where customers may invite or not.
        """
        return self.may_add(organization, role) and (self.is_team or settings.customers_invite)

    def may_everywhere(self, verb: Verb) -> bool:
        """Return whether the actor is an agent who may do ``verb``, and whose groups aren't limited
        to some customers."""
        return self.is_team and self.may(verb) and (self.is_system or scope_of(self.user) is None)

    def acts_for(self, organization: Organization) -> bool:
        """Return whether ``organization`` is within reach: for customers, their own; for agents
        whose groups are limited, those that the groups are limited to."""
        if self.member is not None:
            return self.member.organization_id == organization.pk
        scope = None if self.is_system else scope_of(self.user)
        return scope is None or organization.pk in scope.organizations

    def require_management(self, organization: Organization, member: Member | None = None) -> None:
        """Raise ``NotAllowed`` unless the actor :meth:`may_manage`."""
        if not self.may_manage(organization, member):
            raise NotAllowed(Verb.CHANGE_MEMBER)

    def require(self, verb: Verb, ticket: Ticket | None = None) -> None:
        """Raise ``NotAllowed`` unless the actor :meth:`may` do ``verb``."""
        if not self.may(verb, ticket):
            raise NotAllowed(verb)

    def require_any(self, *verbs: Verb) -> None:
        """Raise ``NotAllowed`` unless the actor :meth:`may` do one of ``verbs``."""
        if not any(self.may(verb) for verb in verbs):
            raise NotAllowed(verbs[-1])

    def require_user(self, verb: Verb) -> None:
        """Raise ``NotAllowed`` unless the actor is a user who may do ``verb``."""
        self.require(verb)
        if self.user is None:
            raise NotAllowed(verb)

    def require_member(self, verb: Verb, ticket: Ticket | None = None) -> Member:
        """Return the actor's membership. Raise ``NotAllowed`` without one that may do ``verb``."""
        self.require(verb, ticket)
        if self.member is None:
            raise NotAllowed(verb)
        return self.member

    def require_adding(self, organization: Organization, role: Role) -> None:
        """Raise ``NotAllowed`` unless the actor :meth:`may_add` members."""
        if not self.may_add(organization, role):
            raise NotAllowed(Verb.ADD_MEMBER)

    def require_team(self, verb: Verb, *tickets: Ticket) -> None:
        """Raise ``NotAllowed`` unless the actor is on the team and may do ``verb`` to them."""
        for ticket in tickets or (None,):
            self.require(verb, ticket)
        if not self.is_team:
            raise NotAllowed(verb)

    def is_locked_out(self, action: str, ticket: Ticket, at: Any = None) -> bool:
        """Return whether a lock on ``ticket`` keeps the actor from an action.

        A ticket that was merged into another one is locked for everyone, one that was closed too
        long ago only for customers. A few actions stay open: see
        :data:`TEAM_ACTIONS_WHEN_MERGED` and :data:`CUSTOMER_ACTIONS_WHEN_LOCKED`.

        :param action: the name of the action.
        :param at: the time of the action, if not now.
        """
        is_merged = ticket.merged_into_id is not None
        if self.is_system or not (is_merged or ticket.status.is_closed):
            return False
        if self.is_team:
            return is_merged and action not in TEAM_ACTIONS_WHEN_MERGED
        if action in CUSTOMER_ACTIONS_WHEN_LOCKED:
            return False
        return PortalSettings.for_site(ticket.site).locks(ticket, at)


def inviter_may_invite(invitation: Invitation) -> bool:
    """Return whether the sender of ``invitation`` could still send it, as an agent or as a member
    of the organization. What the software itself sent stays valid."""
    if invitation.invited_by_id is None:
        return True
    # Not the one that may be loaded already, with the permissions of that moment.
    user = get_user_model()._default_manager.get(pk=invitation.invited_by_id)
    settings = PortalSettings.cached(invitation.site)
    organization, role = invitation.organization, invitation.role
    members = Member.objects.with_access().filter(user=user, organization=organization)
    actors = [Actor.for_agent(user), *map(Actor.for_member, members.select_related("role", "user"))]
    return any(actor.may_invite(organization, role, settings) for actor in actors)


def _customer_may(member: Member, verb: Verb, ticket: Ticket | None) -> bool:
    role = member.role
    if verb in (Verb.ADD_MEMBER, Verb.CHANGE_MEMBER):
        return role.manages_members
    if verb == Verb.VIEW_MEMBER:
        return role.sees_members
    may_write = verb == Verb.VIEW or role.can_edit_tickets
    if verb not in CUSTOMER_VERBS or not (role.gives_access and may_write):
        return False
    return ticket is None or sees_ticket(member, ticket)


def members_to_view_as(user: User) -> "QuerySet[Member]":
    """Return the members as whom an agent may view the portal, to see what these members see: if
    the agent's groups are limited, only those of organizations that the groups are limited to."""
    if not Actor.for_agent(user).may_view_as():
        return Member.objects.none()
    found = Member.objects.with_access().filter(user__is_active=True)
    found = found.select_related("organization", "role", "user")
    scope = scope_of(user)
    return found if scope is None else found.filter(organization__in=scope.organizations)
