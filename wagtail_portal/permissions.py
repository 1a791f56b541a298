"""Who may see and do what: one policy for members, one for the team.

Actions ask :class:`Actor`; the Wagtail admin asks :class:`TicketPolicy`, which asks the same
functions. Staff powers and portal membership never mix: an actor is one or the other.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.contrib.auth.models import Group, Permission
from django.db.models import Q
from wagtail.permission_policies import ModelPermissionPolicy

from .exceptions import NotAllowed
from .models import GroupScope, Member, Notification, Role, Ticket


class Verb(StrEnum):
    """What can be done; the permission that a member of the team needs for it."""

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
    ADD_MEMBER = "wagtail_portal.add_member"
    CHANGE_MEMBER = "wagtail_portal.change_member"
    VIEW_EMAIL = "wagtail_portal.view_notification"
    RETRY_EMAIL = "wagtail_portal.retry_notification"
    DELETE_MEMBER = "wagtail_portal.delete_member"


#: What a customer can ever do to a ticket; everything else is the team's.
CUSTOMER_VERBS = {Verb.VIEW, Verb.OPEN, Verb.REPLY, Verb.CHANGE}


def tickets_for_team(user):
    """The tickets that ``user`` may see as one of the team. Every read of the team goes
    through here.

    With the right to view come all tickets, unless every group that gives it to ``user`` is
    limited to some: then those of all these groups.
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
    """Primary keys of what a user is limited to."""

    sites: list[int]
    forms: list[int]
    organizations: list[int]


def _scope_of(user) -> _Scope | None:
    """What ``user`` is limited to; None for nothing. Kept with the user, as Django keeps the
    permissions."""
    if not hasattr(user, "_wagtail_portal_scope"):
        user._wagtail_portal_scope = _find_scope(user)
    return user._wagtail_portal_scope


def _find_scope(user) -> _Scope | None:
    if user.is_superuser:
        return None
    app_label, _dot, codename = Verb.VIEW.partition(".")
    view = {"content_type__app_label": app_label, "codename": codename}
    giving = Group.objects.filter(user=user, permissions__in=Permission.objects.filter(**view))
    found = list(giving.values_list("pk", "ticket_scope"))
    limits = [scope for _group, scope in found]
    # Somebody can have the right in person, or from a backend that knows no groups.
    if not limits or None in limits or user.user_permissions.filter(**view).exists():
        return None
    of_scopes = {"groupscope__in": limits}
    through = GroupScope.sites.through, GroupScope.forms.through, GroupScope.organizations.through
    columns = []
    for model, field in zip(through, ("sites", "forms", "organizations"), strict=True):
        target = GroupScope._meta.get_field(field).m2m_reverse_field_name()
        columns.append(
            sorted(set(model.objects.filter(**of_scopes).values_list(target, flat=True)))
        )
    return _Scope(*columns)


def emails_for_team(user):
    """The mails of which ``user`` may know as one of the team: of tickets that they may see, and,
    for who may see all, those of no ticket."""
    if not (user.is_active and user.has_perm(Verb.VIEW_EMAIL)):
        return Notification.objects.none()
    of_tickets = Q(ticket__in=tickets_for_team(user))
    unlimited = user.has_perm(Verb.VIEW) and _scope_of(user) is None
    return Notification.objects.filter(of_tickets | Q(ticket=None) if unlimited else of_tickets)


def agents():
    """The users who may reply to tickets; they alone can be assigned one."""
    users = ModelPermissionPolicy(Ticket).users_with_permission("reply")
    return users.order_by(users.model.USERNAME_FIELD)


def agent_groups():
    """The groups that give the right to reply to tickets; they alone can be assigned one."""
    app_label, _dot, codename = Verb.REPLY.partition(".")
    return Group.objects.filter(
        permissions__content_type__app_label=app_label, permissions__codename=codename
    ).order_by("name")


