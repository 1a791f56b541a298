"""Which tickets the team sees, and who is on it."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db.models import Exists, OuterRef, Q, QuerySet
from wagtail.permission_policies import ModelPermissionPolicy

from wagtail_portal.models import GroupScope, Ticket, TicketQuerySet
from wagtail_portal.portal_urls import in_all_languages
from wagtail_portal.utils.prepared import prepared
from wagtail_portal.utils.typing import User
from wagtail_portal.verbs import Verb


def tickets_for_team(user: User) -> "TicketQuerySet":
    """Return the tickets that ``user`` may see as an agent: all, or those that their groups are
    limited to, if every group that gives them the permission to view tickets is limited.

    Every read of the team goes through here.
    """
    if not (user.is_active and user.has_perm(Verb.VIEW)):
        return Ticket.objects.none()
    scope = scope_of(user)
    if scope is None:
        return Ticket.objects.all()
    return Ticket.objects.filter(
        Q(site__in=scope.sites) | Q(form__in=scope.forms) | Q(organization__in=scope.organizations)
    )


def sees_all_tickets(user: User) -> bool:
    """Return whether :func:`tickets_for_team` leaves nothing out, so that no ticket needs to be
    looked up in it."""
    return user.is_active and user.has_perm(Verb.VIEW) and scope_of(user) is None


def with_access_to_all(users: QuerySet) -> QuerySet:
    """Return the queryset ``users`` with ``sees_all_tickets``, which is true for those who may view
    tickets as members of a group that isn't limited. The others may have the permission, too."""
    groups = Group.objects.filter(
        user=OuterRef("pk"), permissions__in=_permissions(Verb.VIEW), ticket_scope=None
    )
    return users.annotate(sees_all_tickets=Exists(groups))


@dataclass(frozen=True)
class Scope:
    """The primary keys of what a user is limited to."""

    sites: list[int]
    forms: list[int]
    organizations: list[int]


def _permissions(verb: Verb) -> "QuerySet[Permission]":
    app_label, _dot, codename = verb.partition(".")
    return Permission.objects.filter(content_type__app_label=app_label, codename=codename)


def scope_of(user: User) -> Scope | None:
    """Return what ``user`` is limited to, or None; cached as Django caches permissions."""
    if not hasattr(user, "_wagtail_portal_scope"):
        user._wagtail_portal_scope = _find_scope(user)
    return user._wagtail_portal_scope


def _find_scope(user: User) -> Scope | None:
    if user.is_superuser:
        return None
    view = _permissions(Verb.VIEW)
    limits = _limits(user.pk, Verb.VIEW)
    # The user may have the permission directly, or from a backend without groups.
    if not limits or None in limits or user.user_permissions.filter(pk__in=view).exists():
        return None

    def limited_to(name: str) -> list[int]:
        field: Any = GroupScope._meta.get_field(name)
        rows = field.remote_field.through.objects.filter(groupscope__in=limits)
        return sorted(set(rows.values_list(field.m2m_reverse_field_name(), flat=True)))

    forms = in_all_languages(limited_to("forms"))
    return Scope(limited_to("sites"), forms, limited_to("organizations"))


@prepared
def _limits(user_pk: Any, verb: Verb) -> Any:
    groups = Group.objects.filter(user=user_pk, permissions__in=_permissions(verb))
    return groups.values_list("ticket_scope", flat=True)


def agents() -> QuerySet:
    """Return the users who may reply to tickets, to whom tickets can be assigned."""
    users = ModelPermissionPolicy(Ticket).users_with_permission("reply")
    return users.order_by(users.model.USERNAME_FIELD)


def agent_groups() -> "QuerySet[Group]":
    """Return the groups that may reply to tickets, to which tickets can be assigned."""
    return Group.objects.filter(permissions__in=_permissions(Verb.REPLY)).order_by("name")
