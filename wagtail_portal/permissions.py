"""Who may see and do what: one policy for members, one for the team.

Actions and pages ask :class:`Actor`; the Wagtail admin asks the policies in
:mod:`wagtail_portal.desk.policies`, which call the same functions. Staff privileges and portal
membership never mix: an actor is one or the other.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.db.models import Exists, OuterRef, Q
from wagtail.permission_policies import ModelPermissionPolicy

from .exceptions import NotAllowed
from .models import (
    GroupScope,
    Invitation,
    Member,
    Notification,
    Organization,
    PortalSettings,
    Role,
    SavedFilter,
    Ticket,
    TicketScope,
)


class Verb(StrEnum):
    """What can be done, as the name of the permission that an agent needs for it."""

    VIEW = "wagtail_portal.view_ticket"
    OPEN = "wagtail_portal.add_ticket"
    CHANGE = "wagtail_portal.change_ticket"
    DELETE = "wagtail_portal.delete_ticket"
    REPLY = "wagtail_portal.reply_ticket"
    NOTE = "wagtail_portal.note_ticket"
    ASSIGN = "wagtail_portal.assign_ticket"
    MERGE = "wagtail_portal.merge_ticket"
    EXPORT = "wagtail_portal.export_ticket"
    REPORT = "wagtail_portal.report_ticket"
    VIEW_AS_MEMBER = "wagtail_portal.view_as_member"
    ADD_GROUP = "auth.add_group"
    LIMIT_GROUP = "auth.change_group"
    ADD_ORGANIZATION = "wagtail_portal.add_organization"
    CHANGE_ORGANIZATION = "wagtail_portal.change_organization"
    VIEW_MEMBER = "wagtail_portal.view_member"
    ADD_MEMBER = "wagtail_portal.add_member"
    CHANGE_MEMBER = "wagtail_portal.change_member"
    VIEW_EMAIL = "wagtail_portal.view_notification"
    RETRY_EMAIL = "wagtail_portal.retry_notification"
    DELETE_MEMBER = "wagtail_portal.delete_member"
    VIEW_SYSTEM_STATUS = "wagtail_portal.view_system_status"


#: What a customer's role can allow them to do to tickets. Everything else is left to the team.
CUSTOMER_VERBS = {Verb.VIEW, Verb.OPEN, Verb.REPLY, Verb.CHANGE}

#: The actions that stay open to agents after a ticket was merged into another one. It's closed
#: already, so closing it does nothing.
TEAM_ACTIONS_WHEN_MERGED = {
    "add_note",
    "assign",
    "close_ticket",
    "delete_ticket",
    "link_tickets",
    "unlink_tickets",
}

#: The actions that stay open to customers after a ticket was locked: none of them adds to the
#: conversation or reopens the ticket.
CUSTOMER_ACTIONS_WHEN_LOCKED = {
    "close_ticket",
    "follow",
    "mute",
    "rate_ticket",
    "set_privacy",
    "unfollow",
    "unmute",
}

#: The permissions on a model that include looking at its rows.
LOOKING = ("view", "change", "delete")


def tickets_for_team(user):
    """Return the tickets that ``user`` may see as an agent: all, or those that their groups are
    limited to, if every group that gives them the permission to view tickets is limited.

    Every read of the team goes through here.
    """
    if not (user.is_active and user.has_perm(Verb.VIEW)):
        return Ticket.objects.none()
    scope = _scope_of(user)
    if scope is None:
        return Ticket.objects.all()
    return Ticket.objects.filter(
        Q(site__in=scope.sites) | Q(form__in=scope.forms) | Q(organization__in=scope.organizations)
    )


@dataclass(frozen=True)
class _Scope:
    """The primary keys of what a user is limited to."""

    sites: list[int]
    forms: list[int]
    organizations: list[int]


def _permissions(verb: Verb):
    app_label, _dot, codename = verb.partition(".")
    return Permission.objects.filter(content_type__app_label=app_label, codename=codename)


def _scope_of(user) -> _Scope | None:
    """Return what ``user`` is limited to, or None. Cached on the user, as Django does with
    permissions."""
    if not hasattr(user, "_wagtail_portal_scope"):
        user._wagtail_portal_scope = _find_scope(user)
    return user._wagtail_portal_scope


def _find_scope(user) -> _Scope | None:
    if user.is_superuser:
        return None
    view = _permissions(Verb.VIEW)
    groups = Group.objects.filter(user=user, permissions__in=view)
    limits = list(groups.values_list("ticket_scope", flat=True))
    # The user may have the permission directly, or from a backend without groups.
    if not limits or None in limits or user.user_permissions.filter(pk__in=view).exists():
        return None

    def limited_to(name: str) -> list[int]:
        field = GroupScope._meta.get_field(name)
        rows = field.remote_field.through.objects.filter(groupscope__in=limits)
        return sorted(set(rows.values_list(field.m2m_reverse_field_name(), flat=True)))

    return _Scope(limited_to("sites"), limited_to("forms"), limited_to("organizations"))


def emails_for_team(user):
    """Return the emails that ``user`` may see as an agent: those about tickets they may see, and,
    if they may see all tickets, those about no ticket."""
    if not (user.is_active and user.has_perm(Verb.VIEW_EMAIL)):
        return Notification.objects.none()
    of_tickets = Q(ticket__in=tickets_for_team(user))
    unlimited = user.has_perm(Verb.VIEW) and _scope_of(user) is None
    return Notification.objects.filter(of_tickets | Q(ticket=None) if unlimited else of_tickets)


def organizations_for_team(user):
    """Return the organizations that an agent may know of: those of tickets that they may see, and
    with a permission on organizations all, or those that their groups are limited to."""
    found = Organization.objects.all()
    scope = _scope_of(user)
    allowed = ModelPermissionPolicy(Organization).user_has_any_permission(user, LOOKING)
    if allowed and scope is None:
        return found
    of_tickets = Exists(tickets_for_team(user).filter(organization=OuterRef("pk")))
    in_scope = Q(pk__in=scope.organizations) if allowed else Q(pk__in=())
    return found.filter(in_scope | Q(of_tickets))


def members_for_team(user):
    """Return the members whom an agent may know of: the requesters of tickets that they may see,
    and with a permission on members all, or those of organizations that their groups are limited
    to."""
    found = Member.objects.select_related("user", "organization")
    scope = _scope_of(user)
    allowed = ModelPermissionPolicy(Member).user_has_any_permission(user, LOOKING)
    if allowed and scope is None:
        return found
    requesters = Exists(tickets_for_team(user).filter(requester=OuterRef("pk")))
    in_scope = Q(organization__in=scope.organizations) if allowed else Q(pk__in=())
    return found.filter(in_scope | Q(requesters))


def members_to_view_as(user):
    """Return the members as whom an agent may view the portal, to see what these members see: if
    the agent's groups are limited, only those of organizations that the groups are limited to."""
    if not Actor.for_agent(user).may_view_as():
        return Member.objects.none()
    found = Member.objects.with_access().filter(user__is_active=True)
    found = found.select_related("organization", "role", "user")
    scope = _scope_of(user)
    return found if scope is None else found.filter(organization__in=scope.organizations)