@dataclass(frozen=True)
class Actor:
    """Who does something: a member, an agent, or the software itself. Make one with the
    ``for_...`` methods."""

    user: object = None
    member: Member | None = None
    is_system: bool = False

    @classmethod
    def for_member(cls, member: Member) -> "Actor":
        """A customer, in one of their organizations."""
        return cls(user=member.user, member=member)

    @classmethod
    def for_agent(cls, user) -> "Actor":
        """One of the team, with the rights of their groups."""
        return cls(user=user)

    @classmethod
    def system(cls) -> "Actor":
        """Imports, commands and automatic changes; may do everything."""
        return cls(is_system=True)

    @property
    def is_team(self) -> bool:
        """Whether this is the company's side."""
        return self.member is None

    def may(self, verb: Verb, ticket: Ticket | None = None) -> bool:
        """Whether the actor may do ``verb``, to ``ticket`` when one is given."""
        if self.is_system:
            return True
        if self.member is not None and self.member.is_visitor:
            # They proved an address: a form for anyone can be sent, and nothing be read.
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
        if verb not in CUSTOMER_VERBS or not role.gives_access:
            return False
        if verb != Verb.VIEW and not role.can_edit_tickets:
            return False
        return (
            ticket is None or Ticket.objects.visible_to(self.member).filter(pk=ticket.pk).exists()
        )

    def may_give(self, role: Role) -> bool:
        """Whether ``role`` allows nothing that the actor is not allowed: customers raise nobody
        above themselves."""
        return self.member is None or role.is_within(self.member.role)

    def may_manage(self, organization, member: Member | None = None) -> bool:
        """Whether the actor may change who is in ``organization``, and what ``member`` may do:
        the team by its permissions, customers in their own and for nobody above themselves."""
        if not self.may(Verb.CHANGE_MEMBER):
            return False
        if self.member is None:
            return True
        own = self.member.organization_id == organization.pk
        return own and (member is None or member.role.is_within(self.member.role))

    def require_management(self, organization, member: Member | None = None) -> None:
        """:raises NotAllowed: unless the actor :meth:`may_manage`."""
        if not self.may_manage(organization, member):
            raise NotAllowed(Verb.CHANGE_MEMBER)

    def require(self, verb: Verb, ticket: Ticket | None = None) -> None:
        """:raises NotAllowed: unless the actor :meth:`may` do ``verb``."""
        if not self.may(verb, ticket):
            raise NotAllowed(verb)


class TicketPolicy(ModelPermissionPolicy):
    """The team's rights on tickets, in the form in which the Wagtail admin asks for them.

    Its generic views do not ask per row by themselves; those of :mod:`wagtail_portal.desk` do.
    """

    def instances_user_has_any_permission_for(self, user, actions):
        """Tickets that ``user`` may see, if they hold one of ``actions`` at all."""
        if not self.user_has_any_permission(user, actions):
            return Ticket.objects.none()
        return tickets_for_team(user)

    def user_has_permission_for_instance(self, user, action, instance):
        """As the name says, for a ticket that the user may see."""
        return self.user_has_any_permission_for_instance(user, [action], instance)

    def user_has_any_permission_for_instance(self, user, actions, instance):
        """As the name says, for a ticket that the user may see."""
        return self.user_has_any_permission(user, actions) and (
            tickets_for_team(user).filter(pk=instance.pk).exists()
        )


class EmailPolicy(ModelPermissionPolicy):
    """The team's rights on mails: to look at them, and to send them again. Nobody, whatever their
    rights, writes, changes or deletes one by hand."""

    ACTIONS = {"view", "retry"}

    def user_has_any_permission(self, user, actions):
        """As the name says."""
        return super().user_has_any_permission(user, self.ACTIONS & set(actions))

    def user_has_permission(self, user, action):
        """As the name says."""
        return action in self.ACTIONS and super().user_has_permission(user, action)

    def instances_user_has_any_permission_for(self, user, actions):
        """Mails that ``user`` may know of, if they hold one of ``actions`` at all."""
        if not self.user_has_any_permission(user, actions):
            return Notification.objects.none()
        return emails_for_team(user)

    def user_has_any_permission_for_instance(self, user, actions, instance):
        """As the name says, for a mail of which the user may know."""
        return self.user_has_any_permission(user, actions) and (
            emails_for_team(user).filter(pk=instance.pk).exists()
        )

    def user_has_permission_for_instance(self, user, action, instance):
        """As the name says, for a mail of which the user may know."""
        return self.user_has_any_permission_for_instance(user, [action], instance)


class RolePolicy(ModelPermissionPolicy):
    """The team's rights on roles: nobody changes the built-in ones, which the code relies on."""

    def user_has_permission_for_instance(self, user, action, instance):
        """As the name says; of a built-in role there is only the right to view it."""
        if instance.locked and action != "view":
            return False
        return self.user_has_permission(user, action)


#: The policies that Wagtail is told of, by model; for other models Django's permissions decide.
POLICIES = {
    Ticket: TicketPolicy(Ticket),
    Role: RolePolicy(Role),
    Notification: EmailPolicy(Notification),
}