def agents():
    """Return the users who may reply to tickets, to whom tickets can be assigned."""
    users = ModelPermissionPolicy(Ticket).users_with_permission("reply")
    return users.order_by(users.model.USERNAME_FIELD)


def agent_groups():
    """Return the groups that may reply to tickets, to which tickets can be assigned."""
    return Group.objects.filter(permissions__in=_permissions(Verb.REPLY)).order_by("name")


def has_access(member: Member) -> bool:
    """Return whether a member has access to the portal."""
    return member.role.gives_access and member.user.is_active


def sees_organization(member: Member) -> bool:
    """Return whether a member may read all tickets of the organization that aren't private."""
    return member.role.tickets == TicketScope.ORGANIZATION and member.user.is_active


@dataclass(frozen=True)
class Actor:
    """The one who acts: a member, an agent, or the software itself. Create one with
    :meth:`for_member`, :meth:`for_agent` or :meth:`system`."""

    user: object = None
    member: Member | None = None
    is_system: bool = False

    @classmethod
    def for_member(cls, member: Member) -> "Actor":
        """Return a customer, acting for one of their organizations."""
        return cls(user=member.user, member=member)

    @classmethod
    def for_agent(cls, user) -> "Actor":
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
            # Visitors who verified an address can send a form, and read nothing.
            return verb == Verb.OPEN and ticket is None
        if self.user is None or not self.user.is_active:
            return False
        if self.member is not None:
            return self._customer_may(verb, ticket)
        if not self.user.has_perm(verb):
            return False
        return ticket is None or tickets_for_team(self.user).filter(pk=ticket.pk).exists()

    def _customer_may(self, verb, ticket) -> bool:
        role = self.member.role
        if verb in (Verb.ADD_MEMBER, Verb.CHANGE_MEMBER):
            return role.manages_members
        if verb == Verb.VIEW_MEMBER:
            return role.sees_members
        if verb not in CUSTOMER_VERBS or not role.gives_access:
            return False
        if verb != Verb.VIEW and not role.can_edit_tickets:
            return False
        return (
            ticket is None or Ticket.objects.visible_to(self.member).filter(pk=ticket.pk).exists()
        )

    def is_requester_of(self, ticket: Ticket) -> bool:
        """Return whether the actor is the member who requested ``ticket``."""
        return self.member is not None and self.member.pk == ticket.requester_id

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

    def may_manage(self, organization, member: Member | None = None) -> bool:
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

    def may_add(self, organization, role: Role) -> bool:
        """Return whether the actor may add a member with ``role`` to ``organization``."""
        return self.may(Verb.ADD_MEMBER) and self.acts_for(organization) and self.may_give(role)

    def may_invite(self, organization, role: Role, settings: PortalSettings) -> bool:
        """Return whether the actor may invite people to ``organization``, with ``role``.

        :param settings: those of the portal, where customers may invite or not.
        """
        return self.may_add(organization, role) and (self.is_team or settings.customers_invite)

    def acts_for(self, organization) -> bool:
        """Return whether ``organization`` is within reach: for customers, their own; for agents
        whose groups are limited, those that the groups are limited to."""
        if self.member is not None:
            return self.member.organization_id == organization.pk
        scope = None if self.is_system else _scope_of(self.user)
        return scope is None or organization.pk in scope.organizations

    def require_management(self, organization, member: Member | None = None) -> None:
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

    def require_member(self, verb: Verb, ticket: Ticket | None = None) -> None:
        """Raise ``NotAllowed`` unless the actor is a member who may do ``verb``."""
        self.require(verb, ticket)
        if self.member is None:
            raise NotAllowed(verb)

    def require_adding(self, organization, role: Role) -> None:
        """Raise ``NotAllowed`` unless the actor :meth:`may_add` members."""
        if not self.may_add(organization, role):
            raise NotAllowed(Verb.ADD_MEMBER)

    def require_team(self, verb: Verb, *tickets: Ticket) -> None:
        """Raise ``NotAllowed`` unless the actor is on the team and may do ``verb`` to them."""
        for ticket in tickets or (None,):
            self.require(verb, ticket)
        if not self.is_team:
            raise NotAllowed(verb)

    def is_locked_out(self, action: str, ticket: Ticket, at=None) -> bool:
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
    """Return whether whoever sent ``invitation`` could still send it, as an agent or as a member of
    the organization. What the software itself sent stays valid."""
    if invitation.invited_by_id is None:
        return True
    # Not the one that may be loaded already, with the permissions of that moment.
    user = get_user_model()._default_manager.get(pk=invitation.invited_by_id)
    settings = PortalSettings.cached(invitation.site)
    members = Member.objects.with_access().filter(user=user, organization=invitation.organization)
    actors = [Actor.for_agent(user), *map(Actor.for_member, members.select_related("role", "user"))]
    return any(
        actor.may_invite(invitation.organization, invitation.role, settings) for actor in actors
    )
